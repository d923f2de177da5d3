//! The cost of calls, tables and closes, side by side with what one would write by hand.

#![cfg_attr(windows, allow(dead_code, unused_imports, reason = "only `calls` runs there"))]

mod c;
mod callee;
mod calls;
mod clock;
mod close;
#[cfg(unix)]
mod compile;
#[cfg(unix)]
mod drawing;
#[cfg(unix)]
mod go;
mod heap;
mod held;
#[cfg(target_os = "linux")]
mod loops;
mod measure;
mod output;
mod processor;
mod progress;
mod report;
#[cfg(unix)]
mod resident;
mod rows;
#[cfg(unix)]
mod scale;
mod stats;
mod tables;
mod target;
mod targets;
mod threads;
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
    /// Measures what a table costs the compiler, and a program in bytes
    #[cfg(unix)]
    Compile(compile::Compile),
    /// Measures calls and closes beside many tables, threads and pending ends
    #[cfg(unix)]
    Scale(scale::Scale),
    /// A process of `scale`, with one case
    #[cfg(unix)]
    #[command(hide = true)]
    ScaleCase(scale::Worker),
    /// A process of `scale` that exits
    #[cfg(unix)]
    #[command(hide = true)]
    ScaleExit(scale::ExitCase),
    /// Measures event loops of C libraries, and that of this project, behind one table
    #[cfg(target_os = "linux")]
    Loop(loops::Loops),
    /// A process of `loop`, with one sample
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    LoopCase(loops::LoopCase),
    /// Measures the same as `calls` for Go, and a hub with an event loop in Go beside the native one
    #[cfg(unix)]
    Go(go::Go),
}

fn main() -> ExitCode {
    match Options::parse().command {
        Command::Calls(calls) => calls.run(),
        #[cfg(unix)]
        Command::Compile(compile) => compile.run(),
        #[cfg(unix)]
        Command::Scale(scale) => scale.run(),
        #[cfg(unix)]
        Command::ScaleCase(case) => case.run(),
        #[cfg(unix)]
        Command::ScaleExit(case) => case.run(),
        #[cfg(unix)]
        Command::Go(go) => go.run(),
        #[cfg(target_os = "linux")]
        Command::Loop(loops) => loops.run(),
        #[cfg(target_os = "linux")]
        Command::LoopCase(case) => case.run(),
    }
}
