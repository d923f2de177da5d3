//! R2: the address of a `self` that may move, or of a variable, given to C as user data that it keeps.

use crate::finding::Draft;
use crate::proof;
use crate::rule::Rule;
use crate::rules::given::Rust;
use crate::rust::model::{Address, Called, RustFn};

/// Finds it.
pub fn check(rust: &Rust<'_>, found: &mut Vec<Draft>) {
    for function in &rust.model.functions {
        let pinned = function.owner.as_ref().is_some_and(|owner| rust.model.pinned.contains(owner));
        if function.waits {
            // It ends when C has called.
            continue;
        }
        for call in &function.calls {
            for (arg, value) in call.args.iter().enumerate() {
                let Some((address, place)) = &value.address else { continue };
                let what = match address {
                    Address::Local(name) => format!("the variable `{name}`"),
                    Address::Borrowed if !pinned && !function.is_unsafe => {
                        "`self`, which its owner may move".to_owned()
                    }
                    Address::Borrowed | Address::Boxed(_) => continue,
                };
                if !rust.is_foreign(call) || is_taken_back(function, call, arg) {
                    continue;
                }
                let Some(fact) = rust.kept(call, arg) else { continue };
                let end = match address {
                    Address::Local(_) => format!("the variable ends with `{}`", function.name),
                    _ => "a value behind a reference moves when its owner moves it, and C's pointer does not".to_owned(),
                };
                found.push(Draft {
                    rule: Rule::R2,
                    message: format!("C keeps the address of {what}"),
                    at: *place,
                    label: "this address goes to C".to_owned(),
                    proof: proof::steps(&fact),
                    notes: vec![end, proof::lateness(&fact)],
                    help: "put what C needs in a `Box`, give C the address of that, and keep the box in a field; or pin \
                           `self`"
                        .to_owned(),
                    function: function.name.clone(),
                });
            }
        }
    }
}

/// Whether the same function gives C nothing in its place.
fn is_taken_back(function: &RustFn, call: &Called, arg: usize) -> bool {
    function.calls.iter().any(|other| {
        other.callee == call.callee && other.nothing.get(arg).copied().unwrap_or(false)
    })
}
