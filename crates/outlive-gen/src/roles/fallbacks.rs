//! What refused calls return.

use super::model::Callback;
use super::names::{Names, pair, wrong};
use super::value::Value;
use crate::error::{Error, Result};
use crate::model::Type;
use crate::options::Options;

/// Gives each callback what a refused call returns.
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
    let mut for_all = None;
    for text in &options.fallbacks {
        let (member, value) = pair("--fallback", text)?;
        let value = Value::parse(value).map_err(|why| wrong("--fallback", text, &why))?;
        if member == "*" {
            for_all = Some(value);
            continue;
        }
        let callback = names.callback("--fallback", member, callbacks)?;
        if let Some(why) = value.misfit(&callback.function.result.ty) {
            return Err(wrong("--fallback", text, why));
        }
        callback.fallback = Some(value).filter(|_| is_number(&callback.function.result.ty));
    }
    let mut missing = Vec::new();
    for callback in
        callbacks.iter_mut().filter(|c| c.fallback.is_none() && is_number(&c.function.result.ty))
    {
        callback.fallback =
            for_all.clone().filter(|v| v.misfit(&callback.function.result.ty).is_none());
        if callback.fallback.is_none() {
            let (place, result) = (&callback.member.place, &callback.function.result.c);
            missing.push(format!("  {place}: {}: {result}", callback.name));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Option(format!(
        "what does a refused call return? Say --fallback MEMBER=VALUE, or --fallback '*=-1' for all that can, \
         for\n{}",
        missing.join("\n")
    )))
}

/// Whether no value of the type says failure by itself.
fn is_number(ty: &Type) -> bool {
    matches!(ty.resolved(), Type::Integer { .. } | Type::Enum(_) | Type::Bool | Type::Float { .. })
}
