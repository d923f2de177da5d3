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

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant, UNIX_EPOCH};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use books::Books;

/// Puts an event loop under random load, and accounts for every event.
#[derive(Parser)]
struct Arguments {
    /// How long the load runs.
    #[arg(default_value_t = 1.0)]
    minutes: f64,
    /// Makes the choices of an earlier run again.
    #[arg(long)]
    seed: Option<u64>,
    /// Writes the figures as one JSON object.
    #[arg(long)]
    json: bool,
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("the load closes descriptors whose numbers come back, which it does on Unix only");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos() as u64 & 0xffff_ffff;
    let seed = arguments.seed.unwrap_or(now);
    eprintln!("seed {seed}");
    let length = Duration::from_secs_f64((arguments.minutes * 60.0).clamp(0.0, 1e7));
    let (begun, bar) = (Instant::now(), bar(length));
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
    let figures = figures(&books, seed, begun.elapsed());
    if arguments.json {
        println!("{figures}");
    } else {
        for (name, value) in figures.as_object().into_iter().flatten() {
            println!("{name:>30}: {value}");
        }
    }
    if books.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn bar(length: Duration) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}");
    ProgressBar::new(length.as_millis() as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
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
