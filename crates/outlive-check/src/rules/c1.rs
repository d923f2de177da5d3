//! C1: the address of a variable, such as one that holds a `cgo.Handle`, given to C as user data that C keeps.

use crate::finding::Draft;
use crate::flow::Flow;
use crate::ir::Memory;
use crate::proof;
use crate::rule::Rule;
use crate::rules::kept;

/// Finds them.
pub fn check(flow: &Flow, found: &mut Vec<Draft>) {
    for kept in kept::all(flow) {
        if kept.until_a_line || !matches!(kept.object.memory, Memory::Variable | Memory::Handle) {
            continue;
        }
        let name = &kept.object.name;
        let function = proof::go_name(flow, kept.function);
        let (message, help) = if kept.object.memory == Memory::Handle {
            (
                format!(
                    "C keeps the address of `{name}`, which holds a `cgo.Handle`; nothing in Go keeps that variable"
                ),
                format!(
                    "give C the handle itself, as a number: `C.uintptr_t({name})`, and in C a parameter of type `uintptr_t`; \
                     delete it when C has let go"
                ),
            )
        } else {
            (
                format!("C keeps the address of the variable `{name}`, which nothing in Go keeps"),
                format!(
                    "make a `cgo.Handle` of it and give C the handle by value; or keep `&{name}` in a field that lives as \
                     long as C has it, pinned by a `runtime.Pinner` beside it"
                ),
            )
        };
        found.push(Draft {
            rule: Rule::C1,
            message,
            at: kept.object.birth,
            label: "this address is all that C has".to_owned(),
            proof: proof::steps(kept.fact),
            notes: vec![
                format!("the variable belongs to `{function}`: Go uses its memory again when nothing in Go refers to it"),
                proof::lateness(kept.fact),
            ],
            help,
            function,
        });
    }
}
