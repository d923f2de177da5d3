//! R3: a closure stored for C whose bounds let it borrow what ends earlier; and H4, one without `Send`.

use std::collections::HashSet;

use crate::finding::Draft;
use crate::flow::Fact;
use crate::ir::Side;
use crate::place::Place;
use crate::proof;
use crate::rule::Rule;
use crate::rules::given::Rust;
use crate::rust::bounds::{self, Life};

/// A parameter that ends up with C.
#[derive(Clone)]
struct Stored {
    function: usize,
    param: usize,
    /// The calls by which it gets there, the last of which is C's.
    calls: Vec<Place>,
    fact: Option<Fact>,
}

/// Finds both.
pub fn check(rust: &Rust<'_>, found: &mut Vec<Draft>) {
    for index in 0..rust.model.functions.len() {
        for stored in stored_by(rust, index) {
            let mut seen = HashSet::new();
            report(rust, &stored, &mut seen, found);
        }
    }
}

/// What a function gives to C for longer than the call.
fn stored_by(rust: &Rust<'_>, index: usize) -> Vec<Stored> {
    let function = &rust.model.functions[index];
    let mut found = Vec::new();
    for call in function.calls.iter().filter(|call| rust.is_foreign(call)) {
        for (arg, value) in call.args.iter().enumerate() {
            if value.params.is_empty()
                || rust.is_only_during(call, arg)
                || !rust.is_given_up(function, value)
            {
                continue;
            }
            let fact = rust.kept(call, arg);
            if fact.is_none() && !rust.passes_callback(call) {
                continue;
            }
            for &param in value.params.iter().filter(|param| !function.reclaimed.contains(param)) {
                let fact = fact.clone();
                found.push(Stored { function: index, param, calls: vec![call.place], fact });
            }
        }
    }
    found
}

/// Reports the functions that users call, however deep the one that calls C is.
fn report(
    rust: &Rust<'_>,
    stored: &Stored,
    seen: &mut HashSet<(usize, usize)>,
    found: &mut Vec<Draft>,
) {
    if !seen.insert((stored.function, stored.param)) {
        return;
    }
    let function = &rust.model.functions[stored.function];
    let generic = function.params.get(stored.param).and_then(|params| params.first().copied());
    let Some(generic) = generic else { return };
    // A raw pointer that is returned, or a second parameter of the type, may be what ties it.
    let tied = function.params.iter().filter(|params| params.contains(&generic)).count() > 1;
    if function.is_unsafe || function.returns_pointer || tied {
        return;
    }
    let short = bounds::life(rust.model, function, generic) == Life::Short;
    if function.is_public {
        if short {
            found.push(draft(rust, stored, generic));
        } else if !bounds::is_send(rust.model, function, generic) {
            found.push(unsent(rust, stored, generic));
        }
        return;
    }
    for (caller, other) in rust.model.functions.iter().enumerate() {
        for call in other
            .calls
            .iter()
            .filter(|call| call.callee == function.name && caller != stored.function)
        {
            let Some(value) = call.args.get(stored.param) else { continue };
            for &param in &value.params {
                let mut calls = vec![call.place];
                calls.extend(&stored.calls);
                report(
                    rust,
                    &Stored { function: caller, param, calls, fact: stored.fact.clone() },
                    seen,
                    found,
                );
            }
        }
    }
}

fn steps(stored: &Stored) -> Vec<(Option<(Place, Side)>, String)> {
    let last = stored.calls.len().saturating_sub(1);
    let mut steps: Vec<_> = stored
        .calls
        .iter()
        .enumerate()
        .map(|(index, call)| {
            let text = if index == last {
                "it goes to C here, and nobody drops it"
            } else {
                "it is passed on here"
            };
            (Some((*call, Side::Host)), text.to_owned())
        })
        .collect();
    if let Some(fact) = &stored.fact {
        steps.extend(proof::steps(fact));
    }
    steps
}

fn draft(rust: &Rust<'_>, stored: &Stored, generic: usize) -> Draft {
    let function = &rust.model.functions[stored.function];
    let param = &function.type_params[generic];
    let name = if param.name.starts_with("impl#") { "this parameter" } else { &param.name };
    Draft {
        rule: Rule::R3,
        message: format!("`{}` stores a closure for C that may borrow what ends earlier", function.name),
        at: param.place,
        label: "nothing says that it is `'static`".to_owned(),
        proof: steps(stored),
        notes: vec![
            format!("safe code may pass a closure that borrows a local variable: {name} then dangles when that ends"),
            stored.fact.as_ref().map_or_else(
                || "the closure is boxed and given up, so it is meant to be called after this function".to_owned(),
                proof::lateness,
            ),
        ],
        help: format!("write the bound `'static`, or return a guard that unregisters it and has {name}'s lifetime"),
        function: function.name.clone(),
    }
}

fn unsent(rust: &Rust<'_>, stored: &Stored, generic: usize) -> Draft {
    let function = &rust.model.functions[stored.function];
    Draft {
        rule: Rule::H4,
        message: format!("`{}` stores a closure for C that need not be `Send`", function.name),
        at: function.type_params[generic].place,
        label: "nothing says that it is `Send`".to_owned(),
        proof: steps(stored),
        notes: vec!["it matters where C calls, or frees the closure, on a thread of its own".to_owned()],
        help: "write the bound `Send`, unless C's manual says that it calls on the registering thread only".to_owned(),
        function: function.name.clone(),
    }
}
