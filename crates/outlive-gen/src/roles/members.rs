//! What each member of a table is: a callback of the host's, or what an option says. None is left undecided.

use super::limits;
use super::names::{Names, by_length, is_pattern, matches, pair, wrong, wrong_at};
use super::value::Value;
use crate::error::{Error, Result, Unmapped};
use crate::model::{Member, Type};
use crate::options::Options;

/// The members of a table.
pub(super) struct Members<'t> {
    /// In the header's order.
    pub(super) callbacks: Vec<&'t Member>,
    pub(super) user_data: Option<&'t Member>,
    /// With the parameter that is the user data.
    pub(super) destroy: Option<(&'t Member, usize)>,
    pub(super) constants: Vec<(&'t Member, Value)>,
    pub(super) written_by_c: Vec<&'t Member>,
}

/// Decides what each member is.
pub(super) fn decide<'t>(names: &Names<'t>, options: &Options) -> Result<Members<'t>> {
    let single = |option, name: &Option<String>| {
        name.as_deref().map(|name| names.one(option, name)).transpose()
    };
    let user_data = single("--user-data", &options.user_data)?;
    if let Some(member) = user_data.filter(|member| !holds_pointer(member)) {
        let name = member.name.as_deref().unwrap_or_default();
        return Err(wrong_at(&member.place, "--user-data", name, "it has no room for a pointer"));
    }
    let destroy = single("--destroy", &options.destroy)?;
    let only = only(names, options)?;
    let mut said: Vec<Said<'t>> = Vec::new();
    let constants = constants(names, options, &mut said)?;
    let mut say = |member, option, is_whole| said.push(Said { member, option, is_whole });
    user_data.into_iter().for_each(|member| say(member, "--user-data", true));
    destroy.into_iter().for_each(|member| say(member, "--destroy", true));
    for name in &options.written_by_c {
        let members = names.all("--written-by-c", std::slice::from_ref(name))?;
        members.into_iter().for_each(|member| say(member, "--written-by-c", !is_pattern(name)));
    }
    skipped(names, options, &mut say)?;
    zeros(names, options, &mut say)?;
    let said = heard(said, &options.only)?;
    let is = |option: &str, member: &Member| {
        said.iter().any(|one| is_same(one.member, member) && one.option == option)
    };
    let constants = constants.into_iter().filter(|(member, _)| is("--constant", member)).collect();
    let all = names.table.members.iter();
    let written_by_c = all.filter(|member| is("--written-by-c", member)).collect();

    let is_said = |member: &Member| said.iter().any(|one| is_same(one.member, member));
    let is_chosen = |member: &Member| only.is_empty() || only.iter().any(|m| is_same(m, member));
    let is_zero = |member: &Member| {
        let name = member.name.as_deref().unwrap_or_default();
        options.zeros.iter().any(|zero| is_pattern(zero) && matches(zero, name))
    };
    let (mut unmapped, mut undecided, mut callbacks) = (Vec::new(), Vec::new(), Vec::new());
    for member in names.table.members.iter().filter(|member| !is_said(member)) {
        match (member.function().is_some(), limits::member(member)) {
            (true, _) if is_chosen(member) => callbacks.push(member),
            (true, _) => {}
            (false, Some(limit)) if is_chosen(member) => unmapped.push(limit),
            (false, Some(_)) => {}
            (false, None) if is_zero(member) || is_padding(member) => {}
            (false, None) => undecided.push(member),
        }
    }
    unmapped.extend(
        callbacks.iter().flat_map(|member| limits::callback(member, names.table.is_function)),
    );
    check(names, unmapped, &undecided, &callbacks)?;
    let destroy = destroy.map(notify).transpose()?;
    Ok(Members { callbacks, user_data, destroy, constants, written_by_c })
}

fn check(
    names: &Names<'_>,
    unmapped: Vec<Unmapped>,
    undecided: &[&Member],
    callbacks: &[&Member],
) -> Result<()> {
    if !unmapped.is_empty() {
        return Err(Error::Unmapped(unmapped));
    }
    if !undecided.is_empty() {
        return Err(Error::Option(words_for(undecided)));
    }
    if callbacks.is_empty() {
        let (table, place) = (&names.table.name, &names.table.place);
        return Err(Error::Option(format!("no callback of `{table}` is left ({place})")));
    }
    Ok(())
}

/// Each member, with what can be said of it.
fn words_for(undecided: &[&Member]) -> String {
    let line = |member: &&Member| {
        let name = member.name.as_deref().unwrap_or("an anonymous union");
        let mut options = Vec::new();
        if member.name.is_some() {
            let is_value = !matches!(member.ty.resolved(), Type::Record(_) | Type::Array { .. });
            options.extend(member.ty.is_void_pointer().then(|| format!("--user-data {name}")));
            options.extend(is_value.then(|| format!("--constant {name}=VALUE")));
            options.push(format!("--written-by-c {name}"));
            options.push(format!("--zero {name}"));
        } else {
            options.push("--zero '*'".to_owned());
        }
        // libclang names a type without a name by where it stands.
        let is_nameless = member.c.contains(" at ");
        let c =
            if is_nameless { member.c.split(' ').next().unwrap_or_default() } else { &member.c };
        format!("  {}: {name} ({c}): {}", member.place, options.join(", "))
    };
    let lines: Vec<String> = undecided.iter().map(line).collect();
    format!(
        "what is in the members that are no callbacks? Say what each is, or --zero '*' for all that no option names:\n{}",
        lines.join("\n")
    )
}

