//! What a scenario is, and how it ends.

use core::fmt;
use std::time::Duration;

use outlive_child::Signal;
use serde::{Deserialize, Serialize};

use crate::binding::{Binding, Hand, Library};
use crate::need::Need;
use crate::warm::threads_are_warm;

/// One thing that C does to a table, and what is to come of it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// The guarantee that it tries, or several: `G5`, `G4 G6`.
    pub guarantee: &'static str,
    /// What C does, in a line.
    pub about: &'static str,
    /// How the process is to end.
    pub expected: Expected,
    /// What must be there for it to do anything.
    pub needs: &'static [Need],
    /// Does it. What it returns is printed by [`run_here`].
    pub run: fn(&Stage) -> Verdict,
}

impl Scenario {
    /// The same, which needs this.
    pub(crate) const fn needing(self, needs: &'static [Need]) -> Self {
        Scenario { needs, ..self }
    }

    /// Why it cannot run here, in a few words: with the library's tables, or with the `control`'s.
    pub fn cannot_run(&self, control: bool) -> Option<&'static str> {
        self.needs.iter().find_map(|need| need.missing(control))
    }
}

/// How a scenario's process is to end.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// The scenario returns, and all that it checked was so.
    Survives,
    /// The process is killed by this signal, and its stderr has this text: what nobody can define
    /// ends with a name, not in silence.
    Dies {
        /// The signal.
        signal: Signal,
        /// A part of stderr.
        saying: &'static str,
    },
}

/// What became of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It ended as expected.
    Survived,
    /// It could not do its work here: neither a success nor a failure.
    Skipped,
    /// It ended, with another result than expected.
    Wrong,
    /// A callback ran on a host value that had ended.
    Dangling,
    /// A call reached another registration.
    Misdirected,
    /// The process did not end in time.
    Hung,
    /// A signal killed the process, or it ended by itself before the scenario was over.
    Crashed,
}

impl Outcome {
    /// Whether this shows that the scenario bites.
    pub fn bites(self) -> bool {
        matches!(self, Outcome::Crashed | Outcome::Misdirected | Outcome::Hung)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outcome::Survived => "survived",
            Outcome::Skipped => "skipped",
            Outcome::Wrong => "wrong",
            Outcome::Dangling => "dangling",
            Outcome::Misdirected => "misdirected",
            Outcome::Hung => "hung",
            Outcome::Crashed => "crashed",
        })
    }
}

/// What a scenario that came to its end found.
pub type Verdict = Result<(), Failure>;

/// What was not as it should be, or why that could not be seen.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What became of the scenario.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
}

impl Failure {
    /// It cannot do its work here, for this reason in a few words.
    pub fn skipped(why: impl Into<String>) -> Self {
        Failure { outcome: Outcome::Skipped, detail: why.into() }
    }

    /// Another result than expected.
    pub fn wrong(detail: impl Into<String>) -> Self {
        Failure { outcome: Outcome::Wrong, detail: detail.into() }
    }

    /// A call that reached a registration that it was not meant for.
    pub fn misdirected(detail: impl Into<String>) -> Self {
        Failure { outcome: Outcome::Misdirected, detail: detail.into() }
    }
}

/// What a scenario gets.
pub struct Stage {
    /// Where its tables come from.
    pub binding: &'static dyn Binding,
    /// Whether freed memory is to be used again at once, by other tables and by other data.
    pub reuse: bool,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("reuse", &self.reuse).finish_non_exhaustive()
    }
}

/// One run of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The tables are hand-written ones.
    pub control: bool,
    /// Freed memory is used again at once, and all threads have called before.
    pub reuse: bool,
}

/// Runs one scenario in this process, and says what came of it in one line of JSON on stdout.
/// A scenario that is to die does not return.
pub fn run_here(scenario: &Scenario, variant: Variant) {
    let binding: &'static dyn Binding = if variant.control { &Hand } else { &Library };
    let stage = Stage { binding, reuse: variant.reuse };
    outlive_child::without_core_file();
    threads_are_warm(variant.reuse && !variant.control);
    let verdict = match scenario.cannot_run(variant.control) {
        Some(why) => Err(Failure::skipped(why)),
        None => (scenario.run)(&stage).and_then(|()| crate::binding::alive_throughout()),
    };
    println!("{}", Report::of(&verdict).to_line());
}

/// What a scenario's process says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) outcome: Outcome,
    pub(crate) detail: String,
}

const MARK: &str = "outlive-scenario: ";

impl Report {
    fn of(verdict: &Verdict) -> Self {
        match verdict {
            Ok(()) => Report { outcome: Outcome::Survived, detail: String::new() },
            Err(failure) => Report { outcome: failure.outcome, detail: failure.detail.clone() },
        }
    }

    fn to_line(&self) -> String {
        // Plain strings: this cannot fail.
        format!("{MARK}{}", serde_json::to_string(self).unwrap_or_default())
    }

    /// The report in a process's stdout.
    pub(crate) fn find(stdout: &str) -> Option<Report> {
        let line = stdout.lines().rev().find_map(|line| line.strip_prefix(MARK))?;
        serde_json::from_str(line).ok()
    }
}

/// How long a scenario may take before it counts as hung.
pub const LIMIT: Duration = Duration::from_secs(30);
