//! Whether the compiler knows what the options say in C, before a file is written.

use super::table;
use crate::error::Result;
use crate::header::Header;
use crate::model::declare;
use crate::read::{self, Snippet};
use crate::roles::{Callback, Found, Roles, Value};
use crate::unit::Unit;

/// Has libclang read the expressions and the names of constants that options give.
///
/// # Errors
///
/// [`Error::Option`](crate::error::Error::Option) has each option with what is wrong with it.
pub fn check(units: &[Unit<'_>], header: &Header) -> Result<()> {
    let snippets: Vec<Snippet> = units.iter().flat_map(|unit| snippets(&unit.roles)).collect();
    if snippets.is_empty() { Ok(()) } else { read::check_snippets(header, &snippets) }
}

fn snippets(roles: &Roles<'_>) -> Vec<Snippet> {
    let mut all = Vec::new();
    for (member, value) in &roles.constants {
        let member = member.name.as_deref().unwrap_or_default();
        all.extend(constant("--constant", member, value));
    }
    for callback in &roles.callbacks {
        if let Found::Expression(expression) = &callback.found {
            let said = format!("--user-data-expr {}={expression}", callback.name);
            let parameters = parameters(callback);
            all.push(Snippet { said, parameters, expression: format!("(void *)({expression})") });
        }
        all.extend(callback.errno.iter().map(|name| Snippet::of_errno(callback.name, name)));
        let results = [
            ("--fallback", &callback.fallback),
            ("--late", &callback.late),
            ("--panicked", &callback.panicked),
        ];
        let results = results.iter().filter_map(|(option, value)| Some((*option, value.as_ref()?)));
        let answers = callback.completions.iter().flat_map(|one| &one.when_dropped);
        let values = results.chain(answers.map(|value| ("--completion", value)));
        all.extend(values.filter_map(|(option, value)| constant(option, callback.name, value)));
    }
    all
}

/// A constant of the header's; other values need no header.
fn constant(option: &str, member: &str, value: &Value) -> Option<Snippet> {
    let Value::Name(name) = value else { return None };
    let said = format!("{option} {member}={name}");
    Some(Snippet { said, parameters: "void".to_owned(), expression: name.clone() })
}

fn parameters(callback: &Callback<'_>) -> String {
    let names = table::c_names(callback.function);
    let all = callback.function.parameters.iter().zip(&names);
    let all: Vec<String> = all.map(|(one, name)| declare(&one.ty.c, name)).collect();
    if all.is_empty() { "void".to_owned() } else { all.join(", ") }
}
