//! Tests of a generated file, in which C calls each callback.

use heck::ToSnakeCase;

use super::lone;
use super::names::{self, identifier};
use crate::calls;
use crate::error::Result;
use crate::model::Type;
use crate::unit::Unit;

/// A module of tests for what stands in `module`, such as `crate::listener`. It is to be linked with what
/// [`calls::source`] gives.
///
/// # Errors
///
/// As [`write`](super::write()).
pub fn tests(module: &str, units: &[Unit<'_>]) -> Result<String> {
    let names = names::of_types(units)?;
    let declared = units.iter().map(|unit| {
        let name = calls::name(&unit.roles);
        format!("    fn {name}(table: *mut c_void, user_data: *mut c_void) -> c_int;\n")
    });
    let declared: String = declared.collect();
    let tests = units.iter().zip(&names).map(|(unit, name)| test(module, unit, name));
    let tests: String = tests.collect();
    Ok(format!(
        "//! C calls each callback once.\n\nuse core::ffi::{{c_int, c_void}};\n\n\
         // SAFETY: These are compiled from the C file beside the tests.\nunsafe extern \"C\" {{\n{declared}}}\n{tests}"
    ))
}

fn test(module: &str, unit: &Unit<'_>, name: &str) -> String {
    let roles = &unit.roles;
    let c = &roles.table.name;
    let (call, count) = (calls::name(roles), calls::count(roles));
    let (held, pointer) = match (roles.table.is_function, lone::is_closure(unit)) {
        (true, true) => (closure(module, unit, name), "held.function()".to_owned()),
        (true, false) => (
            format!("outlive::Held::new({module}::{name})"),
            format!("held.functions().{}", identifier(c)),
        ),
        _ => (format!("outlive::Held::new({module}::{name})"), "held.as_ptr()".to_owned()),
    };
    let has_user_data = roles.instances.is_none() && !roles.by_address;
    let user_data = if has_user_data { "held.user_data()" } else { "core::ptr::null_mut()" };
    // Option or not, a function pointer has the size of an address.
    let pointer = format!(
        "    // SAFETY: An address as C has it.\n    let table: *mut c_void = unsafe {{ core::mem::transmute_copy(&{pointer}) }};\n"
    );
    let end = match roles.callbacks.iter().any(|callback| callback.is_last) {
        true => "",
        false => {
            "    let _ = held.revoke();\n    // SAFETY: C has made its calls, and keeps nothing.\n    \
             let _ = unsafe { held.release() };\n"
        }
    };
    format!(
        "\n#[test]\nfn each_callback_of_{test}_is_called() {{\n    let held = {held}.unwrap();\n{pointer}    \
         // SAFETY: C gets the table and the user data that belong together, and passes zeros besides.\n    \
         let calls = unsafe {{ {call}(table, {user_data}) }};\n    assert_eq!(calls, {count});\n    \
         let ledger = outlive::ledger();\n    \
         for entry in ledger.tables.iter().filter(|entry| entry.id == held.id()) {{\n        \
         assert_eq!((entry.refused, entry.panicked), (0, 0));\n    }}\n{end}}}\n",
        test = c.to_snake_case(),
    )
}

/// A closure that returns zero.
fn closure(module: &str, unit: &Unit<'_>, name: &str) -> String {
    let maker = identifier(&name.to_snake_case());
    let callbacks = &unit.roles.callbacks;
    let count = callbacks.first().map_or(0, |callback| callback.parameters.len() - 1);
    let parameters = vec!["_"; count].join(", ");
    let body = match callbacks.first().map(|callback| callback.function.result.ty.resolved()) {
        Some(Type::Void) | None => "{}",
        // Zero is an integer, NULL and false.
        Some(_) => {
            "\n        // SAFETY: Zero is a value of C's type.\n        unsafe { core::mem::zeroed() }\n    "
        }
    };
    format!("{module}::{maker}(|{parameters}| {body})")
}
