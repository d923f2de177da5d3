//! A function that C takes by itself: the type of what holds a closure, and the function that makes it.

use std::fmt::Write;

use heck::ToSnakeCase;

use super::imports::Imports;
use super::names::{identifier, parameter_names};
use super::sys::Sys;
use super::text::docs;
use super::values::fallback;
use crate::error::{Error, Result};
use crate::model::Type;
use crate::roles::{Callback, Found, Role, Value};
use crate::unit::Unit;

/// Whether a closure can be the function. What it cannot have (text, tokens, a value for late calls) a method can.
pub fn is_closure(unit: &Unit<'_>) -> bool {
    let is_plain = |callback: &Callback<'_>| {
        let is_raw = |role: &Role| matches!(role, Role::Plain | Role::Raw | Role::UserData);
        let is_said = callback.late.is_some() || callback.panicked.is_some();
        let is_of_method = is_said || callback.errno.is_some() || callback.gives_token;
        let ends = callback.takes_back || (callback.is_last && !unit.roles.once);
        let is_record = matches!(callback.function.result.ty.resolved(), Type::Record(_));
        callback.found == Found::UserData
            && callback.parameters.iter().all(is_raw)
            && !(is_of_method || ends || is_record)
    };
    let roles = &unit.roles;
    roles.table.is_function && !roles.keeps && roles.callbacks.iter().all(is_plain)
}

/// Writes the type and the function.
pub fn text(unit: &Unit<'_>, name: &str, sys: &Sys, imports: &mut Imports) -> Result<String> {
    let roles = &unit.roles;
    let table = roles.table;
    let c = &sys.type_name(&table.name);
    let [callback] = &roles.callbacks[..] else {
        return Err(Error::Option(format!("{c}: it is not one function")));
    };
    let raw = sys.lone(&table.name)?;
    let user_data = callback.user_data().unwrap_or_default();
    let others = raw.inputs.iter().enumerate().filter(|(at, _)| *at != user_data);
    let others: Vec<String> = others.map(|(_, input)| imports.written(sys, &input.ty)).collect();
    let result = match &raw.output {
        syn::ReturnType::Default => None,
        syn::ReturnType::Type(_, ty) => Some(imports.written(sys, ty)),
    };
    let refused = refused(callback, result.as_deref());
    let returns = result.map_or(String::new(), |ty| format!(" -> {ty}"));
    let (kind, maker, bounds) = match roles.once {
        true => (", Exclusive", "once", format!("FnOnce({}){returns} + Send", others.join(", "))),
        false => ("", "new", format!("Fn({}){returns} + Send + Sync", others.join(", "))),
    };
    let call = match &refused {
        Some(value) => format!("{maker}_or({value}, closure)"),
        None => format!("{maker}(closure)"),
    };
    let held = format!("Callback<sys::{c}{kind}>");
    let before = match user_data {
        at if at + 1 == raw.inputs.len() => format!("Callback::<sys::{c}>::"),
        0 => format!("Callback::<sys::{c}>::user_data_first()."),
        at => format!("Callback::<sys::{c}>::user_data_at::<{at}>()."),
    };
    imports.of_outlive("Callback");
    imports.of_outlive("HoldError");
    if roles.once {
        imports.of_outlive("Exclusive");
    }
    let function = identifier(&name.to_snake_case());
    let mut out = docs(table.comment.as_deref(), "");
    if table.comment.is_some() {
        out.push_str("///\n");
    }
    let _ = writeln!(out, "/// A closure that C calls as a `{c}`.\npub type {name} = {held};\n");
    out += &rules(unit, callback, &function, refused.as_deref());
    let _ = writeln!(
        out,
        "#[track_caller]\npub fn {function}<F>(closure: F) -> Result<{name}, HoldError<F>>\nwhere\n    \
         F: {bounds} + 'static,\n{{\n    {before}{call}\n}}"
    );
    Ok(out)
}

/// What is to be known of the function, with an example.
fn rules(
    unit: &Unit<'_>,
    callback: &Callback<'_>,
    function: &str,
    refused: Option<&str>,
) -> String {
    let c = &unit.roles.table.name;
    let names = parameter_names(callback).into_iter().zip(&callback.parameters);
    let others = names.filter(|(_, role)| **role != Role::UserData);
    let arguments: Vec<String> = others.map(|(name, _)| name).collect();
    let returned = match (refused, callback.function.result.ty.resolved()) {
        (Some(value), _) => format!("`{value}`"),
        (None, Type::Void) => "nothing".to_owned(),
        (None, _) => "NULL".to_owned(),
    };
    let body = refused.unwrap_or(if returned == "NULL" { "core::ptr::null_mut()" } else { "{}" });
    let who = match unit.roles.once {
        true => "which C calls at most once, on any thread",
        false => "which any thread may call, several at the same time",
    };
    format!(
        "/// Holds a closure as a `{c}`, {who}.\n///\n\
         /// A refused call returns {returned}. `outlive::Callback` has more ways to hold one.\n///\n\
         /// ```ignore\n/// let held = {function}(|{}| {body})?;\n\
         /// // For C: `held.function()` with `held.user_data()`.\n/// ```\n///\n\
         /// # Errors\n///\n/// Where no slot or no memory is left; the error has the closure.\n",
        arguments.join(", ")
    )
}

/// What a refused call returns, where that is neither nothing nor NULL.
fn refused(callback: &Callback<'_>, result: Option<&str>) -> Option<String> {
    let value = match (&callback.fallback, callback.function.result.ty.resolved()) {
        (_, Type::Void | Type::Pointer { .. }) => return None,
        (Some(Value::Name(name)), ty) if !matches!(ty, Type::Bool) => {
            format!("sys::{name} as {}", result?)
        }
        _ => fallback(callback).value,
    };
    Some(value)
}
