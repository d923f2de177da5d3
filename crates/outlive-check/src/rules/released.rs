//! H2 and H5: what a deferred call deletes or frees when the function returns, while C keeps it.

use crate::finding::Draft;
use crate::flow::{Flow, Target};
use crate::ir::{Loaded, Memory, Origin, Side};
use crate::proof;
use crate::rule::Rule;

/// Finds both.
pub fn check(flow: &Flow, found: &mut Vec<Draft>) {
    for (index, function) in
        flow.functions.iter().enumerate().filter(|(_, function)| function.side == Side::Host)
    {
        for (origin, place) in &function.released {
            let Origin::Object(object) = origin else { continue };
            let facts = flow.facts[index].of(*origin);
            let kept = facts.iter().find(|fact| {
                fact.side == Side::C && fact.contents == Loaded::No && fact.target != Target::Freed
            });
            let Some(fact) = kept else { continue };
            let name = proof::go_name(flow, index);
            let (rule, message, help) = match function.objects[usize::from(*object)].memory {
                Memory::Number => (
                    Rule::H2,
                    format!("the handle is deleted when `{name}` returns, and C still has it"),
                    "delete it where C is told to let go, such as in `Close`",
                ),
                Memory::OfC => (
                    Rule::H5,
                    format!("the memory is freed when `{name}` returns, and C still has it"),
                    "free it where C is told to let go, such as in `Close`",
                ),
                _ => continue,
            };
            found.push(Draft {
                rule,
                message,
                at: *place,
                label: "this runs when the function returns".to_owned(),
                proof: proof::steps(fact),
                notes: vec![proof::lateness(fact)],
                help: help.to_owned(),
                function: name,
            });
        }
    }
}
