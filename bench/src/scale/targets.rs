//! What the cases are to cost, and what they do.

use super::case::{Bound, Family, Measured};
use crate::target::Unit::{Bytes, Nanoseconds, Times};
use crate::target::{Limit, Target};

/// A target for each bound of each case.
pub fn targets(family: &Family<Measured>) -> Vec<Target> {
    let base = &family.cases[0];
    let of_case = |measured| bounds(measured).map(|bound| target(base, measured, bound));
    family.cases.iter().flat_map(of_case).collect()
}

fn bounds(measured: &Measured) -> impl Iterator<Item = Bound> {
    measured.case.bounds.iter().copied()
}

fn target(base: &Measured, of: &Measured, bound: Bound) -> Target {
    let both = of.median().zip(base.median());
    let name = format!("{}, {}", of.case, of.case.n);
    let compared = if of.case.name == base.case.name {
        format!("{name} / {}", base.case.n)
    } else {
        format!("{name} / {}, {}", base.case, base.case.n)
    };
    match bound {
        Bound::Ratio(most) => {
            let measured = both.map(|(of, base)| of / base);
            Target::at_most(Limit(most, Times), compared, measured)
        }
        Bound::Nanoseconds(most) => Target::at_most(Limit(most, Nanoseconds), name, of.median()),
        Bound::NanosecondsEach(most) => {
            let more = of.case.n.abs_diff(base.case.n).max(1) as f64;
            let measured = both.map(|(of, base)| (of - base) / more);
            Target::at_most(Limit(most, Nanoseconds), format!("{name}, for each"), measured)
        }
        Bound::BytesEach(most) => {
            Target::at_most(Limit(most, Bytes), format!("{name}, for each"), of.bytes_each())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::{Case, Samples};
    use super::*;

    fn measured(n: usize, bounds: &'static [Bound], median: f64) -> Measured {
        let case = Case::new("a", n, |_| Err("not set up".into())).within(bounds);
        let samples =
            Samples { nanoseconds: vec![median], bytes_each: Some(600.0), rss_bytes: None };
        Measured { case, result: Ok(samples) }
    }

    fn verdicts(bounds: &'static [Bound], of: f64) -> Vec<bool> {
        let cases = vec![measured(1, &[], 200.0), measured(101, bounds, of)];
        targets(&Family { name: "a", cases }).iter().map(Target::is_met).collect()
    }

    #[test]
    fn each_bound_is_judged_by_its_own_measure() {
        const ALL: &[Bound] = &[
            Bound::Ratio(1.25),
            Bound::Nanoseconds(300.0),
            Bound::NanosecondsEach(2.0),
            Bound::BytesEach(512.0),
        ];
        assert_eq!(verdicts(ALL, 250.0), [true, true, true, false]);
        assert_eq!(verdicts(ALL, 301.0), [false, false, true, false]);
        assert_eq!(verdicts(ALL, 401.0), [false, false, false, false]);
    }

    #[test]
    fn a_case_that_could_not_be_set_up_meets_no_target() {
        let mut failed = measured(101, &[Bound::Ratio(1.25), Bound::BytesEach(1e6)], 1.0);
        failed.result = Err("no memory".into());
        let family = Family { name: "a", cases: vec![measured(1, &[], 200.0), failed] };
        assert!(targets(&family).iter().all(|target| !target.is_met()));
    }
}