/// What an option says of a member.
struct Said<'t> {
    member: &'t Member,
    option: &'static str,
    /// Whether it names this one, and not several with a `*`.
    is_whole: bool,
}

/// What holds of all that is said: a whole name goes before a `*`. Two options cannot name the same member.
fn heard<'t>(said: Vec<Said<'t>>, only: &[String]) -> Result<Vec<Said<'t>>> {
    let is_whole = |member: &Member| said.iter().any(|s| s.is_whole && is_same(s.member, member));
    let whole: Vec<bool> = said.iter().map(|one| is_whole(one.member)).collect();
    let heard = said.into_iter().zip(whole).filter(|(one, whole)| one.is_whole || !whole);
    let heard: Vec<Said<'_>> = heard.map(|(one, _)| one).collect();
    for (at, one) in heard.iter().enumerate() {
        let name = one.member.name.as_deref().unwrap_or_default();
        let other = heard[..at]
            .iter()
            .find(|other| is_same(other.member, one.member) && other.option != one.option);
        let by_only = only.iter().any(|named| named == name).then_some("--only");
        if let Some(other) = other.map(|other| other.option).or(by_only.filter(|_| one.is_whole)) {
            let why = format!("{other} says that this is something else");
            return Err(wrong_at(&one.member.place, one.option, name, &why));
        }
    }
    Ok(heard)
}

/// The callbacks that the host has; all, where there are none here.
fn only<'t>(names: &Names<'t>, options: &Options) -> Result<Vec<&'t Member>> {
    for name in options.only.iter().filter(|name| !is_pattern(name)) {
        let member = names.one("--only", name)?;
        if member.function().is_none() {
            return Err(wrong_at(&member.place, "--only", name, "this is no callback"));
        }
    }
    names.all("--only", &options.only)
}

/// The callbacks that C finds NULL.
fn skipped<'t>(
    names: &Names<'t>,
    options: &Options,
    say: &mut impl FnMut(&'t Member, &'static str, bool),
) -> Result<()> {
    for name in &options.skip {
        for member in names.all("--skip", std::slice::from_ref(name))? {
            match member.function().is_some() || limits::member(member).is_some() {
                true => say(member, "--skip", !is_pattern(name)),
                false if is_pattern(name) => {}
                false => {
                    let why = "this is no callback: --zero leaves it zero";
                    return Err(wrong_at(&member.place, "--skip", name, why));
                }
            }
        }
    }
    Ok(())
}

/// The members of whole names that are left zero. A name with a `*` takes what no other option names.
fn zeros<'t>(
    names: &Names<'t>,
    options: &Options,
    say: &mut impl FnMut(&'t Member, &'static str, bool),
) -> Result<()> {
    for name in options.zeros.iter().filter(|name| *name != "*") {
        for member in names.all("--zero", std::slice::from_ref(name))? {
            match member.function().is_some() {
                _ if is_pattern(name) => {}
                false => say(member, "--zero", true),
                true => {
                    let why = "this is a callback, which --skip leaves NULL";
                    return Err(wrong_at(&member.place, "--zero", name, why));
                }
            }
        }
    }
    Ok(())
}

fn constants<'t>(
    names: &Names<'t>,
    options: &Options,
    said: &mut Vec<Said<'t>>,
) -> Result<Vec<(&'t Member, Value)>> {
    let mut constants: Vec<(&Member, Value)> = Vec::new();
    for text in by_length(&options.constants) {
        let (name, value) = pair("--constant", text)?;
        let value = Value::parse(value).map_err(|why| wrong("--constant", text, &why))?;
        for member in names.all("--constant", &[name.to_owned()])? {
            let has_one = constants.iter().any(|(other, _)| is_same(other, member));
            if is_pattern(name) && (has_one || member.function().is_some()) {
                continue;
            }
            if let Some(why) = value.misfit_of_member(&member.ty) {
                return Err(wrong_at(&member.place, "--constant", text, why));
            }
            said.push(Said { member, option: "--constant", is_whole: !is_pattern(name) });
            constants.push((member, value.clone()));
        }
    }
    let position = |member: &Member| names.table.members.iter().position(|m| is_same(m, member));
    constants.sort_by_key(|(member, _)| position(member));
    Ok(constants)
}

/// The destroy notify's member, and its parameter that is the user data.
fn notify(member: &Member) -> Result<(&Member, usize)> {
    let wrong = |why: &str| {
        wrong_at(&member.place, "--destroy", member.name.as_deref().unwrap_or_default(), why)
    };
    let function = member.function().ok_or_else(|| wrong("this is no function pointer"))?;
    if !matches!(function.result.ty.resolved(), Type::Void) || function.variadic {
        return Err(wrong("a destroy notify returns nothing and takes the user data"));
    }
    let at = function.parameters.iter().rposition(|p| p.ty.ty.is_void_pointer());
    Ok((member, at.ok_or_else(|| wrong("it has no `void *` for the user data"))?))
}

fn is_same(one: &Member, other: &Member) -> bool {
    std::ptr::eq(one, other)
}

/// An unnamed bit-field holds nothing.
fn is_padding(member: &Member) -> bool {
    member.name.is_none() && member.offset.is_none()
}

fn holds_pointer(member: &Member) -> bool {
    match member.ty.resolved() {
        Type::Pointer { .. } => true,
        Type::Integer { size, .. } => *size == size_of::<*const ()>() as u64,
        _ => false,
    }
}
