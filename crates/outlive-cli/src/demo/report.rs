//! What a phase came to.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use outlive::{Incident, TableEntry, ledger, take_incidents};
use serde::Serialize;

/// How many incidents a phase shows in words.
const SHOWN: usize = 3;

/// One phase of the demonstration.
#[derive(Debug, Default, Serialize)]
pub struct Phase {
    pub name: &'static str,
    pub ok: bool,
    /// Frames that clients sent.
    pub frames_sent: u64,
    /// Frames that clients received.
    pub frames_delivered: u64,
    /// C's calls that reached a host value.
    pub calls: u64,
    /// C's calls that were refused.
    pub refused: u64,
    pub incidents: u64,
    /// The story, a line each.
    pub detail: Vec<String>,
}

impl Phase {
    pub fn failed(error: &anyhow::Error) -> Phase {
        Phase { detail: vec![format!("failed: {error:#}")], ..Phase::default() }
    }

    pub fn named(self, name: &'static str) -> Phase {
        Phase { name, ..self }
    }

    /// Adds a line to the story.
    pub fn tell(&mut self, line: impl Into<String>) {
        self.detail.push(line.into());
    }

    /// A claim that must hold for the phase to be good.
    pub fn check(&mut self, holds: bool, claim: &str) {
        self.tell(if holds { format!("ok: {claim}") } else { format!("NOT SO: {claim}") });
        self.ok &= holds;
    }

    /// Takes the counts of a table before it is released.
    pub fn count(&mut self, id: u64) {
        if let Some(entry) = entry_of(id) {
            self.calls += entry.served.unwrap_or(0);
            self.refused += entry.refused;
        }
    }

    /// Takes the incidents that nobody has seen, and shows the first of them.
    pub fn take_incidents(&mut self) -> Vec<Incident> {
        let incidents = take_incidents();
        self.incidents += incidents.len() as u64 + newly_missed();
        for incident in incidents.iter().take(SHOWN) {
            self.tell(format!("reported: {incident}"));
        }
        incidents
    }
}

/// How many incidents found no room to wait since the last question.
fn newly_missed() -> u64 {
    static BEFORE: AtomicU64 = AtomicU64::new(0);
    let missed = outlive::missed_incidents();
    missed - BEFORE.swap(missed, Ordering::Relaxed)
}

/// The ledger's entry of a table.
pub fn entry_of(id: u64) -> Option<TableEntry> {
    ledger().tables.into_iter().find(|entry| entry.id == id)
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.ok { "held" } else { "DID NOT HOLD" };
        writeln!(f, "{}: {verdict}", self.name)?;
        for line in &self.detail {
            writeln!(f, "    {line}")?;
        }
        writeln!(
            f,
            "    {} frames sent, {} delivered; {} calls, {} refused, {} incidents",
            self.frames_sent, self.frames_delivered, self.calls, self.refused, self.incidents
        )
    }
}

/// All phases.
#[derive(Debug, Serialize)]
pub struct Report {
    pub phases: Vec<Phase>,
    pub ok: bool,
    /// What the ledger holds at the end.
    pub ledger: Vec<String>,
}

impl Default for Report {
    fn default() -> Self {
        Report { phases: Vec::new(), ok: true, ledger: Vec::new() }
    }
}

impl Report {
    pub fn add(&mut self, phase: Phase) {
        self.ok &= phase.ok;
        self.phases.push(phase);
    }

    /// Looks at what is left: nothing but what was leaked on purpose, and the table that was dropped.
    pub fn close(&mut self) {
        self.ledger = ledger().tables.iter().map(ToString::to_string).collect();
    }

    fn sum(&self, of: impl Fn(&Phase) -> u64) -> u64 {
        self.phases.iter().map(of).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "summary: {}", if self.ok { "all held" } else { "NOT ALL HELD" })?;
        writeln!(
            f,
            "    {} frames sent, {} delivered; {} calls, {} refused, {} incidents",
            self.sum(|phase| phase.frames_sent),
            self.sum(|phase| phase.frames_delivered),
            self.sum(|phase| phase.calls),
            self.sum(|phase| phase.refused),
            self.sum(|phase| phase.incidents)
        )?;
        writeln!(f, "    the ledger at the end:")?;
        self.ledger.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}
