//! What refused calls return, and those whose method has panicked.

use super::model::Callback;
use super::names::{Names, by_length, is_pattern, pair, wrong, wrong_at};
use super::value::Value;
use crate::error::{Error, Result};
use crate::model::Type;
use crate::options::Options;

/// Gives each callback what its calls return that are not served.
pub fn assign(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    for text in by_length(&options.errnos) {
        let (member, value) = pair("--errno", text)?;
        let Ok(Value::Name(name)) = Value::parse(value) else {
            return Err(wrong("--errno", text, "an errno has a name, such as ECANCELED"));
        };
        for at in names.callbacks("--errno", member, callbacks)? {
            callbacks[at].errno.get_or_insert_with(|| name.clone());
        }
    }
    values(names, ("--fallback", &options.fallbacks), callbacks, |callback| {
        &mut callback.fallback
    })?;
    values(names, ("--late", &options.lates), callbacks, |callback| &mut callback.late)?;
    values(names, ("--panicked", &options.panickeds), callbacks, |callback| {
        &mut callback.panicked
    })?;
    let missing = callbacks
        .iter()
        .filter(|callback| callback.fallback.is_none() && is_number(&callback.function.result.ty));
    let missing: Vec<String> = missing
        .map(|callback| format!("  {}: {}", callback.member.place, returns(callback)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let stars = options.fallbacks.iter().filter(|text| is_pattern(text)).map(String::as_str);
    let stars: Vec<String> = stars.map(|text| format!("'{text}'")).collect();
    let but = match stars.is_empty() {
        true => String::new(),
        false => format!(" These cannot be the value of {}.", stars.join(", ")),
    };
    Err(Error::Option(format!(
        "what does a refused call return?{but} Say so for each, or for several with a `*` in MEMBER:\n{}",
        missing.join("\n")
    )))
}

/// What a callback returns, and what to write for it.
fn returns(callback: &Callback<'_>) -> String {
    let (name, result) = (callback.name, &callback.function.result);
    let values: Vec<String> = match result.ty.resolved() {
        Type::Void => return format!("leave --fallback {name}=... out"),
        Type::Bool => vec!["false".to_owned(), "true".to_owned()],
        Type::Enum(of) => of.constants.iter().take(3).map(|one| one.name.clone()).collect(),
        Type::Integer { signed: true, .. } => vec!["-1".to_owned(), "0".to_owned()],
        Type::Pointer { .. } | Type::Function(_) => vec!["NULL".to_owned()],
        _ => vec!["0".to_owned()],
    };
    let options = values.iter().map(|value| format!("--fallback {name}={value}"));
    format!("{name} returns {}: {}", result.c, options.collect::<Vec<_>>().join(" or "))
}

/// Gives callbacks the values of one option. A name with a `*` gives one to all that can have it and have no other.
fn values(
    names: &Names<'_>,
    (option, texts): (&str, &[String]),
    callbacks: &mut [Callback<'_>],
    place: for<'c> fn(&'c mut Callback<'_>) -> &'c mut Option<Value>,
) -> Result<()> {
    for text in by_length(texts) {
        let (member, value) = pair(option, text)?;
        let value = Value::parse(value).map_err(|why| wrong(option, text, &why))?;
        let mut any = member == "*";
        for at in names.callbacks(option, member, callbacks)? {
            let callback = &mut callbacks[at];
            let result = &callback.function.result.ty;
            let misfit = value.misfit(result);
            if let Some(why) = misfit.filter(|_| !is_pattern(member)) {
                let why = format!("{why}; {}", returns(callback).replace("--fallback", option));
                return Err(wrong_at(&callback.member.place, option, text, &why));
            }
            if misfit.is_none() {
                place(callback).get_or_insert_with(|| value.clone());
                any = true;
            }
        }
        if !any {
            let why = "none of these callbacks returns such a value";
            return Err(wrong_at(&names.table.place, option, text, why));
        }
    }
    Ok(())
}

/// Whether no value of the type says failure by itself.
fn is_number(ty: &Type) -> bool {
    matches!(ty.resolved(), Type::Integer { .. } | Type::Enum(_) | Type::Bool | Type::Float { .. })
}
