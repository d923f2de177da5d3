//! What the library does when a process exits that has many live tables.
//!
//! The time from just before `exit()` until the first exit handler that was registered, which runs last;
//! the library's is in between. The system's own work afterwards, which frees the memory, is not counted.

use core::ffi::c_int;
use std::env;
use std::process::{Command, ExitCode};

use clap::Args;

use super::hold_many;
use crate::output::fail;
use crate::scale::case::{Bound, Case, Family, Ready, Setting};
use crate::tables::ByArgument;

const NAME: &str = "exit";
const TABLES: usize = 1_000_000;
/// What asks the library for a report at exit.
const REPORT: (&str, &str) = ("OUTLIVE_REPORT", "exit");

mod sys {
    use core::ffi::c_int;

    unsafe extern "C" {
        pub safe fn bench_exit_watch() -> c_int;
        pub safe fn bench_exit() -> !;
    }
}

pub fn family() -> Family {
    let cases = [
        Case::new(NAME, 0, silent),
        Case::new(NAME, TABLES, silent).within(&[Bound::Nanoseconds(1e6)]),
        Case::new(NAME, TABLES, reported).which("report").within(&[Bound::Nanoseconds(20e6)]),
    ];
    Family::new(NAME, cases.to_vec())
}

fn silent(setting: &Setting) -> Result<Ready, String> {
    let n = setting.n;
    Ok(Ready::once(move || exit_of_a_process(n, false)))
}

fn reported(setting: &Setting) -> Result<Ready, String> {
    let n = setting.n;
    Ok(Ready::once(move || exit_of_a_process(n, true)))
}

/// Nanoseconds of the clock on the wall.
fn exit_of_a_process(tables: usize, report: bool) -> Result<f64, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.arg("scale-exit").arg(tables.to_string()).env_remove(REPORT.0);
    if report {
        command.env(REPORT.0, REPORT.1);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let (out, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(format!("a process with {tables} tables: {}: {errors}", output.status));
    }
    if report && errors.is_empty() {
        return Err(format!("{}={} reported nothing", REPORT.0, REPORT.1));
    }
    out.trim().parse().map_err(|error| format!("{out:?} is no time: {error}"))
}

/// What the process that exits is given.
#[derive(Args)]
pub struct ExitCase {
    tables: usize,
}

impl ExitCase {
    pub fn run(&self) -> ExitCode {
        // Before the library's first table, and so before its own handler.
        let failed: c_int = sys::bench_exit_watch();
        if failed != 0 {
            return fail("no exit handler could be registered");
        }
        match hold_many::<ByArgument>(self.tables) {
            Ok(tables) => core::mem::forget(tables),
            Err(error) => return fail(&error),
        }
        sys::bench_exit()
    }
}
