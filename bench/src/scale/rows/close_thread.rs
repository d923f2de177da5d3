//! The close of a table that nobody is inside of, in a process whose threads have called. All of them
//! are C's.
//!
//! The host makes a table before each thread calls: a library that makes room for threads on the host's
//! side has made it.

use outlive::{Ended, Held};

use super::{hold_many, thread_that_has_called};
use crate::clock::thread_time;
use crate::held::{hold, release};
use crate::rows::{self, Row};
use crate::scale::case::{Bound, Case, Family, Ready, Setting};
use crate::tables::ByArgument;
use crate::threads::Thread;

const NAME: &str = "close-thread";
const GONE: &str = "close-gone";
/// How many tables are closed between two looks at the clock.
const BATCH: usize = 64;

pub fn family() -> Family {
    let cases = [
        Case::new(NAME, 1, alive),
        Case::new(NAME, 1024, alive).within(&[Bound::NanosecondsEach(10.0)]),
        Case::new(GONE, 10_000, gone_one_by_one).which("one by one").within(&[Bound::Ratio(1.25)]),
        Case::new(GONE, 10_000, gone_by_hundreds)
            .which("by hundreds")
            .within(&[Bound::Ratio(1.25)]),
        Case::new(GONE, 10_000, gone_but_the_newest)
            .which("but the newest")
            .within(&[Bound::Ratio(1.25)]),
    ];
    Family::new(NAME, cases.to_vec())
}

fn alive(setting: &Setting) -> Result<Ready, String> {
    set_up(setting, |row| threads(setting.n, row))
}

fn gone_one_by_one(setting: &Setting) -> Result<Ready, String> {
    gone(setting, 1)
}

fn gone_by_hundreds(setting: &Setting) -> Result<Ready, String> {
    gone(setting, 100)
}

/// One thread is alive; the others have been alive `together` at a time.
fn gone(setting: &Setting, together: usize) -> Result<Ready, String> {
    set_up(setting, |row| {
        let alive = threads(1, row)?;
        for _ in 0..setting.n.div_ceil(together) {
            drop(threads(together, row)?);
        }
        Ok(alive)
    })
}

/// The thread that is alive came last, while a thousand others were.
fn gone_but_the_newest(setting: &Setting) -> Result<Ready, String> {
    set_up(setting, |row| {
        let mut alive = Vec::new();
        for _ in 0..setting.n.div_ceil(1000) {
            let _together = threads(1000, row)?;
            alive = threads(1, row)?;
        }
        Ok(alive)
    })
}

/// `begin` gives the threads that are alive.
fn set_up(
    setting: &Setting,
    begin: impl FnOnce(&Row) -> Result<Vec<Thread>, String>,
) -> Result<Ready, String> {
    let row = rows::called_by_c(NAME)?;
    let alive = begin(&row)?;
    Ready::repeating(setting, move |count| {
        let _parked = (&alive, &row);
        revoke(count)
    })
}

fn threads(count: usize, row: &Row) -> Result<Vec<Thread>, String> {
    let one = |_| {
        release(hold(ByArgument::default())?);
        thread_that_has_called(row)
    };
    (0..count).map(one).collect()
}

/// What one of `count` revokes costs, in CPU time of the calling thread.
fn revoke(count: i64) -> Result<f64, String> {
    let mut spent = 0.0;
    let mut left = count as usize;
    while left > 0 {
        let tables = hold_many::<ByArgument>(left.min(BATCH))?;
        left -= tables.len();
        let begun = thread_time();
        let ended = tables.iter().map(Held::revoke).filter(|ended| *ended == Ended::Now).count();
        spent += thread_time() - begun;
        if ended != tables.len() {
            return Err("a table that nobody was inside of did not end".into());
        }
        tables.into_iter().for_each(release);
    }
    Ok(spent / count as f64)
}
