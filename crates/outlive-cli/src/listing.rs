//! `outlive gen rust HEADER` and `outlive gen go HEADER`: what a header has, and what to say to have it.

use std::io::{self, Write};

use anyhow::{Context, Result};
use outlive_gen::header::Header;
use outlive_gen::listing::{self, Listed, Listing, Setter};
use outlive_gen::model::Member;
use outlive_gen::proposal::{self, Language, Said};
use outlive_gen::quoted::quoted;
use serde::Serialize;

/// So many names stand in a line of the text; JSON has all.
const SHOWN: usize = 12;

/// Lists what the header has on standard output, as text or as JSON.
pub fn print(header: &Header, language: Language, json: bool) -> Result<()> {
    let listing = listing::list(header)?;
    let shown = Shown::of(header, &listing, language);
    let text = match json {
        true => serde_json::to_string_pretty(&shown)? + "\n",
        false => shown.text(),
    };
    io::stdout().write_all(text.as_bytes()).context("standard output")
}

/// A header, as it is shown.
#[derive(Serialize)]
struct Shown {
    header: String,
    tables: Vec<Item>,
    functions: Vec<Item>,
    /// Functions of C's that take a function pointer of a type without a name.
    nameless: Vec<Taker>,
}

/// A table or a type of functions.
#[derive(Serialize)]
struct Item {
    name: String,
    place: String,
    callbacks: Vec<Entry>,
    /// Members that are no callbacks.
    others: Vec<String>,
    /// The members of tables that have this type.
    member_of: Vec<String>,
    taken_by: Vec<Taker>,
    /// The command that writes it, with the options that are proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    options: Vec<Proposed>,
    /// Callbacks without a mapping, or why nothing can be written at all.
    unmapped: Vec<String>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<String>,
}

/// An option that is proposed.
#[derive(Serialize)]
struct Proposed {
    option: &'static str,
    value: String,
    why: String,
}

/// A function of C's that takes a callback.
#[derive(Serialize)]
struct Taker {
    name: String,
    place: String,
    parameter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<String>,
}

impl Shown {
    fn of(header: &Header, listing: &Listing, language: Language) -> Shown {
        let items =
            |all: &[Listed]| all.iter().map(|one| Item::of(header, one, language)).collect();
        Shown {
            header: header.name.clone(),
            tables: items(&listing.tables),
            functions: items(&listing.functions),
            nameless: listing.nameless.iter().map(Taker::of).collect(),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (title, items) in
            [("Callback tables", &self.tables), ("Types of functions", &self.functions)]
        {
            if !items.is_empty() {
                out += &format!("{title}\n\n");
            }
            items.iter().for_each(|item| out += &item.text());
        }
        if !self.nameless.is_empty() {
            out += "Functions that take a function pointer of a type without a name\n\n";
            out += "  A typedef of that type, in a header of yours that includes this one, can be named by --function.\n\n";
            self.nameless
                .iter()
                .for_each(|taker| out += &format!("  {}: {}\n", taker.place, taker.text()));
        }
        match out.is_empty() {
            true => format!("{} has no callbacks, and no function that takes one\n", self.header),
            false => out,
        }
    }
}

impl Item {
    fn of(header: &Header, listed: &Listed, language: Language) -> Item {
        let table = &listed.table;
        let named = |is: fn(&&Member) -> bool| table.members.iter().filter(is);
        let callbacks = named(|member| member.function().is_some());
        let others = named(|member| member.function().is_none());
        let mut item = Item {
            name: table.name.clone(),
            place: table.place.to_string(),
            callbacks: callbacks.map(Entry::of).collect(),
            others: others.filter_map(|member| member.name.clone()).collect(),
            member_of: listed.members.clone(),
            taken_by: listed.setters.iter().map(Taker::of).collect(),
            command: None,
            options: Vec::new(),
            unmapped: Vec::new(),
        };
        match proposal::propose(table, language) {
            Ok(proposal) => {
                item.command = Some(command(header, listed, language, &proposal.said));
                item.unmapped = proposal.left_out.iter().map(ToString::to_string).collect();
                let option =
                    |said: Said| Proposed { option: said.option, value: said.value, why: said.why };
                item.options = proposal.said.into_iter().map(option).collect();
            }
            Err(error) => item.unmapped = vec![error.to_string()],
        }
        item
    }

    fn text(&self) -> String {
        let mut out = format!("{}: {}\n", self.place, self.name);
        let mut line = |title: &str, names: Vec<String>| {
            if !names.is_empty() {
                out += &format!("  {title}: {}\n", short(&names));
            }
        };
        if self.callbacks.iter().any(|one| one.name != self.name) {
            line("callbacks", self.callbacks.iter().map(|one| one.name.clone()).collect());
        }
        line("user data, by name and type", self.user_data());
        line("other members", self.others.clone());
        line("is the type of", self.member_of.clone());
        line("is taken by", self.taken_by.iter().map(Taker::text).collect());
        out += &format!("  {}\n", self.command.as_deref().unwrap_or("cannot be had:"));
        for one in &self.options {
            out += &format!("    {} {}: {}\n", one.option, quoted(&one.value), one.why);
        }
        let left_out = |one: &String| format!("    {}\n", one.replace('\n', "\n    "));
        out.extend(self.unmapped.iter().map(left_out));
        out + "\n"
    }

    /// The one parameter that is the user data of all, or that of each.
    fn user_data(&self) -> Vec<String> {
        let mut each = self.callbacks.iter().map(|one| one.user_data.as_deref());
        let first = each.next().flatten();
        match first {
            Some(first) if each.all(|one| one == Some(first)) => vec![first.to_owned()],
            _ => {
                let known = self.callbacks.iter();
                let known = known.filter_map(|one| Some((&one.name, one.user_data.as_ref()?)));
                known.map(|(callback, parameter)| format!("{callback}.{parameter}")).collect()
            }
        }
    }
}

fn short(names: &[String]) -> String {
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl Entry {
    fn of(member: &Member) -> Entry {
        let user_data = member.function().and_then(|function| {
            let at = listing::user_data(function)?;
            Some(function.parameters[at].name.clone().unwrap_or_else(|| at.to_string()))
        });
        Entry {
            name: member.name.clone().unwrap_or_default(),
            place: member.place.to_string(),
            user_data,
        }
    }
}

impl Taker {
    fn of(setter: &Setter) -> Taker {
        Taker {
            name: setter.name.clone(),
            place: setter.place.to_string(),
            parameter: setter.parameter(setter.at),
            user_data: setter.user_data.map(|at| setter.parameter(at)),
        }
    }

    fn text(&self) -> String {
        match &self.user_data {
            Some(user_data) => format!("{}({}, user data {user_data})", self.name, self.parameter),
            None => format!("{}({})", self.name, self.parameter),
        }
    }
}

/// The command that writes it.
fn command(header: &Header, listed: &Listed, language: Language, said: &[Said]) -> String {
    let mut words = vec!["outlive".to_owned(), "gen".to_owned()];
    words.push(if language == Language::Rust { "rust" } else { "go" }.to_owned());
    words.push(header.name.clone());
    for package in &header.packages {
        words.extend(["--pkg-config".to_owned(), package.clone()]);
    }
    words.extend(
        header.include.iter().flat_map(|include| ["--include".to_owned(), include.clone()]),
    );
    words.push(if listed.table.is_function { "--function" } else { "--table" }.to_owned());
    words.push(listed.table.name.clone());
    for one in said {
        words.extend([one.option.to_owned(), one.value.clone()]);
    }
    if !header.arguments.is_empty() {
        words.push("--".to_owned());
        words.extend(header.arguments.iter().cloned());
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}
