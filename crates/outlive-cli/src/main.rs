//! The command `outlive`: a VDE hub whose C library keeps a table, and the demonstration of what
//! that table survives.

mod args;
mod demo;
mod hub;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Hub(args) => hub::run(&args).map(|()| true),
        Command::Demo(args) => demo::run(&args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("outlive: {error:#}");
            ExitCode::FAILURE
        }
    }
}
