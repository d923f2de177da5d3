//! Names in Rust for names in C.

use heck::ToSnakeCase;

use crate::error::{Error, Result};
use crate::naming::{camel, library_prefix, type_name};
use crate::roles::{Callback, Found};
use crate::unit::Unit;

/// What a file has names of its own for, or takes from elsewhere.
const TAKEN: &[&str] = &[
    "Box",
    "Buffer",
    "CStr",
    "Callback",
    "Completion",
    "Copy",
    "Default",
    "Err",
    "Exclusive",
    "Fn",
    "FnOnce",
    "HoldError",
    "None",
    "Ok",
    "Option",
    "Out",
    "Result",
    "Self",
    "Send",
    "Some",
    "String",
    "Sync",
    "Token",
    "Vec",
];

/// The names of the types of all units, each once: those that are said, and others of the names in C.
pub fn of_types(units: &[Unit<'_>]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for unit in units {
        let c = unit.roles.table.name.as_str();
        let is_free = |name: &String| !names.contains(name) && !TAKEN.contains(&name.as_str());
        let is_said_elsewhere = |name: &String| {
            units
                .iter()
                .any(|other| !std::ptr::eq(other, unit) && other.name.as_ref() == Some(name))
        };
        let name = match &unit.name {
            Some(name) => said(name, c).map(|()| Some(name.clone()).filter(is_free))?,
            None => [type_name(c, library_prefix(c)), camel(c), camel(c) + "Host"]
                .into_iter()
                .find(|name| is_free(name) && !is_said_elsewhere(name)),
        };
        let place = &unit.roles.table.place;
        if units.iter().filter(|other| other.roles.table.name == c).count() > 1 {
            return Err(Error::Option(format!("{c} is named twice ({place})")));
        }
        names.push(name.ok_or_else(|| {
            let name = unit.name.as_deref().unwrap_or(c);
            Error::Option(format!(
                "{c}={name}: the file has another {name}: say another name behind the = ({place})"
            ))
        })?);
    }
    Ok(names)
}

/// Whether a name that was said can be that of a type.
fn said(name: &str, c: &str) -> Result<()> {
    let is_type = name.starts_with(|c: char| c.is_ascii_uppercase());
    match syn::parse_str::<syn::Ident>(name) {
        Ok(_) if is_type => Ok(()),
        _ => Err(Error::Option(format!(
            "{c}={name}: a type of Rust's has a name that begins with a capital letter, and has letters and digits"
        ))),
    }
}

/// Whether a method has C's parameter: not what leads to the host value, or to what has the table in it.
pub fn is_given(callback: &Callback<'_>, at: usize) -> bool {
    let leads = matches!(callback.found, Found::Table { parameter, .. } if parameter == at);
    !leads && !callback.parameters[at].is_hosts()
}

/// The names that a method has for C's parameters, each once.
pub fn parameter_names(callback: &Callback<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, parameter) in callback.function.parameters.iter().enumerate() {
        let mut name = parameter.name.as_deref().map_or(format!("arg{at}"), identifier);
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}

/// A name as Rust has them, and no word of Rust's.
pub fn identifier(c: &str) -> String {
    let bare = c.trim_matches('_');
    let is_snake = !bare.contains("__") && !bare.contains(|c: char| c.is_ascii_uppercase());
    let name = if is_snake { c.to_owned() } else { c.to_snake_case() };
    match syn::parse_str::<syn::Ident>(&name) {
        Ok(_) if name != "_" => name,
        _ => format!("{name}_"),
    }
}
