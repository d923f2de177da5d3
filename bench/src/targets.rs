//! What the calls are to cost.

use std::fmt;

use serde::Serialize;

use crate::measure::Series;
use crate::rows::REFERENCE;
use crate::stats::{median, min, ratio};

/// A ratio that is to be reached.
#[derive(Debug, Serialize)]
pub struct Target {
    name: String,
    wanted: String,
    measured: f64,
    by: By,
    met: bool,
}

/// What a ratio is taken of.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum By {
    /// The smallest sample of each: a disturbance that slows the cheap row down, whose median may
    /// grow fourfold, must not make the dear one look good.
    Minima,
    /// The samples of each round, of which the median is taken: the smallest one of several
    /// threads may be of a round in which they did not run at the same time.
    Rounds,
}

impl By {
    fn ratio(self, of: &Series, to: &Series) -> f64 {
        match self {
            By::Minima => min(&of.samples) / min(&to.samples),
            By::Rounds => ratio(&of.samples, &to.samples),
        }
    }
}

/// Whether the reference was so disturbed that ratios of medians to it mean little.
pub fn is_disturbed(series: &[Series]) -> bool {
    let mut references = series.iter().filter(|row| row.name == REFERENCE && row.threads == 1);
    references.any(|row| median(&row.samples) > 1.5 * min(&row.samples))
}

enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}

impl Wanted {
    fn is_met_by(&self, measured: f64) -> bool {
        match *self {
            Wanted::AtMost(limit) => measured <= limit,
            Wanted::AtLeast(limit) => measured >= limit,
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanted::AtMost(limit) => write!(f, "at most {limit}"),
            Wanted::AtLeast(limit) => write!(f, "at least {limit}"),
        }
    }
}

impl Target {
    pub fn is_met(&self) -> bool {
        self.met
    }
}

/// The targets whose rows were measured. Costs are those of whole calls, the body included.
pub fn targets(series: &[Series]) -> Vec<Target> {
    let mut found = Vec::new();
    let mut target =
        |name: String, wanted: Wanted, by: By, of: (&str, usize), to: (&str, usize)| {
            let find = |(name, threads): (&str, usize)| {
                series.iter().find(|row| row.name == name && row.threads == threads)
            };
            if let (Some(of), Some(to)) = (find(of), find(to)) {
                let measured = by.ratio(of, to);
                let met = wanted.is_met_by(measured);
                found.push(Target { name, wanted: wanted.to_string(), measured, by, met });
            }
        };
    for ours in ["outlive-arg", "outlive-none"] {
        let one = (ours, 1);
        target(
            format!("{ours} / {REFERENCE}"),
            Wanted::AtMost(2.0),
            By::Minima,
            one,
            (REFERENCE, 1),
        );
        target(
            format!("hand+atomic / {ours}"),
            Wanted::AtLeast(3.0),
            By::Minima,
            ("hand+atomic", 1),
            one,
        );
        target(format!("{ours}, 2 threads / 1"), Wanted::AtMost(1.25), By::Rounds, (ours, 2), one);
    }
    found
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { name, wanted, measured, by, met } = self;
        let by = match by {
            By::Minima => "minima",
            By::Rounds => "rounds",
        };
        let verdict = if *met { "met" } else { "not met" };
        write!(f, "{name:<28}{wanted:>14}{measured:>9.2}  by {by}  {verdict}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &'static str, samples: &[f64]) -> Series {
        Series { name, threads: 1, calls: 1, samples: samples.to_vec() }
    }

    #[test]
    fn a_disturbed_reference_meets_no_target() {
        let hand = series("hand", &[17.0, 17.0, 4.0]);
        let ours = series("outlive-arg", &[21.0, 21.0, 12.0]);
        let all = [hand, ours];
        assert!(is_disturbed(&all));
        let found = targets(&all);
        assert_eq!((found[0].measured, found[0].met), (3.0, false));
    }
}
