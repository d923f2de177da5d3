//! A call into one of many live tables, again and again.

use super::hold_many;
use crate::measure::time;
use crate::rows;
use crate::scale::case::{Bound, Case, Family, Ready, Setting};
use crate::tables::ByArgument;

const NAME: &str = "call-table";

pub fn family() -> Family {
    let mut cases = vec![Case::new(NAME, 1, first)];
    for n in [16_384, 100_000, 1_000_000] {
        cases.push(Case::new(NAME, n, first).which("first").within(&[Bound::Ratio(1.25)]));
        cases.push(Case::new(NAME, n, newest).which("newest").within(&[Bound::Ratio(1.25)]));
    }
    Family::new(NAME, cases)
}

fn first(setting: &Setting) -> Result<Ready, String> {
    set_up(setting, 0)
}

fn newest(setting: &Setting) -> Result<Ready, String> {
    set_up(setting, setting.n - 1)
}

/// Calls the table that is made after `before` others.
fn set_up(setting: &Setting, before: usize) -> Result<Ready, String> {
    let older = hold_many::<ByArgument>(before)?;
    let row = rows::called_by_c(NAME)?;
    let younger = hold_many::<ByArgument>(setting.n - 1 - before)?;
    Ready::repeating(setting, move |calls| {
        let _live = (&older, &younger);
        time(&row, calls).map_err(|error| error.to_string())
    })
}
