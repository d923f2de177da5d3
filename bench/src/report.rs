//! The report of `calls`: what `--json` prints, and the aligned text.

use std::fmt;

use serde::Serialize;

use crate::close::CloseCost;
use crate::measure::Series;
use crate::output::Report;
use crate::processor::Processor;
use crate::rows::REFERENCE;
use crate::stats::{median, min, ratio};
use crate::tables::TableCost;
use crate::target::Target;
use crate::targets::{is_disturbed, targets};

/// A whole run. Times are in nanoseconds.
#[derive(Debug, Serialize)]
pub struct CallsReport {
    processor: Processor,
    rows: Vec<RowReport>,
    tables: Option<Vec<TableCost>>,
    close: Option<CloseCost>,
    /// Whether the kernel has `membarrier`, with which the targets are to be reached.
    membarrier: bool,
    /// Whether the median of `hand` is far from its minimum: take another run.
    disturbed: bool,
    targets: Vec<Target>,
}

/// One row with a number of threads.
#[derive(Debug, Serialize)]
struct RowReport {
    name: &'static str,
    threads: usize,
    median_ns: f64,
    min_ns: f64,
    /// To the median of `hand` with as many threads. None where `hand` is not measured with as many.
    ratio_to_hand: Option<f64>,
    /// The calls that were measured, of all threads.
    calls: u64,
}

impl CallsReport {
    pub fn new(
        series: &[Series],
        tables: Option<Vec<TableCost>>,
        close: Option<CloseCost>,
    ) -> Self {
        CallsReport {
            processor: Processor::read(),
            rows: series.iter().map(|row| RowReport::new(row, series)).collect(),
            targets: targets(series, close.as_ref()),
            tables,
            close,
            membarrier: has_membarrier(),
            disturbed: is_disturbed(series),
        }
    }
}

impl Report for CallsReport {
    fn meets_targets(&self) -> bool {
        self.targets.iter().all(Target::is_met)
    }
}

impl RowReport {
    fn new(row: &Series, all: &[Series]) -> Self {
        let hand = all.iter().find(|hand| hand.name == REFERENCE && hand.threads == row.threads);
        RowReport {
            name: row.name,
            threads: row.threads,
            median_ns: median(&row.samples),
            min_ns: min(&row.samples),
            ratio_to_hand: hand.map(|hand| ratio(&row.samples, &hand.samples)),
            calls: (row.calls as usize * row.threads * row.samples.len()) as u64,
        }
    }
}

#[cfg(target_os = "linux")]
fn has_membarrier() -> bool {
    // SAFETY: MEMBARRIER_CMD_QUERY changes nothing.
    let commands = unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_QUERY, 0, 0) };
    commands > 0 && commands & i64::from(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0
}

#[cfg(not(target_os = "linux"))]
fn has_membarrier() -> bool {
    false
}

impl fmt::Display for CallsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.processor)?;
        if !self.rows.is_empty() {
            writeln!(f, "\nOne call from C, CPU time of the calling thread")?;
            let heads = ["threads", "median ns", "min ns", "to hand"];
            let [threads, median, min, ratio] = heads;
            writeln!(f, "{:<18}{threads:>8}{median:>12}{min:>10}{ratio:>10}", "")?;
            self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        }
        if let Some(tables) = &self.tables {
            writeln!(f, "\nOne table")?;
            let [made, revoked, slot] = ["hold+release ns", "with revoke ns", "slot B"];
            let [table, heap, host] = ["table B", "heap B", "of it host B"];
            write!(f, "{:<18}{made:>16}{revoked:>16}", "")?;
            writeln!(f, "{slot:>8}{table:>9}{heap:>8}{host:>14}")?;
            tables.iter().try_for_each(|table| writeln!(f, "{table}"))?;
        }
        if let Some(close) = &self.close {
            write!(f, "\nClosing, time on the wall\n{close}")?;
        }
        if !self.membarrier {
            writeln!(f, "\nThis kernel has no membarrier: each call fences for itself.")?;
        }
        if self.disturbed {
            writeln!(
                f,
                "\nDisturbed: the median of `hand` is far from its minimum. Measure again."
            )?;
        }
        if !self.targets.is_empty() {
            writeln!(f, "\nTargets")?;
        }
        self.targets.iter().try_for_each(|target| writeln!(f, "{target}"))
    }
}

impl fmt::Display for RowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowReport { name, threads, median_ns, min_ns, .. } = self;
        write!(f, "{name:<18}{threads:>8}{median_ns:>12.2}{min_ns:>10.2}")?;
        match self.ratio_to_hand {
            Some(ratio) => write!(f, "{ratio:>9.2}x"),
            None => write!(f, "{:>10}", "-"),
        }
    }
}
