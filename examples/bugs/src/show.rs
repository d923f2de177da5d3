//! Running the halves of a bug, each in a process of its own, and judging how they end.

use core::fmt;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use outlive_child::{End, Signal};
use serde::Serialize;

use crate::bug::{Bug, Failure};
use crate::report::{Done, Report};

/// What became of a half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The program has seen what it should, and nothing is left behind.
    Right,
    /// It has seen something else.
    Wrong,
    /// It has seen what it should, and has left something behind.
    Leaked,
    /// A signal has killed it, or it has ended before its end.
    Crashed,
    /// It has not ended in time.
    Hung,
}

/// How a half ended.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What became of it.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// Whether that is what the bug says: the failure of the naive half, and that the mended one is right.
    pub is_as_told: bool,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            Outcome::Right => "right",
            Outcome::Wrong => "wrong",
            Outcome::Leaked => "leaked",
            Outcome::Crashed => "crashed",
            Outcome::Hung => "hung",
        };
        write!(f, "{outcome}: {}", self.detail)
    }
}

/// Runs a half of a bug, the naive one or the mended one: `command` makes the process, which calls
/// [`run_here`](crate::run_here). After `limit` it counts as hung.
///
/// # Errors
///
/// Where no process can be made.
pub fn show(bug: &Bug, is_naive: bool, command: Command, limit: Duration) -> io::Result<Shown> {
    let begun = Instant::now();
    let end = End::of(command, limit)?;
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = Report::find(&end.stdout);
    let (outcome, detail) = judge(bug, &end, report.as_ref());
    let is_as_told = match (is_naive, outcome) {
        (true, _) => fails_as_told(bug.fails, &end, report.as_ref()),
        (false, outcome) => outcome == Outcome::Right,
    };
    Ok(Shown { outcome, detail, is_as_told, ms })
}

fn judge(bug: &Bug, end: &End, report: Option<&Report>) -> (Outcome, String) {
    match (end.status, report) {
        (None, Some(Report::Waits(what))) => (Outcome::Hung, format!("still waits for {what}")),
        (None, _) => (Outcome::Hung, "no end in time".to_owned()),
        (Some(status), Some(Report::Done(done))) if status.success() => judge_done(bug, done),
        (Some(status), _) => {
            let signal = [Signal::Abort, Signal::Segv].into_iter().find(|s| end.was_killed_by(*s));
            let how = signal.map_or_else(|| status.to_string(), |s| format!("killed by {s}"));
            let words = end.last_words().map(|words| format!("; {words}")).unwrap_or_default();
            (Outcome::Crashed, how + &words)
        }
    }
}

fn judge_done(bug: &Bug, done: &Done) -> (Outcome, String) {
    let Done { saw, alive, held } = done;
    match (saw == bug.right, alive + held) {
        (false, _) => (Outcome::Wrong, saw.clone()),
        (true, 0) => (Outcome::Right, saw.clone()),
        (true, _) => {
            let left = format!("{saw}; {alive} values and {held} registrations are left");
            (Outcome::Leaked, left)
        }
    }
}

fn fails_as_told(failure: Failure, end: &End, report: Option<&Report>) -> bool {
    match (failure, report) {
        (Failure::Killed(signal), _) => end.was_killed_by(signal),
        (Failure::Sees(told), Some(Report::Done(done))) => done.saw == told,
        (Failure::WaitsFor(told), Some(Report::Waits(what))) => {
            end.status.is_none() && what == told
        }
        _ => false,
    }
}
