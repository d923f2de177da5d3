//! R1: user data that a callback owns while it runs, so that a panic frees it; or that is freed while C has it.

use crate::finding::Draft;
use crate::ir::Side;
use crate::proof;
use crate::rule::Rule;
use crate::rules::given::Rust;
use crate::rust::model::{Address, RustFn};

/// Finds it.
pub fn check(rust: &Rust<'_>, found: &mut Vec<Draft>) {
    for function in &rust.model.functions {
        for rebuilt in &function.rebuilt {
            found.push(Draft {
                rule: Rule::R1,
                message: format!("`{}` owns C's user data while `{}` runs", rebuilt.name, function.name),
                at: rebuilt.from_raw,
                label: "from here on, leaving the function frees it".to_owned(),
                proof: vec![(Some((rebuilt.forgotten, Side::Host)), "only here is it given up again".to_owned())],
                notes: vec![
                    "a panic or an early return between the two drops the user data, and C's next call uses it again"
                        .to_owned(),
                ],
                help: "borrow it instead: `let data = unsafe { &*data.cast::<T>() }`, and free it where C says that it \
                       is done"
                    .to_owned(),
                function: function.name.clone(),
            });
        }
        freed_at_the_end(rust, function, found);
    }
}

/// A box that is a variable, whose contents C keeps: it is freed when the function ends.
fn freed_at_the_end(rust: &Rust<'_>, function: &RustFn, found: &mut Vec<Draft>) {
    for call in &function.calls {
        for (arg, value) in call.args.iter().enumerate() {
            let Some((Address::Boxed(name), place)) = &value.address else { continue };
            if function.moved.contains(name)
                || function.forgotten.contains(name)
                || !rust.is_foreign(call)
            {
                continue;
            }
            let Some(fact) = rust.kept(call, arg) else { continue };
            found.push(Draft {
                rule: Rule::R1,
                message: format!("`{name}` is freed when `{}` ends, while C keeps its address", function.name),
                at: *place,
                label: "C gets the address of what the box holds".to_owned(),
                proof: proof::steps(&fact),
                notes: vec![proof::lateness(&fact)],
                help: "keep the box in a field of what unregisters it, or give it up with `Box::into_raw` and take it \
                       back when C is done"
                    .to_owned(),
                function: function.name.clone(),
            });
        }
    }
}
