//! What has happened.

use std::fmt::Display;
use std::time::Duration;

/// How many faults are told apart.
const TOLD: usize = 20;

/// The sums of all rounds.
#[derive(Debug, Default)]
pub struct Books {
    pub rounds: u64,
    pub sent: u64,
    pub received: u64,
    /// Sent, but not received when their line was closed.
    pub left: u64,
    pub adds: u64,
    pub updates: u64,
    pub removes: u64,
    pub closes: u64,
    /// Calls of watchers that found nothing to read.
    pub vain: u64,
    pub timers: u64,
    pub timers_removed: u64,
    pub latest: Duration,
    pub faults: u64,
    pub told: Vec<String>,
}

impl Books {
    /// One more fault.
    pub fn fault(&mut self, fault: impl Display) {
        self.faults += 1;
        if self.told.len() < TOLD {
            eprintln!("fault: {fault}");
            self.told.push(fault.to_string());
        }
    }
}
