//! A cost that is to be reached, and whether it is.

use std::fmt;

use serde::Serialize;

/// A limit, and what was measured.
#[derive(Debug, Serialize)]
pub struct Target {
    name: String,
    wanted: String,
    /// None where it could not be measured: such a target is not met.
    measured: Option<f64>,
    unit: Unit,
    met: bool,
}

/// What a limit is in.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Unit {
    /// A ratio.
    #[serde(rename = "x")]
    Times,
    #[serde(rename = "ns")]
    Nanoseconds,
    #[serde(rename = "B")]
    Bytes,
}

/// The most that something may be.
#[derive(Clone, Copy, Debug)]
pub struct Limit(pub f64, pub Unit);

impl Target {
    /// What is to be at most `limit`. `measured` is in the limit's unit.
    pub fn at_most(limit: Limit, name: String, measured: Option<f64>) -> Self {
        let met = measured.is_some_and(|measured| measured <= limit.0);
        Target { name, wanted: format!("at most {limit}"), measured, unit: limit.1, met }
    }

    pub fn is_met(&self) -> bool {
        self.met
    }
}

/// How many decimals a figure is given with.
pub fn decimals(value: f64) -> usize {
    if value < 100.0 { 2 } else { 0 }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Limit(value, unit) = *self;
        let decimals = decimals(value);
        let unit = match unit {
            Unit::Times => "x",
            Unit::Nanoseconds => " ns",
            Unit::Bytes => " B",
        };
        f.pad(&format!("{value:.decimals$}{unit}"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { name, wanted, measured, unit, met } = self;
        let measured = measured.map_or("-".into(), |value| Limit(value, *unit).to_string());
        let verdict = if *met { "met" } else { "not met" };
        write!(f, "{name:<52}{wanted:>20}{measured:>14}  {verdict}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_not_met() {
        let target = Target::at_most(Limit(1.25, Unit::Times), "a / b".into(), None);
        assert!(!target.is_met() && target.to_string().ends_with("-  not met"), "{target}");
    }

    #[test]
    fn a_limit_that_is_reached_is_met() {
        let limit = Limit(1400.0, Unit::Nanoseconds);
        assert!(Target::at_most(limit, "a".into(), Some(1400.0)).is_met());
        let target = Target::at_most(limit, "a".into(), Some(1401.0));
        let text = target.to_string();
        assert!(text.contains("at most 1400 ns") && text.contains("1401 ns  not met"), "{text}");
    }
}
