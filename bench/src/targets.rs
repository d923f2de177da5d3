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

const ATOMIC: &str = "hand+atomic";

impl Target {
    fn new(name: String, wanted: Wanted, by: By, measured: f64) -> Self {
        let met = wanted.is_met_by(measured);
        Target { name, wanted: wanted.to_string(), measured, by, met }
    }

    pub fn is_met(&self) -> bool {
        self.met
    }
}

/// The targets whose rows were measured. Costs are those of whole calls, the body included, but for
/// the overhead, from which the hand-written call is taken off on both sides.
pub fn targets(series: &[Series]) -> Vec<Target> {
    let compared = ["outlive-arg", "outlive-none"].into_iter().flat_map(|ours| {
        [
            cost(series, ours),
            against_atomic(series, ours),
            overhead(series, ours),
            two_threads(series, ours),
        ]
    });
    compared.flatten().collect()
}

fn cost(series: &[Series], ours: &str) -> Option<Target> {
    let (of, to) = (find(series, ours, 1)?, find(series, REFERENCE, 1)?);
    let name = format!("{ours} / {REFERENCE}");
    Some(Target::new(name, Wanted::AtMost(2.0), By::Minima, By::Minima.ratio(of, to)))
}

fn against_atomic(series: &[Series], ours: &str) -> Option<Target> {
    let (of, to) = (find(series, ATOMIC, 1)?, find(series, ours, 1)?);
    let name = format!("{ATOMIC} / {ours}");
    Some(Target::new(name, Wanted::AtLeast(3.0), By::Minima, By::Minima.ratio(of, to)))
}

/// What the counter adds to a hand-written call, to what the gate adds to it.
fn overhead(series: &[Series], ours: &str) -> Option<Target> {
    let least = |name| find(series, name, 1).map(|row| min(&row.samples));
    let (hand, atomic, ours_least) = (least(REFERENCE)?, least(ATOMIC)?, least(ours)?);
    let measured = (atomic - hand) / (ours_least - hand).max(f64::EPSILON);
    let name = format!("the same, over {REFERENCE}");
    Some(Target::new(name, Wanted::AtLeast(3.0), By::Minima, measured))
}

fn two_threads(series: &[Series], ours: &str) -> Option<Target> {
    let (of, to) = (find(series, ours, 2)?, find(series, ours, 1)?);
    let name = format!("{ours}, 2 threads / 1");
    Some(Target::new(name, Wanted::AtMost(1.25), By::Rounds, By::Rounds.ratio(of, to)))
}

fn find<'a>(series: &'a [Series], name: &str, threads: usize) -> Option<&'a Series> {
    series.iter().find(|row| row.name == name && row.threads == threads)
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

    #[test]
    fn the_overhead_leaves_the_hand_written_call_out_on_both_sides() {
        let all = [series("hand", &[4.0]), series(ATOMIC, &[16.0]), series("outlive-arg", &[7.0])];
        let found = targets(&all);
        let overhead = found.iter().find(|target| target.name.starts_with("the same")).unwrap();
        assert_eq!((overhead.measured, overhead.met), (4.0, true));
    }
}
