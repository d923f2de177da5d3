//! The scenarios, by family.

mod answers;
mod arguments;
#[cfg(unix)]
mod barrier;
mod checks;
#[cfg(unix)]
mod children;
#[cfg(unix)]
mod clones;
mod closers;
mod closes;
mod crowd;
mod data;
mod destroy;
mod destructors;
mod ends;
#[cfg(unix)]
mod exits;
mod fibers;
mod found;
mod given_back;
mod gone;
mod hosts;
mod inside;
mod last;
mod late;
mod lent;
mod lone;
mod memory;
mod objects;
mod own_address;
mod panics;
#[cfg(unix)]
mod plain_imports;
mod shapes;
#[cfg(unix)]
mod signals;
mod threads;
mod together;
mod tokens;
mod unload;
mod way;
#[cfg(windows)]
mod windows;

use outlive_child::Signal;

use crate::scenario::{Expected, Scenario, Stage, Verdict};

/// Every family.
const FAMILIES: &[&[Scenario]] = &[
    late::SCENARIOS,
    data::SCENARIOS,
    tokens::SCENARIOS,
    arguments::SCENARIOS,
    memory::SCENARIOS,
    shapes::SCENARIOS,
    destroy::SCENARIOS,
    last::SCENARIOS,
    own_address::SCENARIOS,
    lent::SCENARIOS,
    lone::SCENARIOS,
    found::SCENARIOS,
    together::SCENARIOS,
    objects::SCENARIOS,
    answers::SCENARIOS,
    given_back::SCENARIOS,
    panics::SCENARIOS,
    #[cfg(unix)]
    exits::SCENARIOS,
    gone::SCENARIOS,
    #[cfg(unix)]
    plain_imports::SCENARIOS,
    #[cfg(unix)]
    barrier::SCENARIOS,
    unload::SCENARIOS,
    threads::SCENARIOS,
    inside::SCENARIOS,
    closes::SCENARIOS,
    destructors::SCENARIOS,
    closers::SCENARIOS,
    fibers::SCENARIOS,
    #[cfg(unix)]
    signals::SCENARIOS,
    ends::SCENARIOS,
    #[cfg(unix)]
    children::SCENARIOS,
    #[cfg(unix)]
    clones::SCENARIOS,
    #[cfg(windows)]
    windows::SCENARIOS,
];

/// Every scenario, in the order in which they run.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    FAMILIES.iter().copied().flatten()
}

/// The scenario of this name.
pub fn find(name: &str) -> Option<&'static Scenario> {
    scenarios().find(|scenario| scenario.name == name)
}

/// A scenario that comes to its end.
const fn survives(
    name: &'static str,
    guarantee: &'static str,
    about: &'static str,
    run: fn(&Stage) -> Verdict,
) -> Scenario {
    let expected = Expected::Survives;
    Scenario { name, guarantee, about, expected, needs: &[], run }
}

/// A scenario that ends with this signal, and with this text on stderr.
const fn dies(
    name: &'static str,
    guarantee: &'static str,
    about: &'static str,
    (signal, saying): (Signal, &'static str),
    run: fn(&Stage) -> Verdict,
) -> Scenario {
    let expected = Expected::Dies { signal, saying };
    Scenario { name, guarantee, about, expected, needs: &[], run }
}

#[cfg(test)]
mod tests;
