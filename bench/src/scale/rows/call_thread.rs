//! A call on one of many threads that have called. All of them are C's, and younger than the table.

use super::{thread_that_has_called, time_on};
use crate::rows;
use crate::scale::case::{Bound, Case, Family, Ready, Setting};
use crate::threads::Thread;

const NAME: &str = "call-thread";

pub fn family() -> Family {
    let mut cases = vec![Case::new(NAME, 1, oldest)];
    for n in [32, 33, 256, 1024] {
        cases.push(Case::new(NAME, n, oldest).which("oldest").within(&[Bound::Ratio(1.25)]));
        cases.push(Case::new(NAME, n, newest).which("newest").within(&[Bound::Ratio(1.25)]));
    }
    Family::new(NAME, cases)
}

fn oldest(setting: &Setting) -> Result<Ready, String> {
    set_up(setting, |threads| threads.remove(0))
}

fn newest(setting: &Setting) -> Result<Ready, String> {
    set_up(setting, |threads| threads.remove(threads.len() - 1))
}

fn set_up(
    setting: &Setting,
    choose: impl FnOnce(&mut Vec<Thread>) -> Thread,
) -> Result<Ready, String> {
    let row = rows::called_by_c(NAME)?;
    let threads: Result<Vec<_>, _> = (0..setting.n).map(|_| thread_that_has_called(&row)).collect();
    let mut others = threads?;
    let mut chosen = choose(&mut others);
    Ready::repeating(setting, move |calls| {
        let _parked = &others;
        time_on(&mut chosen, &row, calls)
    })
}
