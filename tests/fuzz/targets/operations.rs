//! Random operations on tables, callbacks, groups, what is owed to C, tokens and closes, against a model that says what each
//! must return.
//!
//! On one thread, at any depth of calls, everything is compared exactly: results, states, counts,
//! incidents, and when a value is dropped. Where threads race, only what the model allows may come.

#![no_main]

#[path = "operations/c_side.rs"]
mod c_side;
#[path = "operations/host.rs"]
mod host;
#[path = "operations/model.rs"]
mod model;
#[path = "operations/one.rs"]
mod one;
#[path = "operations/owed.rs"]
mod owed;
#[path = "operations/race.rs"]
mod race;
#[path = "operations/step.rs"]
mod step;
#[path = "operations/tokens.rs"]
mod tokens;
#[path = "operations/world.rs"]
mod world;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

use race::Race;
use step::Step;
use tokens::TokenStep;
use world::World;

/// One run.
#[derive(Arbitrary, Debug)]
enum Input {
    Steps(Vec<Step>),
    Race(Race),
    Tokens(Vec<TokenStep>),
}

fuzz_target!(|input: Input| {
    world::keep_asked_panics_silent();
    match input {
        Input::Steps(steps) => World::run(steps),
        Input::Race(race) => race.run(),
        Input::Tokens(steps) => tokens::run(&steps),
    }
    drop(outlive::take_incidents());
});
