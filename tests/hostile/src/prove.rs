//! Running scenarios, each in a process of its own.

use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use outlive_child::End;
use serde::Serialize;

use crate::scenario::{Expected, LIMIT, Outcome, Report, Scenario, Variant};

/// How the scenarios run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Against hand-written trampolines.
    pub control: bool,
    /// How long one process may take.
    pub limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { control: false, limit: LIMIT }
    }
}

/// What became of one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// The scenario's name.
    pub name: &'static str,
    /// The guarantee that it tries.
    pub guarantee: &'static str,
    /// The worse of its two runs.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// How long both took, in milliseconds.
    pub ms: u64,
}

/// Runs one scenario twice: as it is, and with freed memory used again at once and with threads that have
/// called before. `command` makes the
/// process that calls [`run_here`](crate::scenario::run_here) for the variant. What cannot run here is skipped.
///
/// # Errors
///
/// Where no process can be made.
pub fn prove(
    scenario: &'static Scenario,
    options: Options,
    command: impl Fn(Variant) -> Command,
) -> io::Result<Proof> {
    let begun = Instant::now();
    let proof = |outcome, detail| {
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Proof { name: scenario.name, guarantee: scenario.guarantee, outcome, detail, ms }
    };
    if let Some(why) = scenario.cannot_run(options.control) {
        return Ok(proof(Outcome::Skipped, why.into()));
    }
    let (mut outcome, mut detail) = (Outcome::Survived, String::new());
    for reuse in [false, true] {
        let variant = Variant { control: options.control, reuse };
        let ended = End::of(command(variant), options.limit)?;
        let (this, seen) = judge(&ended, scenario.expected);
        if this > outcome {
            outcome = this;
            detail = if reuse { format!("memory used again, warm threads: {seen}") } else { seen };
        }
    }
    Ok(proof(outcome, detail))
}

/// What the end of a scenario's process shows.
fn judge(end: &End, expected: Expected) -> (Outcome, String) {
    let last_words = end.last_words().map(|words| format!(": {words}")).unwrap_or_default();
    let Some(status) = end.status else {
        return (Outcome::Hung, format!("no end in time{last_words}"));
    };
    let report = if status.success() { Report::find(&end.stdout) } else { None };
    match (expected, report) {
        (Expected::Survives, Some(report)) => (report.outcome, report.detail),
        (Expected::Dies { signal, saying }, None) if end.was_killed_by(signal) => {
            if end.stderr.contains(saying) {
                return (Outcome::Survived, String::new());
            }
            let seen = format!("{status}, and stderr does not say {saying:?}{last_words}");
            (Outcome::Crashed, seen)
        }
        (Expected::Survives | Expected::Dies { .. }, None) => {
            (Outcome::Crashed, format!("{status}{last_words}"))
        }
        (Expected::Dies { .. }, Some(Report { outcome: Outcome::Survived, .. })) => {
            (Outcome::Wrong, "the process went on".into())
        }
        (Expected::Dies { .. }, Some(report)) => (report.outcome, report.detail),
    }
}
