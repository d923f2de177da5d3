//! Random load on callback tables: C calls while tables are made and ended in every way, on 1 to 64
//! threads. After each round C's book, the hosts' book, the ledger and the allocator must agree.
//!
//! The same seed makes the same choices; what threads make of them differs from run to run.

mod allocator;
mod entry;
mod faults;
mod host;
mod owed;
mod round;
mod soak;
mod sys;
mod tally;
mod worker;

use std::panic;
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::ProgressBar;
use outlive_soak::Load;
use serde_json::json;

use allocator::{Counting, uncounted};
use soak::Soak;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Puts callback tables under random load and checks every call, value and byte.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    load: Load,
}

fn main() -> ExitCode {
    let Arguments { load } = Arguments::parse();
    let seed = load.seed();
    eprintln!("seed {seed}");
    keep_asked_panics_silent();
    let (length, begun) = (load.length(), Instant::now());
    let mut soak = Soak::new(seed);
    let bar = uncounted(|| load.bar());
    while begun.elapsed() < length {
        soak.round();
        uncounted(|| show(&bar, &soak, begun.elapsed()));
    }
    uncounted(|| bar.finish_and_clear());
    soak.check_rss();
    load.print(&figures(&soak, seed, begun.elapsed()));
    if soak.faults.found() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Other panics than those that C asks for speak as usual.
fn keep_asked_panics_silent() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<host::Asked>() {
            usual(info);
        }
    }));
}

fn show(bar: &ProgressBar, soak: &Soak, elapsed: Duration) {
    bar.set_position(elapsed.as_millis() as u64);
    let totals = &soak.totals;
    bar.set_message(format!(
        "{} rounds, {} calls, {} faults",
        totals.rounds,
        totals.calls,
        soak.faults.found()
    ));
}

fn figures(soak: &Soak, seed: u64, elapsed: Duration) -> serde_json::Value {
    let (totals, figures) = (&soak.totals, &soak.figures);
    let of = |counter: &AtomicI64| counter.load(Ordering::SeqCst);
    json!({
        "seed": seed,
        "seconds": elapsed.as_secs(),
        "rounds": totals.rounds,
        "threads": totals.threads,
        "short-lived threads": of(&figures.short_lived),
        "tables": of(&figures.tables),
        "tables that found no instance": of(&figures.no_instance),
        "calls": totals.calls,
        "served": totals.served,
        "refused": totals.refused,
        "calls with invented user data": totals.invented,
        "answers": totals.answered,
        "answers that nobody gave": totals.unanswered,
        "ended now": of(&figures.now),
        "ended, and serving what takes back": of(&figures.serving),
        "ended later": of(&figures.later),
        "ended from inside": of(&figures.from_inside),
        "dropped": of(&figures.dropped),
        "taken out": of(&figures.taken),
        "released during the load": of(&figures.released),
        "left in the ledger": soak.left(),
        "resident bytes": soak.rss.last(),
        "faults": soak.faults.found(),
        "first faults": soak.faults.told(),
    })
}
