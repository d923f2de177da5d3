//! Values of the command line, which stand in generated C, Rust and Go.

use crate::model::Type;

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
    /// A string.
    Text(String),
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
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        if let Some(text) = quoted {
            return match text.contains('\0') {
                true => Err("a string has no NUL".to_owned()),
                false => Ok(Value::Text(text.to_owned())),
            };
        }
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
            _ => Err(
                "a value is a number, NULL, a \"string\", or the name of a constant of the header"
                    .to_owned(),
            ),
        }
    }

    /// As C has it.
    pub fn c(&self) -> String {
        match self {
            Value::Integer(value) => value.to_string(),
            Value::Float(text) | Value::Name(text) => text.clone(),
            Value::Null => "NULL".to_owned(),
            Value::Text(text) => literal(text),
        }
    }

    /// Why a member of this type cannot have it: a string is none of a refused call's results, but a member's value.
    pub(super) fn misfit_of_member(&self, ty: &Type) -> Option<&'static str> {
        let Value::Text(text) = self else {
            return match ty.resolved() {
                // A macro may be a string.
                Type::Array { of, .. } if of.is_char() && matches!(self, Value::Name(_)) => None,
                Type::Record(_) | Type::Array { .. } => {
                    Some("the member is no number and no pointer: --zero leaves it zero")
                }
                Type::Pointer { .. } | Type::Function(_) if matches!(self, Value::Name(_)) => None,
                _ => self.misfit(ty),
            };
        };
        match ty.resolved() {
            Type::Pointer { to, .. } if to.is_char() => None,
            Type::Array { of, length: Some(length) } if of.is_char() => {
                (text.len() as u64 >= *length).then_some("the array has no room for it and its NUL")
            }
            _ => Some("the member is no string"),
        }
    }

    /// Why a C value of this type cannot be it.
    pub(super) fn misfit(&self, ty: &Type) -> Option<&'static str> {
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

/// A string as C writes it. What is not plain is in octal, which ends after three digits.
fn literal(text: &str) -> String {
    let mut out = "\"".to_owned();
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            // No trigraphs.
            b' '..=b'~' if byte != b'?' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn a_string_stands_in_c_as_it_was_given() {
        let text = Value::parse("\"say \\ \"ä\"?\"").unwrap();
        assert_eq!(text.c(), "\"say \\\\ \\\"\\303\\244\\\"\\077\"");
    }
}
