//! How a call finds its host value.

use super::lengths::is_length;
use super::model::{Callback, Found, Guess, Role};
use super::names::{Names, by_length, pair, position, wrong, wrong_at};
use crate::error::{Error, Result};
use crate::model::{Function, Member, Table, Type};
use crate::options::{Options, State, TableAt};

const EXPRESSION: &str = "--user-data-expr";

/// What hosts' own pointers are called.
const USER_DATA: &[&str] = &[
    "userdata",
    "user_data",
    "user",
    "userp",
    "userptr",
    "user_ptr",
    "udata",
    "ud",
    "data",
    "arg",
    "args",
    "param",
    "opaque",
    "payload",
    "ctx",
    "context",
    "cookie",
    "closure",
    "cls",
    "baton",
    "clientp",
    "client_data",
    "cb_data",
    "cbdata",
    "priv",
    "private",
    "private_data",
    "priv_data",
    "priv_ptr",
];

/// Says of each callback how a call finds its host value. `carries`: the table has a member for the user data or its
/// end, so that C does pass it.
pub fn find(
    names: &Names<'_>,
    options: &Options,
    carries: bool,
    callbacks: &mut [Callback<'_>],
) -> Result<()> {
    let carries = carries || !options.user_data_expressions.is_empty();
    match &options.state {
        Some(state @ (State::None | State::Table(_))) if carries => {
            let state = if *state == State::None { "none" } else { "table" };
            Err(Error::Option(format!(
                "--user-data, --user-data-expr and --destroy are for --state arg: C passes no user data with --state {state}"
            )))
        }
        Some(State::None) => instances(callbacks),
        Some(State::Table(at)) => {
            let mut each = callbacks.iter_mut();
            each.try_for_each(|callback| by_address(names.table, callback, at.as_ref()))
        }
        None if options.instances.is_some() && !carries => instances(callbacks),
        Some(State::Argument(which)) => by_user_data(names, options, which.as_deref(), callbacks),
        None => by_user_data(names, options, None, callbacks),
    }
}

fn instances(callbacks: &mut [Callback<'_>]) -> Result<()> {
    callbacks.iter_mut().for_each(|callback| callback.found = Found::Instance);
    Ok(())
}

/// Expressions first: where there is one, no parameter is the user data.
fn by_user_data(
    names: &Names<'_>,
    options: &Options,
    which: Option<&str>,
    callbacks: &mut [Callback<'_>],
) -> Result<()> {
    for text in by_length(&options.user_data_expressions) {
        let (member, expression) = pair(EXPRESSION, text)?;
        check(expression).map_err(|why| wrong(EXPRESSION, text, why))?;
        for at in names.callbacks(EXPRESSION, member, callbacks)? {
            let callback = &mut callbacks[at];
            if callback.found == Found::UserData {
                callback.found = Found::Expression(expression.trim().to_owned());
            }
        }
    }
    let others = callbacks.iter_mut().filter(|callback| callback.found == Found::UserData);
    let others: Vec<&mut Callback<'_>> = others.collect();
    if let Some(which) = which {
        let is_it = |one: &&mut Callback<'_>| {
            user_data(one.function, Some(which)).is_some_and(|(_, guess)| guess.is_none())
        };
        if !others.iter().any(is_it) {
            let lines: Vec<String> = others.iter().map(|one| candidates(one.member)).collect();
            let why = match lines.is_empty() {
                true => "--user-data-expr finds the user data of all callbacks".to_owned(),
                false => format!("no callback has such a `void *`. They are\n{}", lines.join("\n")),
            };
            return Err(wrong("--state", &format!("arg={which}"), &why));
        }
    }
    let found: Vec<_> = others.iter().map(|one| user_data(one.function, which)).collect();
    if found.iter().all(Option::is_some) {
        for (callback, (at, guess)) in others.into_iter().zip(found.into_iter().flatten()) {
            callback.parameters[at] = Role::UserData;
            callback.guess = guess;
        }
        return Ok(());
    }
    let lines: Vec<String> = others.iter().map(|one| candidates(one.member)).collect();
    Err(Error::Option(format!(
        "which parameter is the user data? Say --state arg=NAME or arg=NUMBER (from 0), or, if C passes \
         nothing of the host's, --state none. The `void *` parameters are\n{}",
        lines.join("\n")
    )))
}

/// Whether an expression can be one that stands in parentheses. Whether it means anything is the C compiler's to say.
fn check(expression: &str) -> std::result::Result<(), &'static str> {
    let mut open = Vec::new();
    if expression.trim().is_empty() {
        return Err("there is no expression");
    }
    for letter in expression.chars() {
        match letter {
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' if open.pop() != Some(letter) => return Err("its parentheses do not match"),
            '{' | '}' => return Err("it has a brace: Rust's stands in `unsafe` by itself"),
            ';' | '#' => return Err("it has a `;` or a `#`, and is to be one expression"),
            '\n' | '\r' => return Err("it has several lines, and is to be one expression"),
            _ => {}
        }
    }
    if open.is_empty() { Ok(()) } else { Err("its parentheses do not match") }
}

/// The parameter that points to the table, or to what has it in it.
fn by_address(table: &Table, callback: &mut Callback<'_>, at: Option<&TableAt>) -> Result<()> {
    let parameters = &callback.function.parameters;
    let by_type = || parameters.iter().position(|one| points_to(table, &one.ty.ty));
    let which = at.map_or_else(|| by_type().unwrap_or(0).to_string(), |at| at.parameter.clone());
    let parameter = position(callback, &which);
    let parameter = parameter.filter(|at| parameters[*at].ty.ty.pointee().is_some());
    let option = format!("--state table={which}");
    let Some(parameter) = parameter else {
        let why =
            "it has no such parameter that is a pointer, to the table or to what has it in it";
        return Err(wrong_at(&callback.member.place, &option, callback.name, why));
    };
    let inside = match at.and_then(|at| at.member.as_deref()) {
        None => {
            callback.parameters[parameter] = Role::Table;
            None
        }
        Some(member) => {
            let pointee = parameters[parameter].ty.ty.pointee();
            Some(holder(table, pointee.map(|(to, _)| to), member).map_err(|why| {
                let option = format!("{option}+{member}");
                wrong_at(&callback.member.place, &option, callback.name, &why)
            })?)
        }
    };
    callback.guess = at.is_none().then_some(Guess::First);
    callback.found = Found::Table { parameter, inside };
    Ok(())
}

/// Whether a parameter of this type is a pointer to the table.
pub(crate) fn points_to(table: &Table, ty: &Type) -> bool {
    let pointee = ty.pointee().map(|(to, _)| to.resolved());
    matches!(pointee, Some(Type::Record(record)) if record.c == table.c_name)
}

/// The struct that has the table in it.
fn holder(
    table: &Table,
    to: Option<&Type>,
    member: &str,
) -> std::result::Result<(String, String), String> {
    let Some(Type::Record(record)) = to.map(Type::resolved) else {
        return Err("the parameter points to no struct".to_owned());
    };
    let field = record.fields.iter().find(|field| field.name.as_deref() == Some(member));
    match field.map(|field| field.ty.resolved()) {
        Some(Type::Record(inner)) if inner.c == table.c_name => {
            Ok((record.c.clone(), member.to_owned()))
        }
        Some(_) => Err(format!("the member {member} of {} is no {}", record.c, table.c_name)),
        None => Err(format!("{} has no member {member}", record.c)),
    }
}

/// As [`user_data`], without the reason.
pub(crate) fn named(function: &Function, which: Option<&str>) -> Option<usize> {
    user_data(function, which).map(|(at, _)| at)
}

/// Whether user data is called so.
pub(crate) fn is_user_data_name(name: &str) -> bool {
    USER_DATA.contains(&name.trim_matches('_').to_lowercase().as_str())
}

/// The user data's number: the first parameter that is said, or else the one that is called as user data is. Where the
/// header has no names it is the last `void *`.
pub(super) fn user_data(
    function: &Function,
    which: Option<&str>,
) -> Option<(usize, Option<Guess>)> {
    let parameters = &function.parameters;
    let pointer = |at: &usize| parameters.get(*at).is_some_and(|p| p.ty.ty.is_void_pointer());
    let mut said = which.into_iter().flat_map(|which| which.split(',')).filter_map(|which| {
        let by_name = parameters.iter().position(|p| p.name.as_deref() == Some(which));
        let last = || (0..parameters.len()).rev().find(|at| which == "last" && pointer(at));
        by_name.or_else(|| which.parse().ok()).filter(pointer).or_else(last)
    });
    match said.next() {
        Some(at) => Some((at, None)),
        None => guessed(function).map(|(at, guess)| (at, Some(guess))),
    }
}

/// The parameter that is called as user data is, or the last `void *` where there are no names. A `const void *` is
/// memory, and so is a `void *` before a length, if there is another one that could be it.
pub(super) fn guessed(function: &Function) -> Option<(usize, Guess)> {
    let parameters = &function.parameters;
    let is_mutable = |at: &usize| {
        let pointee = parameters[*at].ty.ty.pointee();
        pointee.is_some_and(|(to, to_const)| !to_const && matches!(to.resolved(), Type::Void))
    };
    let pointers = || (0..parameters.len()).rev().filter(is_mutable);
    let is_user_data = |name: &str| USER_DATA.contains(&name.to_lowercase().as_str());
    let is_memory = |at: &usize| parameters.get(at + 1).is_some_and(is_length);
    let named =
        || pointers().filter(|at| parameters[*at].name.as_deref().is_some_and(is_user_data));
    let by_name = named().find(|at| !is_memory(at)).or_else(|| named().next());
    let last = || pointers().next().filter(|at| parameters[*at].name.is_none());
    by_name.map(|at| (at, Guess::Name)).or_else(|| last().map(|at| (at, Guess::Last)))
}

fn candidates(member: &Member) -> String {
    let name = member.name.as_deref().unwrap_or("?");
    let parameters = member.function().map_or(&[][..], |function| &function.parameters);
    let pointers = parameters.iter().enumerate().filter(|(_, p)| p.ty.ty.is_void_pointer());
    let pointers: Vec<String> = pointers
        .map(|(at, p)| p.name.as_ref().map_or(format!("{at}"), |name| format!("{name} ({at})")))
        .collect();
    let pointers = if pointers.is_empty() { "none".to_owned() } else { pointers.join(", ") };
    format!("  {}: {name}: {pointers}", member.place)
}
