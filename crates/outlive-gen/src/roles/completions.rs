//! Functions that C passes to be called once, when the work is done.

use super::model::{Callback, Completion, Role};
use super::names::{Names, is_pattern, no_parameter, pair, position, wrong, wrong_at};
use super::state;
use super::value::Value;
use crate::error::Result;
use crate::model::{Function, Type};
use crate::options::Options;

const OPTION: &str = "--completion";

/// Finds the functions that the options name, each with its cookie.
pub fn assign(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    options.completions.iter().try_for_each(|text| one(names, text, callbacks))
}

fn one(names: &Names<'_>, text: &str, callbacks: &mut [Callback<'_>]) -> Result<()> {
    let wrong = |why: &str| wrong(OPTION, text, why);
    let (left, right) = pair(OPTION, text)?;
    let (right, any_thread) = match right.split_once(',') {
        Some((right, "any-thread")) => (right, true),
        Some(_) => return Err(wrong("behind the comma stands `any-thread` or nothing")),
        None => (right, false),
    };
    let mut words = right.split(':');
    let cookie = words.next().unwrap_or_default();
    let when_dropped = words.map(Value::parse).collect::<std::result::Result<Vec<_>, _>>();
    let when_dropped = when_dropped.map_err(|why| wrong(&why))?;

    let is_pattern = is_pattern(left);
    let mut any = false;
    for (number, at) in names.parameters(OPTION, left, callbacks)? {
        let callback = &mut callbacks[number];
        let place = callback.member.place.clone();
        match owed(callback, at, cookie, &when_dropped) {
            Ok(completion) => {
                let number = callback.completions.len();
                callback.parameters[at] = Role::Answer(number);
                callback.parameters[completion.cookie] = Role::Cookie(number);
                callback.completions.push(Completion { any_thread, ..completion });
                any = true;
            }
            Err(Misfit::NoFunction | Misfit::NoCookie) if is_pattern => {}
            Err(Misfit::NoCookie) => return Err(no_parameter(OPTION, text, callback)),
            Err(Misfit::NoFunction) => {
                let why = "this is no function pointer with a prototype";
                return Err(wrong_at(&place, OPTION, text, why));
            }
            Err(Misfit::Other(why)) => return Err(wrong_at(&place, OPTION, text, &why)),
        }
    }
    match any {
        true => Ok(()),
        false => Err(wrong("this names no function pointer of a callback that has such a cookie")),
    }
}

/// Why a parameter is no function to answer by.
enum Misfit {
    NoFunction,
    NoCookie,
    Other(String),
}

fn owed(
    callback: &Callback<'_>,
    at: usize,
    cookie: &str,
    when_dropped: &[Value],
) -> std::result::Result<Completion, Misfit> {
    let other = |why: &str| Misfit::Other(why.to_owned());
    let parameters = &callback.function.parameters;
    let cookie = position(callback, cookie).ok_or(Misfit::NoCookie)?;
    let function = parameters[at].ty.ty.function().filter(|f| f.has_prototype && !f.variadic);
    let function = function.ok_or(Misfit::NoFunction)?;
    if !parameters[cookie].ty.ty.is_void_pointer() {
        return Err(other("the cookie is a `void *`"));
    }
    if [at, cookie].iter().any(|at| callback.parameters[*at] != Role::Plain) {
        return Err(other("another option says that this, or its cookie, is something else"));
    }
    let cookie_at = cookie_of(function)
        .ok_or_else(|| other("the function has no parameter that is its cookie for certain"))?;
    check(function, cookie_at, when_dropped).map_err(Misfit::Other)?;
    let when_dropped = when_dropped.to_vec();
    Ok(Completion { function: at, cookie, cookie_at, when_dropped, any_thread: false })
}

/// The one `void *`, or that which is called as user data is.
fn cookie_of(function: &Function) -> Option<usize> {
    let mut pointers = function.parameters.iter().enumerate();
    let mut pointers = pointers.by_ref().filter(|(_, p)| p.ty.ty.is_void_pointer());
    match (pointers.next(), pointers.next()) {
        (Some((only, _)), None) => Some(only),
        _ => state::guessed(function).map(|(at, _)| at),
    }
}

/// Whether these are values for all parameters but the cookie.
fn check(
    function: &Function,
    cookie_at: usize,
    values: &[Value],
) -> std::result::Result<(), String> {
    let others = function.parameters.iter().enumerate().filter(|(at, _)| *at != cookie_at);
    let others: Vec<&Type> = others.map(|(_, parameter)| &parameter.ty.ty).collect();
    if others.len() != values.len() {
        let (has, given) = (others.len(), values.len());
        return Err(format!(
            "besides its cookie the function takes {has} arguments, and {given} are given for one that is dropped: \
             COOKIE:VALUE:VALUE..."
        ));
    }
    for (ty, value) in others.iter().zip(values) {
        if matches!(ty.resolved(), Type::Record(_)) {
            return Err("the function takes a struct by value".to_owned());
        }
        if let Some(why) = value.misfit(ty) {
            return Err(format!("{}: {why}", value.c()));
        }
    }
    Ok(())
}
