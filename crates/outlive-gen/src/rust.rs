//! The Rust backend: a file with the C declarations, a `#[callbacks]` block for each table, and for each function what holds
//! a closure as it.

mod block;
mod expanded;
mod imports;
mod lone;
mod names;
mod options;
mod scaffold;
mod sys;
mod text;
mod values;

use std::fmt::Write;

use crate::error::{Error, Result, Unmapped};
use crate::header::Header;
use crate::model::Member;
use crate::read::{self, Snippet};
use crate::roles::{Callback, Found, Roles};
use crate::unit::Unit;
use crate::unsaid;
use imports::Imports;
pub use options::RustOptions;
pub use scaffold::tests;
use sys::Sys;

/// Writes the file of one table or function.
pub fn generate(header: &Header, roles: &Roles<'_>, command: &str) -> Result<String> {
    let units = [Unit { roles: roles.clone(), name: None }];
    write(header, &units, &RustOptions::new(command))
}

/// Writes the file of several.
///
/// # Errors
///
/// [`Error::Unmapped`] names all that there is no mapping for, and [`Error::Option`] what is not for Rust.
pub fn write(header: &Header, units: &[Unit<'_>], options: &RustOptions) -> Result<String> {
    units.iter().try_for_each(|unit| check(&unit.roles))?;
    let import = options.import()?;
    let names = names::of_types(units)?;
    check_errnos(header, units)?;
    let sys = Sys::of(header, units, options.is_of_another_crate())?;
    let mut imports = Imports::default();
    let parts = units.iter().zip(&names).map(|(unit, name)| match lone::is_closure(unit) {
        true => lone::text(unit, name, &sys, &mut imports),
        false => block::text(unit, name, &sys, &mut imports),
    });
    let mut parts = parts.collect::<Result<Vec<_>>>()?;
    if options.without_macro {
        imports.without_macro();
        parts = parts.iter().map(|part| expanded::without_macro(part)).collect::<Result<_>>()?;
    }
    let notes: Vec<_> = units.iter().flat_map(|unit| unit.roles.notes.clone()).collect();
    let mut out = unsaid::comment(&notes) + &head(units, &options.command_line) + &imports.text();
    out += import.as_deref().unwrap_or_default();
    out += &parts.join("\n");
    if import.is_none() {
        out += &format!("\n/// The C declarations.\n{ALLOWED}pub mod sys {{\n");
        for line in sys.text.lines() {
            let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "    {line}") };
        }
        out.push_str("}\n");
    }
    Ok(out)
}

/// The C declarations alone, for a module of a crate's own.
///
/// # Errors
///
/// As [`write`](fn@write).
pub fn declarations(header: &Header, units: &[Unit<'_>]) -> Result<String> {
    Ok(Sys::of(header, units, false)?.text)
}

/// What stands before a module of C declarations.
pub(crate) const ALLOWED: &str = "#[rustfmt::skip]\n#[allow(dead_code, missing_docs, non_camel_case_types, \
     non_snake_case, non_upper_case_globals)]\n#[allow(unsafe_op_in_unsafe_fn, clippy::all, \
     clippy::undocumented_unsafe_blocks, clippy::pedantic)]\n";

/// What the file is, and where it comes from.
fn head(units: &[Unit<'_>], command: &str) -> String {
    let c = units.iter().map(|unit| match unit.roles.table.is_function {
        true => format!("`{}`", unit.roles.table.name),
        false => format!("`{}`", unit.roles.table.c_name),
    });
    let c = c.collect::<Vec<_>>().join(", ");
    let of = match units {
        [one] if one.roles.table.is_function => format!("The callback {c} of C's."),
        _ => format!("The callbacks of C's {c}."),
    };
    let is_method = |unit: &Unit<'_>| !lone::is_closure(unit);
    let methods = match units.iter().any(is_method) {
        true => {
            "It is yours to go on with: each method does what a refused call does, so far. Written by"
        }
        false => "Written by",
    };
    format!("//! {of}\n//!\n//! {methods}\n//!\n//! ```text\n//! {command}\n//! ```\n\n")
}

/// The names of errors are C's own.
fn check_errnos(header: &Header, units: &[Unit<'_>]) -> Result<()> {
    let callbacks = units.iter().flat_map(|unit| &unit.roles.callbacks);
    let named = callbacks.filter_map(|one| Some(Snippet::of_errno(one.name, one.errno.as_ref()?)));
    let named: Vec<Snippet> = named.collect();
    if named.is_empty() { Ok(()) } else { read::check_snippets(header, &named) }
}

/// What only `#[callbacks]` has no way to say.
pub(crate) fn check(roles: &Roles<'_>) -> Result<()> {
    let mut found = Vec::new();
    only_for_go(roles)?;
    for callback in &roles.callbacks {
        if let Found::Expression(expression) = &callback.found {
            if let Err(error) = syn::parse_str::<syn::Expr>(expression) {
                let (name, place) = (callback.name, &callback.member.place);
                return Err(Error::Option(format!(
                    "--user-data-expr {name}={expression}: this is no expression of Rust's: {error} ({place})"
                )));
            }
        }
        if callback.member.nested {
            found.push(unmapped(
                callback.member,
                "it stands in an anonymous struct, which Rust has no name for",
            ));
        }
        if callback.function.parameters.len() > 16 {
            found.push(unmapped(callback.member, "it has more than 16 parameters"));
        }
    }
    if let Some((member, _)) = roles.destroy {
        if member.function().is_some_and(|function| function.parameters.len() != 1) {
            let reason = "in Rust a destroy notify takes the user data only: have it as a callback";
            found.push(unmapped(member, reason));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Error::Unmapped(found)) }
}

/// Options that Rust has other words for.
fn only_for_go(roles: &Roles<'_>) -> Result<()> {
    let any = |is: fn(&Callback<'_>) -> bool| roles.callbacks.iter().any(is);
    let why = if any(|callback| !callback.completions.is_empty()) {
        "--completion is for Go: in Rust the method makes an `outlive::Completion` of the running `&Call`"
    } else if any(|callback| callback.wide_result || !callback.wide.is_empty()) {
        "--uint64 is for Go: Rust has `size_t` as `usize`"
    } else if !roles.fields.is_empty() {
        "what is said of a member of a struct is for Go: in Rust a copy has C's own pointers"
    } else {
        return Ok(());
    };
    Err(Error::Option(why.to_owned()))
}

fn unmapped(member: &Member, reason: &str) -> Unmapped {
    let what = member.name.clone().unwrap_or_default();
    Unmapped { place: member.place.clone(), what, reason: reason.to_owned() }
}
