//! Values of the command line, which stand in generated C, Rust and Go.

use super::{Callback, Names, pair, wrong};
use crate::error::{Error, Result};
use crate::model::Type;
use crate::options::Options;

/// A value that all the languages have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer.
    Integer(i128),
    /// A floating-point number, as it was written.
    Float(String),
    /// A macro or enum constant of the header's.
    Name(String),
    /// NULL.
    Null,
}

impl Value {
    /// Reads a value.
    pub fn parse(text: &str) -> std::result::Result<Value, String> {
        let text = text.trim();
        let (minus, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
        let integer = hex.map_or_else(|| digits.parse(), |hex| i128::from_str_radix(hex, 16));
        if let Ok(value) = integer {
            return Ok(Value::Integer(if minus { -value } else { value }));
        }
        let is_name = digits.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && digits.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match text {
            "NULL" => Ok(Value::Null),
            "true" => Ok(Value::Integer(1)),
            "false" => Ok(Value::Integer(0)),
            _ if is_name && !minus => Ok(Value::Name(text.to_owned())),
            _ if digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.parse::<f64>().is_ok() =>
            {
                Ok(Value::Float(text.to_owned()))
            }
            _ => {
                Err("a value is a number, NULL, or the name of a constant of the header".to_owned())
            }
        }
    }

    /// As C has it.
    pub fn c(&self) -> String {
        match self {
            Value::Integer(value) => value.to_string(),
            Value::Float(text) | Value::Name(text) => text.clone(),
            Value::Null => "NULL".to_owned(),
        }
    }

    /// Why a C value of this type cannot be it.
    fn misfit(&self, ty: &Type) -> Option<&'static str> {
        let fits = |signed: bool, size: u64, value: i128| {
            let bits = 8 * size.min(8) as u32;
            let (low, high) = match signed {
                true => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
                false => (0, (1_i128 << bits) - 1),
            };
            (low..=high).contains(&value)
        };
        let range = "the C type has no such value";
        match (ty.resolved(), self) {
            (Type::Integer { signed, size, .. }, Value::Integer(value)) => {
                (!fits(*signed, *size, *value)).then_some(range)
            }
            (Type::Enum(e), Value::Integer(value)) => {
                (!fits(e.signed, e.size, *value)).then_some(range)
            }
            (Type::Bool, Value::Integer(value)) => (!(0..=1).contains(value)).then_some(range),
            (Type::Integer { .. } | Type::Enum(_) | Type::Bool, Value::Name(_)) => None,
            (Type::Float { .. }, Value::Integer(_) | Value::Float(_)) => None,
            (Type::Pointer { .. } | Type::Function(_), Value::Null | Value::Integer(0)) => None,
            (Type::Record(_), Value::Integer(0)) => None,
            (Type::Void, _) => Some("it returns nothing"),
            _ => Some("the C type has no such value"),
        }
    }
}

/// Gives each callback what a refused call returns.
pub fn fallbacks(
    names: &Names<'_>,
    options: &Options,
    callbacks: &mut [Callback<'_>],
) -> Result<()> {
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
