//! What the calls are to cost.

use std::fmt;

use serde::Serialize;

use crate::measure::Series;
use crate::rows::REFERENCE;
use crate::stats::ratio;

/// A ratio that is to be reached: the median of each round's.
#[derive(Debug, Serialize)]
pub struct Target {
    name: String,
    wanted: String,
    measured: f64,
    met: bool,
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
    let mut target = |name: String, wanted: Wanted, of: (&str, usize), to: (&str, usize)| {
        let find = |(name, threads): (&str, usize)| {
            series.iter().find(|row| row.name == name && row.threads == threads)
        };
        if let (Some(of), Some(to)) = (find(of), find(to)) {
            let measured = ratio(&of.samples, &to.samples);
            let met = wanted.is_met_by(measured);
            found.push(Target { name, wanted: wanted.to_string(), measured, met });
        }
    };
    for ours in ["outlive-arg", "outlive-none"] {
        let one = (ours, 1);
        target(format!("{ours} / {REFERENCE}"), Wanted::AtMost(2.0), one, (REFERENCE, 1));
        target(format!("hand+atomic / {ours}"), Wanted::AtLeast(3.0), ("hand+atomic", 1), one);
        target(format!("{ours}, 2 threads / 1"), Wanted::AtMost(1.25), (ours, 2), one);
    }
    found
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { name, wanted, measured, met } = self;
        let verdict = if *met { "met" } else { "not met" };
        write!(f, "{name:<28}{wanted:>14}{measured:>9.2}  {verdict}")
    }
}
