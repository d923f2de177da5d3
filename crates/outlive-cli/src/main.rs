//! The command `outlive`: a VDE hub whose C library keeps a table, the demonstration of what that
//! table survives, public bugs with and without the library, the proof of it against a hostile C library, tables from C
//! headers, and a check of the sources of others. The hub needs Linux, and so does the demonstration.

mod args;
mod bugs;
mod check;
#[cfg(target_os = "linux")]
mod demo;
mod gen_args;
mod generate;
mod header_args;
#[cfg(target_os = "linux")]
mod hub;
mod init;
mod item_args;
mod listing;
mod prove;
mod sections;

use std::io::{self, Write as _};
use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        #[cfg(target_os = "linux")]
        Command::Hub(args) => hub::run(&args).map(|()| true),
        #[cfg(target_os = "linux")]
        Command::Demo(args) => demo::run(&args),
        Command::Gen(args) => generate::run(args.language).map(|()| true),
        Command::Check(args) => return check::run(&args),
        Command::Prove(args) => prove::run(&args),
        Command::Bugs(args) => bugs::run(&args),
        Command::Scenario(args) => prove::run_scenario(&args).map(|()| true),
        Command::Bug(args) => bugs::run_half(&args).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "outlive: {error:#}");
            ExitCode::FAILURE
        }
    }
}
