//! The cost of calls, tables and closes, side by side with what one would write by hand.

mod c;
mod callee;
mod calls;
mod clock;
mod close;
mod go;
mod heap;
mod held;
mod measure;
mod output;
mod processor;
mod progress;
mod report;
mod rows;
mod stats;
mod tables;
mod target;
mod targets;
mod waiting;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// Side-by-side benchmarks of callback tables.
#[derive(Parser)]
#[command(name = "outlive-bench")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures calls from C, and the life of tables
    Calls(calls::Calls),
    /// Measures the same for Go, and a hub with an event loop in Go beside the native one
    Go(go::Go),
}

fn main() -> ExitCode {
    match Options::parse().command {
        Command::Calls(calls) => calls.run(),
        Command::Go(go) => go.run(),
    }
}
