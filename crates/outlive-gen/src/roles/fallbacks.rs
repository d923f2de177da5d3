//! What refused calls return, and those whose method has panicked.

use super::model::Callback;
use super::names::{Names, pair, wrong};
use super::value::Value;
use crate::error::{Error, Result};
use crate::model::Type;
use crate::options::Options;

/// Gives each callback what its calls return that are not served.
pub fn assign(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    for text in &options.errnos {
        let (member, value) = pair("--errno", text)?;
        match Value::parse(value) {
            Ok(Value::Name(name)) => {
                names.callback("--errno", member, callbacks)?.errno = Some(name)
            }
            _ => return Err(wrong("--errno", text, "an errno has a name, such as ECANCELED")),
        }
    }
    values(names, ("--fallback", &options.fallbacks), callbacks, |callback| {
        &mut callback.fallback
    })?;
    values(names, ("--late", &options.lates), callbacks, |callback| &mut callback.late)?;
    values(names, ("--panicked", &options.panickeds), callbacks, |callback| {
        &mut callback.panicked
    })?;
    let missing: Vec<String> = callbacks
        .iter()
        .filter(|c| c.fallback.is_none() && is_number(&c.function.result.ty))
        .map(|c| format!("  {}: {}: {}", c.member.place, c.name, c.function.result.c))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Option(format!(
        "what does a refused call return? Say --fallback MEMBER=VALUE, or --fallback '*=-1' for all that can, \
         for\n{}",
        missing.join("\n")
    )))
}

/// Gives callbacks the values of one option; that of `*` to all that can have it and have no other.
fn values(
    names: &Names<'_>,
    (option, texts): (&str, &[String]),
    callbacks: &mut [Callback<'_>],
    place: for<'c> fn(&'c mut Callback<'_>) -> &'c mut Option<Value>,
) -> Result<()> {
    let mut for_all = None;
    for text in texts {
        let (member, value) = pair(option, text)?;
        let value = Value::parse(value).map_err(|why| wrong(option, text, &why))?;
        if member == "*" {
            for_all = Some(value);
            continue;
        }
        let callback = names.callback(option, member, callbacks)?;
        if let Some(why) = value.misfit(&callback.function.result.ty) {
            return Err(wrong(option, text, why));
        }
        let is_number = is_number(&callback.function.result.ty);
        *place(callback) = Some(value).filter(|_| is_number);
    }
    for callback in callbacks.iter_mut().filter(|c| is_number(&c.function.result.ty)) {
        let for_this = for_all.clone().filter(|v| v.misfit(&callback.function.result.ty).is_none());
        let place = place(callback);
        *place = place.take().or(for_this);
    }
    Ok(())
}

/// Whether no value of the type says failure by itself.
fn is_number(ty: &Type) -> bool {
    matches!(ty.resolved(), Type::Integer { .. } | Type::Enum(_) | Type::Bool | Type::Float { .. })
}
