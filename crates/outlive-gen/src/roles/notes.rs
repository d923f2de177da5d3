//! What nobody has said: what is taken for granted, and what pointers might be. Each with the option that says it.

use super::lengths::is_length;
use super::model::{Callback, Found, Guess, Note, Role, Roles};
use super::state;
use crate::model::{Function, Place, Type};

/// Lists what nobody has said, in the header's order but for what is about several callbacks, which comes first.
pub fn of(roles: &Roles<'_>, instances_are_said: bool) -> Vec<Note> {
    let mut notes = found(roles);
    if let Some(instances) = roles.instances.filter(|_| !instances_are_said) {
        notes.push(note(
            &roles.table.place,
            format!("at most {instances} can be held at once"),
            "--instances N says how many".to_owned(),
        ));
    }
    for callback in &roles.callbacks {
        notes.extend(refused(callback));
        let all = 0..callback.parameters.len();
        notes.extend(all.filter_map(|at| pointer(callback, at)));
    }
    notes
}

fn note(place: &Place, what: String, option: String) -> Note {
    Note { place: place.clone(), what, option }
}

/// Which parameters lead to the host value, where that is not said: one note for those of the same name.
fn found(roles: &Roles<'_>) -> Vec<Note> {
    let mut groups: Vec<(String, Guess, Vec<&Callback<'_>>)> = Vec::new();
    for callback in &roles.callbacks {
        let (Some(guess), Some(at)) = (callback.guess, leads(callback)) else { continue };
        let name = name(callback.function, at);
        match groups.iter_mut().find(|(other, of, _)| *other == name && *of == guess) {
            Some((.., callbacks)) => callbacks.push(callback),
            None => groups.push((name, guess, vec![callback])),
        }
    }
    let words =
        groups.iter().map(|(name, guess, _)| if *guess == Guess::Last { "last" } else { name });
    let mut words: Vec<&str> = words.collect();
    words.dedup();
    let words = words.join(",");
    let mut all = groups.iter().flat_map(|(.., callbacks)| callbacks);
    let confirms = all.all(|callback| {
        let said = state::user_data(callback.function, Some(&words));
        said.map(|(at, _)| at) == leads(callback)
    });
    let groups = groups.iter().filter_map(|(name, guess, callbacks)| {
        let of: Vec<&str> = callbacks.iter().map(|callback| callback.name).collect();
        let (first, of) = (*callbacks.first()?, of.join(", "));
        let confirm = match confirms {
            true => format!("--state arg={words}"),
            false => format!("--user-data-expr {}={name}", first.name),
        };
        let change = "--state arg=PARAMETER, --user-data-expr or --state none changes it";
        let (what, option) = match guess {
            Guess::Name => (
                format!("{of}: the user data is `{name}`, which is called so"),
                format!("{confirm} confirms it, {change}"),
            ),
            Guess::Last => (
                format!("{of}: the user data is parameter {name}, the last `void *`"),
                format!("{confirm} confirms it, {change}"),
            ),
            Guess::First => (
                format!("{of}: the table is `{name}`, the first parameter"),
                format!("--state table={name} confirms it, --state table=PARAMETER changes it"),
            ),
        };
        Some(note(&first.member.place, what, option))
    });
    groups.collect()
}

fn leads(callback: &Callback<'_>) -> Option<usize> {
    match callback.found {
        Found::Table { parameter, .. } => Some(parameter),
        _ => callback.user_data(),
    }
}

/// What a refused call returns, where that is not said.
fn refused(callback: &Callback<'_>) -> Option<Note> {
    let name = callback.name;
    let value = match callback.function.result.ty.resolved() {
        _ if callback.fallback.is_some() => return None,
        Type::Pointer { .. } | Type::Function(_) => "NULL",
        Type::Record(_) => "0",
        _ => return None,
    };
    let what =
        format!("{name}: a refused call returns {}", if value == "0" { "zeros" } else { value });
    let option = format!("--fallback {name}={value} confirms it");
    Some(note(&callback.member.place, what, option))
}

/// What a pointer might be that is passed on as it is.
fn pointer(callback: &Callback<'_>, at: usize) -> Option<Note> {
    if callback.parameters[at] != Role::Plain {
        return None;
    }
    let function = callback.function;
    let (to, to_const) = function.parameters[at].ty.ty.pointee()?;
    let path = format!("{}.{}", callback.name, name(function, at));
    let length = length(callback, at).map(|length| name(function, length));
    let (unsaid, option) = match (to.resolved(), length) {
        (Type::Record(record), None) if to_const && record.complete && !record.is_union => {
            ("whether it is one", format!("--copy {path} copies it"))
        }
        (Type::Record(record), _) if !record.complete => return None,
        (Type::Record(_), None) => return None,
        (_, Some(length)) if to.is_char() && to_const => (
            "how long it is",
            format!("--string {path}={length} or --slice {path}={length} lends it"),
        ),
        (_, Some(length)) => ("how long it is", format!("--slice {path}={length} lends it")),
        (_, None) if to.is_char() && to_const => {
            ("whether a NUL ends it", format!("--string {path} lends it"))
        }
        (Type::Void, None) => ("what it is", format!("--token {path} makes it a token of yours")),
        (_, None) if to_const || to.is_byte() => {
            ("how long it is", format!("--slice {path}=COUNT lends it"))
        }
        (_, None) => {
            ("whether C reads or writes it", format!("--out {path} lends it to be written"))
        }
    };
    let what = format!("{path} is passed on as a pointer, since the header does not say {unsaid}");
    Some(note(&callback.member.place, what, format!("{option}, --raw {path} leaves it so")))
}

/// The integer beside a pointer that may say how much is there.
fn length(callback: &Callback<'_>, at: usize) -> Option<usize> {
    let parameters = &callback.function.parameters;
    let beside = [Some(at + 1), at.checked_sub(1)].into_iter().flatten();
    let mut beside = beside.filter(|at| callback.parameters.get(*at) == Some(&Role::Plain));
    beside.find(|at| is_length(&parameters[*at]))
}

/// The parameter's name, or its number.
fn name(function: &Function, at: usize) -> String {
    function.parameters[at].name.clone().unwrap_or_else(|| at.to_string())
}
