//! What is measured: families of cases, which differ in how many of something there are.

use std::fmt;

use crate::measure::{Plan, calibrate};
use crate::stats::{median, min};

/// Cases that are compared with the first of them.
pub struct Family<C = Case> {
    pub name: &'static str,
    pub cases: Vec<C>,
}

/// One thing that is measured beside `n` of something.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    /// What tells it from others of this name and number.
    pub which: Option<&'static str>,
    pub n: usize,
    pub bounds: &'static [Bound],
    pub set_up: SetUp,
}

/// Brings a case's process to the state in which it is measured. What the sampler does not keep, the
/// process keeps until it ends.
pub type SetUp = fn(&Setting) -> Result<Ready, String>;

/// Takes a sample: what one operation costs, in nanoseconds.
pub type Sampler = Box<dyn FnMut() -> Result<f64, String>>;

/// A case that can be measured.
pub struct Ready {
    pub sampler: Sampler,
    /// The resident bytes that each of the `n` takes, where this is measured.
    pub bytes_each: Option<f64>,
}

/// What a set-up is told.
pub struct Setting {
    pub n: usize,
    quick: bool,
}

/// The most that a case may cost.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// As a multiple of the family's first case.
    Ratio(f64),
    Nanoseconds(f64),
    /// In nanoseconds more than the family's first case, for each one more.
    NanosecondsEach(f64),
    BytesEach(f64),
}

/// No number is larger than this where figures do not matter.
const QUICK: usize = 1000;

impl Case {
    pub fn new(name: &'static str, n: usize, set_up: SetUp) -> Self {
        Case { name, which: None, n, bounds: &[], set_up }
    }

    pub fn which(self, which: &'static str) -> Self {
        Case { which: Some(which), ..self }
    }

    pub fn within(self, bounds: &'static [Bound]) -> Self {
        Case { bounds, ..self }
    }

    fn quick(self) -> Self {
        Case { n: self.n.min(QUICK), ..self }
    }

    fn is_same(&self, other: &Case) -> bool {
        (self.name, self.which, self.n) == (other.name, other.which, other.n)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.which {
            Some(which) => f.pad(&format!("{}, {which}", self.name)),
            None => f.pad(self.name),
        }
    }
}

impl Family {
    pub fn new(name: &'static str, cases: Vec<Case>) -> Self {
        Family { name, cases }
    }

    /// With small numbers only.
    pub fn quick(self) -> Self {
        let mut cases: Vec<Case> = Vec::new();
        for case in self.cases.into_iter().map(Case::quick) {
            if !cases.iter().any(|other| case.is_same(other)) {
                cases.push(case);
            }
        }
        Family { cases, ..self }
    }

    /// The cases of these names, with the first one to compare them with; all, if there are no names.
    pub fn only(self, names: &[String]) -> Option<Self> {
        let is_wanted =
            |case: &Case| names.is_empty() || names.iter().any(|name| name == case.name);
        if !self.cases.iter().any(is_wanted) {
            return None;
        }
        let cases = self.cases.into_iter().enumerate();
        let cases = cases.filter(|(place, case)| *place == 0 || is_wanted(case));
        Some(Family { name: self.name, cases: cases.map(|(_, case)| case).collect() })
    }
}

impl Setting {
    pub fn new(n: usize, quick: bool) -> Self {
        Setting { n, quick }
    }

    /// A number that a case has beside its `n`.
    pub fn of(&self, count: usize) -> usize {
        if self.quick { count.min(QUICK) } else { count }
    }
}

impl Ready {
    /// A case in which something is done many times for each sample; `cost` does it some times and says
    /// what one time costs.
    pub fn repeating(
        setting: &Setting,
        mut cost: impl FnMut(i64) -> Result<f64, String> + 'static,
    ) -> Result<Self, String> {
        let count = calibrate(Plan::new(setting.quick).sample, &mut cost)?;
        Ok(Ready::once(move || cost(count)))
    }

    pub fn once(sampler: impl FnMut() -> Result<f64, String> + 'static) -> Self {
        Ready { sampler: Box::new(sampler), bytes_each: None }
    }
}

/// A case with what it came to, or why it could not be set up.
pub struct Measured {
    pub case: Case,
    pub result: Result<Samples, String>,
}

/// The samples of a case, in nanoseconds.
#[derive(Debug)]
pub struct Samples {
    pub nanoseconds: Vec<f64>,
    pub bytes_each: Option<f64>,
    /// What the process had in use when it was set up.
    pub rss_bytes: Option<f64>,
}

impl Measured {
    pub fn median(&self) -> Option<f64> {
        self.result.as_ref().ok().map(|samples| median(&samples.nanoseconds))
    }

    pub fn min(&self) -> Option<f64> {
        self.result.as_ref().ok().map(|samples| min(&samples.nanoseconds))
    }

    pub fn bytes_each(&self) -> Option<f64> {
        self.result.as_ref().ok().and_then(|samples| samples.bytes_each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family() -> Family {
        let set_up: SetUp = |_| Err("none".into());
        let sizes = [1, 1000, 100_000].map(|n| Case::new("a", n, set_up));
        Family::new("a", [&sizes[..], &[Case::new("b", 7, set_up)]].concat())
    }

    #[test]
    fn quick_numbers_are_small_and_none_comes_twice() {
        let sizes: Vec<_> = family().quick().cases.iter().map(|case| case.n).collect();
        assert_eq!(sizes, [1, 1000, 7]);
    }

    #[test]
    fn a_case_comes_with_the_one_that_it_is_compared_with() {
        let names = |only: &str| {
            let only = family().only(&[only.to_owned()]);
            only.map(|family| family.cases.iter().map(|case| (case.name, case.n)).collect())
        };
        assert_eq!(names("b"), Some(vec![("a", 1), ("b", 7)]));
        assert_eq!(names("c"), None);
        assert_eq!(family().only(&[]).map(|family| family.cases.len()), Some(4));
    }
}
