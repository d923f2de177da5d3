//! What C1, C2 and H1 have in common: memory that a Go function made, and that C keeps while nothing in Go does.

use crate::flow::{Fact, Flow, Target};
use crate::ir::{Loaded, Memory, Object, Origin, Side};
use crate::proof;

/// An object that C keeps.
pub struct Kept<'flow> {
    /// Its function, by index.
    pub function: usize,
    pub object: &'flow Object,
    pub fact: &'flow Fact,
    /// Whether Go keeps it alive until some line of the function.
    pub until_a_line: bool,
}

/// All objects of Go that C keeps and that no memory of Go's does.
pub fn all(flow: &Flow) -> Vec<Kept<'_>> {
    let mut found = Vec::new();
    for (index, function) in flow.functions.iter().enumerate() {
        if function.side != Side::Host {
            continue;
        }
        for (number, object) in function.objects.iter().enumerate() {
            let origin = Origin::Object(u16::try_from(number).unwrap_or(u16::MAX));
            let facts = flow.facts[index].of(origin);
            let in_go = |fact: &Fact| {
                fact.side == Side::Host
                    && fact.contents == Loaded::No
                    && fact.target != Target::Freed
            };
            let Some(fact) = proof::kept_by_c(facts) else { continue };
            if facts.iter().any(in_go) {
                continue;
            }
            if !matches!(
                object.memory,
                Memory::Variable | Memory::Handle | Memory::Fresh | Memory::Table
            ) {
                continue;
            }
            let until_a_line = function.kept_alive.iter().any(|(kept, _)| *kept == origin);
            found.push(Kept { function: index, object, fact, until_a_line });
        }
    }
    found
}
