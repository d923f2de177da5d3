//! The rows: what is measured, beside how many of what.

mod call_all;
mod call_table;
mod call_thread;
mod close_thread;
pub mod exit;
mod hold_release;
mod own_memory;
mod pending;

use outlive::{Callbacks, Held};

use super::case::Family;
use crate::clock::thread_time;
use crate::held::{hold, release};
use crate::measure::time;
use crate::rows::Row;
use crate::threads::Thread;

/// The names that the cases have.
pub const NAMES: [&str; 10] = [
    "call-thread",
    "call-table",
    "call-all",
    "close-thread",
    "close-gone",
    "hold-release",
    "hold-release-pending",
    "hold-release-pending-local",
    "hold-release-own-memory",
    "exit",
];

/// All families, in the order of the report.
pub fn families(quick: bool) -> Vec<Family> {
    let families = [
        call_thread::family(),
        call_table::family(),
        call_all::family(),
        close_thread::family(),
        hold_release::family(),
        pending::family(),
        pending::family_local(),
        own_memory::family(),
        exit::family(),
    ];
    families.into_iter().map(|family| if quick { family.quick() } else { family }).collect()
}

/// Holds `count` tables, which stay live.
fn hold_many<T>(count: usize) -> Result<Vec<Held<T>>, String>
where
    T: Callbacks + Default + Send + Sync + 'static,
{
    (0..count).map(|_| hold(T::default())).collect()
}

/// What it costs to hold and release one table, in CPU time of the calling thread.
fn hold_and_release<T>(count: i64) -> Result<f64, String>
where
    T: Callbacks + Default + Send + Sync + 'static,
{
    let begun = thread_time();
    for _ in 0..count {
        release(hold(T::default())?);
    }
    Ok((thread_time() - begun) / count as f64)
}

/// A thread of C's that has called once, and is parked.
fn thread_that_has_called(row: &Row) -> Result<Thread, String> {
    let mut thread = Thread::start()?;
    time_on(&mut thread, row, 1)?;
    Ok(thread)
}

/// Nanoseconds a call, on a thread of C's.
fn time_on(thread: &mut Thread, row: &Row, calls: i64) -> Result<f64, String> {
    thread.run(|| time(row, calls)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_but_what_it_is_compared_with_has_its_name_in_the_list() {
        for family in families(false) {
            for case in &family.cases[1..] {
                assert!(NAMES.contains(&case.name), "{case}");
            }
        }
    }

    #[test]
    fn no_two_cases_are_told_apart_by_nothing() {
        let cases = families(false).into_iter().flat_map(|family| family.cases);
        let mut names: Vec<_> = cases.map(|case| (case.name, case.which, case.n)).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
