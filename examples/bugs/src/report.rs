//! What the process of a half says of itself, in lines of JSON on its standard output.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::half::Half;
use crate::log::Log;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Report {
    /// The program begins to wait for this.
    Waits(String),
    /// The program has come to its end.
    Done(Done),
}

/// What the program has seen, and what was left.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) saw: String,
    /// Callbacks' values that were not dropped.
    pub(crate) alive: usize,
    /// Registrations that were not given back.
    pub(crate) held: usize,
}

const MARK: &str = "outlive-bug: ";

impl Report {
    fn print(&self) {
        // Plain strings and numbers: this cannot fail.
        println!("{MARK}{}", serde_json::to_string(self).unwrap_or_default());
    }

    /// The last report in a process's standard output.
    pub(crate) fn find(stdout: &str) -> Option<Report> {
        let line = stdout.lines().rev().find_map(|line| line.strip_prefix(MARK))?;
        serde_json::from_str(line).ok()
    }
}

/// Says that the program begins to wait.
pub(crate) fn waits_for(what: &str) {
    Report::Waits(what.to_owned()).print();
}

/// Runs a half in this process, which may crash or hang, and says what came of it on standard output.
pub fn run_here(half: &Half) {
    outlive_child::without_core_file();
    let saw = (half.run)();
    let left = || (Log::alive(), outlive::ledger().tables.len());
    // What is ended from inside a callback may be ended on another thread.
    let begun = Instant::now();
    while left() != (0, 0) && begun.elapsed() < Duration::from_secs(2) {
        sleep(Duration::from_millis(1));
    }
    let (alive, held) = left();
    Report::Done(Done { saw, alive, held }).print();
}
