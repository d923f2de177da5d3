//! What the calls and the closes are to cost, in medians.

use crate::close::CloseCost;
use crate::measure::Series;
use crate::rows::REFERENCE;
use crate::stats::{median, min, ratio};
use crate::target::Unit::{Nanoseconds, Times};
use crate::target::{Limit, Target};

/// Whether the reference was so disturbed that what it is compared with means little.
pub fn is_disturbed(series: &[Series]) -> bool {
    let mut references = series.iter().filter(|row| row.name == REFERENCE && row.threads == 1);
    references.any(|row| median(&row.samples) > 1.5 * min(&row.samples))
}

/// The targets of which all rows were measured. Costs are those of whole calls, the body included.
pub fn targets(series: &[Series], close: Option<&CloseCost>) -> Vec<Target> {
    let shared = ["outlive-arg", "outlive-none", "outlive-lone"].into_iter().flat_map(|ours| {
        [
            over(series, ours, REFERENCE, 3.5, 1.5),
            several_threads(series, ours, 2),
            several_threads(series, ours, 4),
        ]
    });
    let others = [
        over(series, "outlive-local", REFERENCE, 4.5, 1.75),
        over(series, "outlive-table", "hand+table", 4.5, 1.75),
        several_threads(series, "outlive-table", 2),
        several_threads(series, "outlive-table", 4),
        over(series, "outlive-member", "hand+member", 4.5, 1.75),
        several_threads(series, "outlive-member", 2),
        several_threads(series, "outlive-member", 4),
        over_lock(series),
    ];
    let closes = close.into_iter().flat_map(CloseCost::waits).map(awaited);
    shared.chain(others).flatten().chain(closes).collect()
}

/// A cost that may be `plus` nanoseconds above that of a call written by `hand`, or `times` as much, whichever is
/// more.
fn over(series: &[Series], ours: &str, hand: &str, plus: f64, times: f64) -> Option<Target> {
    let written = median(&find(series, hand, 1)?.samples);
    let measured = median(&find(series, ours, 1)?.samples);
    let limit = Limit((written + plus).max(written * times), Nanoseconds);
    let name = format!("{ours} ({hand} + {plus} ns, or {times}x)");
    Some(Target::at_most(limit, name, Some(measured)))
}

fn several_threads(series: &[Series], ours: &str, threads: usize) -> Option<Target> {
    let (of, to) = (find(series, ours, threads)?, find(series, ours, 1)?);
    let name = format!("{ours}, {threads} threads / 1");
    Some(Target::at_most(Limit(1.25, Times), name, Some(ratio(&of.samples, &to.samples))))
}

fn over_lock(series: &[Series]) -> Option<Target> {
    const OURS: &str = "outlive-exclusive";
    const LOCK: &str = "hand+lock";
    let (of, to) = (find(series, OURS, 1)?, find(series, LOCK, 1)?);
    let name = format!("{OURS} / {LOCK}");
    Some(Target::at_most(Limit(1.5, Times), name, Some(ratio(&of.samples, &to.samples))))
}

/// A close that had to wait for calls.
fn awaited((in_flight, median_ns): (usize, f64)) -> Target {
    let name = format!("revoke, {in_flight} calls in flight");
    Target::at_most(Limit(50_000.0, Nanoseconds), name, Some(median_ns))
}

fn find<'a>(series: &'a [Series], name: &str, threads: usize) -> Option<&'a Series> {
    series.iter().find(|row| row.name == name && row.threads == threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &'static str, samples: &[f64]) -> Series {
        Series { name, threads: 1, calls: 1, samples: samples.to_vec() }
    }

    fn is_met(hand: f64, ours: Series) -> bool {
        let found = targets(&[series(REFERENCE, &[hand]), ours], None);
        assert_eq!(found.len(), 1, "of all other targets a row is missing");
        found[0].is_met()
    }

    #[test]
    fn a_call_may_be_nanoseconds_or_a_share_above_the_hand_written_one() {
        assert!(is_met(2.0, series("outlive-arg", &[5.5])));
        assert!(!is_met(2.0, series("outlive-arg", &[5.6])));
        assert!(is_met(20.0, series("outlive-arg", &[30.0])));
        assert!(!is_met(20.0, series("outlive-local", &[35.5])));
    }

    #[test]
    fn the_median_counts() {
        assert!(is_met(2.0, series("outlive-none", &[5.0, 50.0, 5.0])));
        assert!(!is_met(2.0, series("outlive-none", &[5.0, 50.0, 50.0])));
    }

    #[test]
    fn a_reference_whose_median_is_far_from_its_minimum_is_disturbed() {
        assert!(is_disturbed(&[series(REFERENCE, &[17.0, 17.0, 4.0])]));
        assert!(!is_disturbed(&[series(REFERENCE, &[4.0, 17.0, 4.0])]));
    }
}
