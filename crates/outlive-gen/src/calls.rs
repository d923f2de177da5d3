//! C code that calls each callback of a table once, with zeros: for tests of what was generated.

use std::fmt::Write;

use crate::model::{Function, Type, declare};
use crate::roles::{Callback, Found, Role, Roles};

/// The C function that calls the callbacks of a table, or the function that it is.
///
/// It takes the address of the table, or of the function, and the user data, both as `void *`, and returns how many
/// calls it made.
pub fn name(roles: &Roles<'_>) -> String {
    format!("outlive_call_{}", roles.table.name)
}

/// How many callbacks it calls. It makes no call for user data that is found by more than a member of what C passes.
pub fn count(roles: &Roles<'_>) -> usize {
    roles.callbacks.iter().filter(|callback| arguments(callback).is_some()).count()
}

/// Its declaration, without the semicolon.
pub fn declaration(roles: &Roles<'_>) -> String {
    format!("int {}(void *table, void *user_data)", name(roles))
}

/// A C file with one such function for each, behind `include`: the lines that include the header.
pub fn source(include: &str, all: &[&Roles<'_>]) -> String {
    let mut out =
        format!("/* Calls each callback once, with zeros. */\n#include <stddef.h>\n{include}");
    all.iter().for_each(|roles| out += &function(roles));
    out
}

fn function(roles: &Roles<'_>) -> String {
    let table = roles.table;
    let mut out = format!("\n{0};\n{0}\n{{\n\tint calls = 0;\n", declaration(roles));
    if !table.is_function {
        let _ = writeln!(out, "\t{0} *at = ({0} *)table;", table.c_name);
    }
    for callback in &roles.callbacks {
        let Some(Arguments { before, values }) = arguments(callback) else {
            let name = callback.name;
            let _ =
                writeln!(out, "\t/* Not called: {name}, whose user data an expression finds. */");
            continue;
        };
        let (callee, before_it) = match table.is_function {
            true => ("called".to_owned(), vec![pointer(callback.function)]),
            false => (format!("at->{}", callback.name), Vec::new()),
        };
        let lines = before_it.iter().chain(&before);
        let lines: String = lines.map(|line| format!("\t\t{line}\n")).collect();
        let given = values.join(", ");
        let _ = write!(
            out,
            "\t{{\n{lines}\t\tif ({callee}) {{\n\t\t\t(void){callee}({given});\n\t\t\tcalls++;\n\t\t}}\n\t}}\n"
        );
    }
    out + "\t(void)table;\n\t(void)user_data;\n\treturn calls;\n}\n"
}

/// A typedef may be that of a function or of a pointer to one: what it takes is said once more.
fn pointer(function: &Function) -> String {
    let types: Vec<&str> = function.parameters.iter().map(|one| one.ty.c.as_str()).collect();
    let types = if types.is_empty() { "void".to_owned() } else { types.join(", ") };
    let declared = declare(&function.result.c, &format!("(*called)({types})"));
    let ty = declare(&function.result.c, &format!("(*)({types})"));
    format!("{declared} = ({ty})table;")
}

struct Arguments {
    /// What is declared before the call.
    before: Vec<String>,
    values: Vec<String>,
}

/// What the callback is called with; `None` where its user data cannot be put where it is looked for.
fn arguments(callback: &Callback<'_>) -> Option<Arguments> {
    let mut before = Vec::new();
    let mut values = Vec::new();
    for (at, parameter) in callback.function.parameters.iter().enumerate() {
        let is_table =
            matches!(&callback.found, Found::Table { parameter, .. } if *parameter == at);
        values.push(match (callback.parameters[at], parameter.ty.ty.resolved()) {
            _ if is_table => table(callback),
            (Role::UserData, _) => "user_data".to_owned(),
            (_, Type::Record(record)) => {
                before.push(format!("static {} value{at};", record.c));
                format!("value{at}")
            }
            _ => "0".to_owned(),
        });
    }
    if let Found::Expression(expression) = &callback.found {
        let (at, field) = member(callback, expression)?;
        let (to, _) = callback.function.parameters[at].ty.ty.pointee()?;
        let Type::Record(record) = to.resolved() else { return None };
        before.push(format!("static {} object;", record.c));
        before.push(format!("object.{field} = user_data;"));
        values[at] = "&object".to_owned();
    }
    Some(Arguments { before, values })
}

/// What has the table in it, where that is what C passes.
fn table(callback: &Callback<'_>) -> String {
    match &callback.found {
        Found::Table { inside: Some((record, member)), .. } => {
            format!("({record} *)((char *)table - offsetof({record}, {member}))")
        }
        _ => "at".to_owned(),
    }
}

/// The parameter and its member, if an expression of C's or Rust's is no more than that.
fn member<'e>(callback: &Callback<'_>, expression: &'e str) -> Option<(usize, &'e str)> {
    let of_c = expression.split_once("->");
    let of_rust = || expression.strip_prefix("(*")?.split_once(").");
    let (name, field) = of_c.or_else(of_rust)?;
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let parameters = &callback.function.parameters;
    let at = parameters.iter().enumerate().position(|(at, one)| match &one.name {
        Some(own) => own == name,
        None => format!("arg{at}") == name,
    })?;
    is_name(field).then_some((at, field))
}
