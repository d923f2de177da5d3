//! The proof of a finding, in words.

use crate::flow::{Fact, Flow, Step, Target};
use crate::ir::Side;
use crate::library::Known;
use crate::place::Place;

/// The steps by which C comes to keep a pointer.
pub fn steps(fact: &Fact) -> Vec<(Option<(Place, Side)>, String)> {
    let last = fact.trail.len().saturating_sub(1);
    fact.trail
        .iter()
        .enumerate()
        .map(|(index, step)| match step {
            Step::At(place, Side::Host) => {
                (Some((*place, Side::Host)), "it goes to C here".to_owned())
            }
            Step::At(place, Side::C) if index == last => {
                (Some((*place, Side::C)), "C keeps it here".to_owned())
            }
            Step::At(place, Side::C) => (Some((*place, Side::C)), "C passes it on here".to_owned()),
            Step::Known(known) => (None, known_words(known)),
        })
        .collect()
}

/// What the table of libraries says of a function.
pub fn known_words(known: &Known) -> String {
    format!(
        "{} ({}): `{}` keeps it until {}",
        known.library, known.table, known.function, known.until
    )
}

/// When C may call late.
pub fn lateness(fact: &Fact) -> String {
    let known = fact.trail.iter().find_map(|step| match step {
        Step::Known(known) => Some(known),
        Step::At(..) => None,
    });
    match known {
        Some(known) if !known.late.is_empty() => format!("C may call late: {}", known.late),
        Some(known) => format!("C may call at any moment until {}", known.until),
        None => "C may call whenever it likes, for nothing here takes the pointer away from it"
            .to_owned(),
    }
}

/// The fact by which C keeps the pointer itself beyond the function, if it does.
pub fn kept_by_c(facts: &[Fact]) -> Option<&Fact> {
    facts.iter().find(|fact| {
        fact.side == Side::C
            && fact.contents == crate::ir::Loaded::No
            && !matches!(fact.target, Target::Freed)
    })
}

/// The name of a Go function as its source has it.
pub fn go_name(flow: &Flow, index: usize) -> String {
    let name = &flow.functions[index].name;
    let bare = name.rsplit_once('.').map_or(&**name, |(_, bare)| bare);
    bare.split('/').next().unwrap_or(bare).to_owned()
}
