//! The report of `scale`: what `--json` prints, and the aligned text.

use std::fmt;

use serde::Serialize;

use super::case::{Family, Measured};
use super::targets::targets;
use crate::output::Report;
use crate::processor::Processor;
use crate::target::{Limit, Target, Unit, decimals};

/// A whole run. Times are in nanoseconds.
#[derive(Debug, Serialize)]
pub struct ScaleReport {
    processor: Processor,
    rounds: usize,
    rows: Vec<RowReport>,
    targets: Vec<Target>,
}

/// One case.
#[derive(Debug, Serialize)]
struct RowReport {
    name: &'static str,
    which: Option<&'static str>,
    n: usize,
    /// None where the case could not be set up.
    median_ns: Option<f64>,
    min_ns: Option<f64>,
    /// To the median of the case that it is compared with.
    ratio: Option<f64>,
    /// What the case's process had in use when it was set up.
    rss_bytes: Option<f64>,
    /// What each of the `n` took, where this is measured.
    bytes_each: Option<f64>,
    /// Why it could not be set up.
    failure: Option<String>,
}

impl ScaleReport {
    pub fn new(rounds: usize, families: &[Family<Measured>]) -> Self {
        ScaleReport {
            processor: Processor::read(),
            rounds,
            rows: families.iter().flat_map(rows).collect(),
            targets: families.iter().flat_map(targets).collect(),
        }
    }
}

fn rows(family: &Family<Measured>) -> impl Iterator<Item = RowReport> {
    let base = family.cases[0].median();
    family.cases.iter().map(move |measured| RowReport::new(measured, base))
}

impl Report for ScaleReport {
    fn meets_targets(&self) -> bool {
        self.targets.iter().all(Target::is_met)
    }
}

impl RowReport {
    fn new(measured: &Measured, base: Option<f64>) -> Self {
        let Measured { case, result } = measured;
        let median_ns = measured.median();
        RowReport {
            name: case.name,
            which: case.which,
            n: case.n,
            median_ns,
            min_ns: measured.min(),
            ratio: median_ns.zip(base).map(|(median, base)| median / base),
            rss_bytes: result.as_ref().ok().and_then(|samples| samples.rss_bytes),
            bytes_each: measured.bytes_each(),
            failure: result.as_ref().err().cloned(),
        }
    }
}

impl fmt::Display for ScaleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.processor)?;
        writeln!(f, "\nOne operation beside n of something, medians of {} rounds", self.rounds)?;
        let [median, min, ratio, resident, each] =
            ["median ns", "min ns", "ratio", "resident MiB", "B each"];
        writeln!(f, "{:<32}{:>9}{median:>13}{min:>13}{ratio:>10}{resident:>14}{each:>8}", "", "n")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        writeln!(f, "\nTargets")?;
        self.targets.iter().try_for_each(|target| writeln!(f, "{target}"))
    }
}

impl fmt::Display for RowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowReport { name, which, n, .. } = self;
        let name = which.map_or((*name).to_owned(), |which| format!("{name}, {which}"));
        write!(f, "{name:<32}{n:>9}")?;
        if let Some(failure) = &self.failure {
            return write!(f, "  not measured: {failure}");
        }
        write!(f, "{:>13}{:>13}", nanoseconds(self.median_ns), nanoseconds(self.min_ns))?;
        write!(f, "{:>10}", number(self.ratio, |ratio| Limit(ratio, Unit::Times).to_string()))?;
        let mebibytes = |bytes: f64| format!("{:.1}", bytes / f64::from(1 << 20));
        write!(f, "{:>14}", number(self.rss_bytes, mebibytes))?;
        write!(f, "{:>8}", number(self.bytes_each, |bytes| format!("{bytes:.0}")))
    }
}

fn nanoseconds(value: Option<f64>) -> String {
    number(value, |value| format!("{value:.*}", decimals(value)))
}

fn number(value: Option<f64>, text: impl FnOnce(f64) -> String) -> String {
    value.map_or("-".to_owned(), text)
}
