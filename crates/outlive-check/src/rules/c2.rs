//! C2: memory that Go made, given to C, which keeps it, while nothing in Go does.

use crate::finding::Draft;
use crate::flow::Flow;
use crate::ir::Memory;
use crate::proof;
use crate::rule::Rule;
use crate::rules::kept;

/// Finds it.
pub fn check(flow: &Flow, found: &mut Vec<Draft>) {
    for kept in kept::all(flow) {
        if kept.until_a_line || !matches!(kept.object.memory, Memory::Fresh | Memory::Table) {
            continue;
        }
        let function = proof::go_name(flow, kept.function);
        found.push(Draft {
            rule: Rule::C2,
            message: "C keeps memory of Go's, which nothing in Go keeps".to_owned(),
            at: kept.object.birth,
            label: "Go makes it here".to_owned(),
            proof: proof::steps(kept.fact),
            notes: vec![
                format!("only `{function}` refers to it: Go uses the memory again when that is done with it"),
                proof::lateness(kept.fact),
            ],
            help: "keep it in a field of what closes C again, pinned by a `runtime.Pinner` in the same struct; or make it \
                   with `C.malloc`, and free it when C has let go; a table of callbacks with its Go side is what \
                   `outlive gen` writes"
                .to_owned(),
            function,
        });
    }
}
