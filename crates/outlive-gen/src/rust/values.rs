//! Values as Rust writes them.

use crate::model::Type;
use crate::roles::{Callback, Value};

/// What a refused call returns, and whether the macro has to be told.
pub struct Fallback {
    pub value: String,
    pub needed: bool,
}

/// What a refused call of a callback returns.
pub fn fallback(callback: &Callback<'_>) -> Fallback {
    let ty = &callback.function.result.ty;
    let is = |value: &str, needed| Fallback { value: value.to_owned(), needed };
    match (&callback.fallback, ty.resolved()) {
        (_, Type::Record(_)) => is("Default::default()", true),
        (_, Type::Pointer { to_const: true, .. }) => is("core::ptr::null()", false),
        (_, Type::Pointer { .. }) => is("core::ptr::null_mut()", false),
        (_, Type::Function(_)) => is("None", true),
        (Some(value), _) => Fallback { value: value_of(value, ty), needed: true },
        (None, _) => is("", false),
    }
}

/// A value where a C type is wanted.
pub fn value_of(value: &Value, ty: &Type) -> String {
    match (value, ty.resolved()) {
        (_, Type::Record(_)) => "Default::default()".to_owned(),
        (_, Type::Function(_)) => "None".to_owned(),
        (Value::Integer(value), Type::Bool) => (*value != 0).to_string(),
        (Value::Integer(value), Type::Float { .. }) => format!("{value}.0"),
        (Value::Integer(0) | Value::Null, Type::Pointer { to_const: true, .. }) => {
            "core::ptr::null()".to_owned()
        }
        (Value::Integer(0) | Value::Null, Type::Pointer { .. }) => {
            "core::ptr::null_mut()".to_owned()
        }
        (Value::Integer(value), _) => value.to_string(),
        (Value::Float(text), _) => text.clone(),
        (Value::Name(name), Type::Bool) => format!("sys::{name} != 0"),
        (Value::Name(name), Type::Pointer { .. }) => format!("sys::{name}.as_ptr()"),
        (Value::Name(name), _) => format!("sys::{name} as _"),
        (Value::Text(text), Type::Array { length: Some(length), .. }) => array_of(text, *length),
        (Value::Text(text), _) => format!("c{text:?}.as_ptr()"),
        (Value::Null, _) => "None".to_owned(),
    }
}

/// A string in an array of `char`, which is filled with zeros.
fn array_of(text: &str, length: u64) -> String {
    let bytes = text.bytes().chain(std::iter::repeat(0)).take(length as usize);
    let bytes: Vec<String> = bytes.map(|byte| format!("{byte}_u8 as _")).collect();
    format!("[{}]", bytes.join(", "))
}
