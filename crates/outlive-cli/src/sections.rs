//! The tables and functions of one command line, each with the options that stand behind it.

use std::collections::HashMap;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};
use outlive_gen::options::State;

use crate::item_args::{ItemArgs, TableArgs};

/// What a file or package consists of; nothing, where the header's tables and functions are to be listed.
#[derive(Debug)]
pub struct Sections(pub Vec<Section>);

/// A struct or a function, with all that is said of it.
#[derive(Debug)]
pub struct Section {
    pub kind: Kind,
    /// The struct, or the typedef.
    pub c: String,
    /// The name of its type.
    pub name: Option<String>,
    pub once: bool,
    pub options: TableArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Table,
    Function,
}

impl Args for Sections {
    fn augment_args(command: Command) -> Command {
        let command = TableArgs::augment_args(ItemArgs::augment_args(command));
        // Each section may have its own: `Said::one` counts them.
        let singles = ["state", "instances", "user_data", "destroy"];
        let append = |arg: clap::Arg| arg.action(ArgAction::Append);
        let command =
            singles.iter().fold(command, |command, single| command.mut_arg(single, append));
        let is_said = |arg: clap::Arg| arg.action(ArgAction::Append).default_missing_value("true");
        command
            .mut_arg("once", |arg| is_said(arg).num_args(0).value_parser(value_parser!(bool)))
            .mut_arg("keep", |arg| arg.action(ArgAction::Append).value_parser(until()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Sections::augment_args(command)
    }
}

impl FromArgMatches for Sections {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let of = |id, kind| all::<String>(matches, id).map(move |(at, name)| (at, name, kind));
        let mut starts: Vec<(usize, String, Kind)> =
            of("tables", Kind::Table).chain(of("functions", Kind::Function)).collect();
        starts.sort_by_key(|(at, ..)| *at);
        let Some(first) = starts.first().map(|(at, ..)| *at) else {
            return Ok(Sections(Vec::new()));
        };
        let ends = starts.iter().skip(1).map(|(at, ..)| *at).chain([usize::MAX]);
        let sections = starts.iter().zip(ends).map(|((at, name, kind), end)| {
            let said = Said { matches, first, start: *at, end };
            said.section(name, *kind)
        });
        sections.collect::<Result<_, _>>().map(Sections)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Sections::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Until when a value is kept.
fn until() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["release"]).map(|_| true)
}

/// The values of an option, with their places.
fn all<T: Clone + Send + Sync + 'static>(
    matches: &ArgMatches,
    id: &str,
) -> impl Iterator<Item = (usize, T)> {
    let places: Vec<usize> = matches.indices_of(id).into_iter().flatten().collect();
    let values: Vec<T> = matches.get_many(id).into_iter().flatten().cloned().collect();
    places.into_iter().zip(values)
}

/// An option's name on the command line.
fn long(id: &str) -> String {
    let of_several = [
        ("constants", "constant"),
        ("fallbacks", "fallback"),
        ("lates", "late"),
        ("panickeds", "panicked"),
        ("errnos", "errno"),
        ("user_data_expressions", "user-data-expr"),
        ("completions", "completion"),
        ("slices", "slice"),
    ];
    let found = of_several.iter().find(|(other, _)| *other == id);
    found.map_or_else(|| id.replace('_', "-"), |(_, long)| (*long).to_owned())
}

/// What is said of one section: before the first one, and from its start to its end.
struct Said<'a> {
    matches: &'a ArgMatches,
    first: usize,
    start: usize,
    end: usize,
}

impl Said<'_> {
    fn all<T: Clone + Send + Sync + 'static>(&self, id: &str) -> Vec<T> {
        let is_said = |at: usize| at < self.first || (self.start..self.end).contains(&at);
        all(self.matches, id).filter(|(at, _)| is_said(*at)).map(|(_, value)| value).collect()
    }

    /// `NAME=VALUE` texts, each name once where it is said.
    fn pairs(&self, id: &str) -> Result<Vec<String>, Error> {
        for range in [self.start..self.end, 0..self.first] {
            let said = all::<String>(self.matches, id).filter(|(at, _)| range.contains(at));
            let mut names: HashMap<String, String> = HashMap::new();
            for (_, text) in said {
                let name = text.split('=').next().unwrap_or_default().to_owned();
                match names.insert(name, text.clone()) {
                    Some(other) if other != text => {
                        let option = long(id);
                        let why =
                            format!("--{option} {text}: --{option} {other} says something else\n");
                        return Err(Error::raw(ErrorKind::ArgumentConflict, why));
                    }
                    _ => {}
                }
            }
        }
        Ok(self.all(id))
    }

    /// The one value, if there is one. What is said of one section goes before what is said of all.
    fn one<T: Clone + Send + Sync + 'static>(&self, id: &str) -> Result<Option<T>, Error> {
        let within = |range: std::ops::Range<usize>| {
            let all = all(self.matches, id).filter(move |(at, _)| range.contains(at));
            all.map(|(_, value)| value).collect::<Vec<T>>()
        };
        for values in [within(self.start..self.end), within(0..self.first)] {
            match &values[..] {
                [] => {}
                [one] => return Ok(Some(one.clone())),
                _ => {
                    let option = long(id);
                    let why = format!("--{option} is given twice for the same table or function\n");
                    return Err(Error::raw(ErrorKind::ArgumentConflict, why));
                }
            }
        }
        Ok(None)
    }

    fn is_said(&self, id: &str) -> bool {
        !self.all::<bool>(id).is_empty()
    }

    fn section(&self, name: &str, kind: Kind) -> Result<Section, Error> {
        let (c, name) = match name.split_once('=') {
            Some((c, name)) => (c, Some(name.to_owned())),
            None => (name, None),
        };
        Ok(Section {
            kind,
            c: c.to_owned(),
            name,
            once: self.is_said("once"),
            options: TableArgs {
                state: self.one::<State>("state")?,
                instances: self.one("instances")?,
                user_data: self.one("user_data")?,
                user_data_expressions: self.pairs("user_data_expressions")?,
                destroy: self.one("destroy")?,
                constants: self.pairs("constants")?,
                written_by_c: self.all("written_by_c"),
                zeros: self.all("zeros"),
                only: self.all("only"),
                skip: self.all("skip"),
                takes_back: self.all("takes_back"),
                lasts: self.all("lasts"),
                keep: self.is_said("keep"),
                tokens: self.all("tokens"),
                fallbacks: self.pairs("fallbacks")?,
                lates: self.pairs("lates")?,
                panickeds: self.pairs("panickeds")?,
                errnos: self.pairs("errnos")?,
                slices: self.pairs("slices")?,
                strings: self.all("strings"),
                copies: self.all("copies"),
                references: self.all("references"),
                outs: self.all("outs"),
                raw: self.all("raw"),
                wide: self.all("wide"),
                completions: self.pairs("completions")?,
            },
        })
    }
}
