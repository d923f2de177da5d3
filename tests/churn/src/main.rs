//! Random load on an event loop: watchers and timers are added, changed and removed, descriptors are closed and their
//! numbers come back, from outside and in callbacks, while other threads send. After each round each message has been
//! received once, in order, and each timer has been called when it was due, unless it was removed before.
//!
//! The same seed makes the same choices; what threads make of them differs from run to run.
#![cfg_attr(not(unix), allow(dead_code, unused_imports, reason = "it is for Unix"))]

mod books;
#[cfg(unix)]
mod line;
#[cfg(unix)]
mod round;
#[cfg(unix)]
mod senders;
#[cfg(unix)]
mod timers;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use outlive_soak::Load;
use serde_json::json;

use books::Books;

/// Puts an event loop under random load, and accounts for every event.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    load: Load,
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("the load closes descriptors whose numbers come back, which it does on Unix only");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    let Arguments { load } = Arguments::parse();
    let seed = load.seed();
    eprintln!("seed {seed}");
    let (length, begun, bar) = (load.length(), Instant::now(), load.bar());
    let mut books = Books::default();
    while books.rounds == 0 || begun.elapsed() < length {
        round::run(seed.wrapping_add(books.rounds), &mut books);
        books.rounds += 1;
        bar.set_position(begun.elapsed().as_millis() as u64);
        bar.set_message(format!(
            "{} rounds, {} messages, {} faults",
            books.rounds, books.received, books.faults
        ));
    }
    bar.finish_and_clear();
    load.print(&figures(&books, seed, begun.elapsed()));
    if books.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn figures(books: &Books, seed: u64, elapsed: Duration) -> serde_json::Value {
    json!({
        "seed": seed,
        "seconds": elapsed.as_secs(),
        "rounds": books.rounds,
        "messages sent": books.sent,
        "messages received": books.received,
        "messages left in closed lines": books.left,
        "adds": books.adds,
        "updates": books.updates,
        "removes": books.removes,
        "closes": books.closes,
        "calls of watchers in vain": books.vain,
        "timers called": books.timers,
        "timers removed": books.timers_removed,
        "latest timer, microseconds": books.latest.as_micros() as u64,
        "faults": books.faults,
        "first faults": books.told,
    })
}
