//! The report of `loop`: what `--json` prints, and the aligned text.

use std::fmt;

use serde::Serialize;

use super::contender::{Role, all};
use super::workload::{Kind, Workload};
use crate::output::Report;
use crate::processor::Processor;
use crate::stats::{median, min};
use crate::target::{Limit, Target, Unit};

/// What was measured of one loop with one workload.
pub struct Measured {
    pub name: &'static str,
    pub role: Role,
    /// Nanoseconds for each event, one for each round.
    pub samples: Vec<f64>,
    pub syscalls: Option<f64>,
    /// Callbacks that found nothing to do, of all rounds.
    pub in_vain: i64,
}

/// A whole run.
#[derive(Debug, Serialize)]
pub struct LoopReport {
    processor: Processor,
    rounds: usize,
    /// Loops whose libraries were not there when this was built.
    skipped: Vec<&'static str>,
    pub rows: Vec<RowReport>,
    targets: Vec<Target>,
}

/// One loop with one workload. Times are nanoseconds of CPU time for each event.
#[derive(Debug, Serialize)]
pub struct RowReport {
    pub workload: &'static str,
    #[serde(rename = "loop")]
    pub name: &'static str,
    pub n: u32,
    pub active: u32,
    pub median_ns: f64,
    min_ns: f64,
    syscalls: Option<f64>,
    /// To the median of the best of libevent, libev and libuv.
    ratio_to_best_c: Option<f64>,
    in_vain: i64,
}

impl LoopReport {
    pub fn new(rounds: usize, measured: &[(Workload, Vec<Measured>)]) -> Self {
        let skipped = all().into_iter().filter(|one| one.is_missing()).map(|one| one.name);
        LoopReport {
            processor: Processor::read(),
            rounds,
            skipped: skipped.collect(),
            rows: measured.iter().flat_map(|(workload, rows)| of(*workload, rows)).collect(),
            targets: measured.iter().map(|(workload, rows)| target(*workload, rows)).collect(),
        }
    }
}

fn best_c(rows: &[Measured]) -> Option<f64> {
    let of_c = rows.iter().filter(|row| row.role == Role::C).map(|row| median(&row.samples));
    of_c.reduce(f64::min)
}

fn of(workload: Workload, rows: &[Measured]) -> Vec<RowReport> {
    let best = best_c(rows);
    let row = |row: &Measured| RowReport {
        workload: workload.kind.name(),
        name: row.name,
        n: workload.n,
        active: workload.active,
        median_ns: median(&row.samples),
        min_ns: min(&row.samples),
        syscalls: row.syscalls,
        ratio_to_best_c: best.map(|best| median(&row.samples) / best),
        in_vain: row.in_vain,
    };
    rows.iter().map(row).collect()
}

fn target(workload: Workload, rows: &[Measured]) -> Target {
    let Workload { kind, n, active } = workload;
    let ours = rows.iter().find(|row| row.role == Role::Ours).map(|row| median(&row.samples));
    let ratio = ours.zip(best_c(rows)).map(|(ours, best)| ours / best);
    let name = match kind {
        Kind::Timers => format!("{} of {n} / the best C loop", kind.name()),
        _ => format!("{} of {n}, {active} active / the best C loop", kind.name()),
    };
    Target::at_most(Limit(kind.limit(), Unit::Times), name, ratio)
}

impl Report for LoopReport {
    fn meets_targets(&self) -> bool {
        self.targets.iter().all(Target::is_met)
    }
}

impl fmt::Display for LoopReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.processor)?;
        writeln!(f, "\nCPU time for each event, medians of {} rounds", self.rounds)?;
        for kind in Kind::ALL {
            writeln!(f, "  {:<8}{}", kind.name(), kind.description())?;
        }
        for name in &self.skipped {
            writeln!(f, "  {name} is skipped: its library was not there when this was built")?;
        }
        let [active, median, min, calls, ratio, vain] =
            ["active", "median ns", "min ns", "syscalls", "to best C", "in vain"];
        writeln!(
            f,
            "\n{:<8}{:>9}{active:>8}  {:<10}{median:>11}{min:>9}{calls:>10}{ratio:>11}{vain:>9}",
            "", "n", "loop"
        )?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        writeln!(f, "\nTargets")?;
        self.targets.iter().try_for_each(|target| writeln!(f, "{target}"))
    }
}

impl fmt::Display for RowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowReport { workload, name, n, active, median_ns, min_ns, in_vain, .. } = self;
        let number = |value: Option<f64>, unit: &str| {
            value.map_or("-".to_owned(), |value| format!("{value:.2}{unit}"))
        };
        write!(f, "{workload:<8}{n:>9}{active:>8}  {name:<10}{median_ns:>11.0}{min_ns:>9.0}")?;
        write!(f, "{:>10}{:>11}", number(self.syscalls, ""), number(self.ratio_to_best_c, "x"))?;
        write!(f, "{in_vain:>9}")
    }
}
