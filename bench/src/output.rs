//! What each measuring command is told about its report, and does with it.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

/// The options that all reports have.
#[derive(Args)]
pub struct Output {
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Fails if a target is not met
    #[arg(long)]
    strict: bool,
}

/// The report of a whole run: text, or JSON.
pub trait Report: Display + Serialize {
    /// Whether all targets that were measured are met.
    fn meets_targets(&self) -> bool;
}

impl Output {
    /// Prints a report, or why there is none.
    pub fn finish(&self, report: Result<impl Report, String>) -> ExitCode {
        let printed = report.and_then(|report| match self.print(&report) {
            Ok(()) => Ok(report),
            Err(error) => Err(format!("the report cannot be written: {error}")),
        });
        match printed {
            Ok(report) if self.strict && !report.meets_targets() => fail("not all targets are met"),
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        }
    }

    fn print(&self, report: &impl Report) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, report)?;
            writeln!(out)?;
        } else {
            write!(out, "{report}")?;
        }
        out.flush()
    }
}

/// Says why a command has failed.
pub fn fail(why: &str) -> ExitCode {
    eprintln!("outlive-bench: {why}");
    ExitCode::FAILURE
}
