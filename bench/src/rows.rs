//! What is measured: one row for each callee.

mod kept;
#[cfg(feature = "libffi")]
mod libffi;
pub mod peers;

use core::any::Any;
use core::fmt;

use crate::c::{bench_free_calls, bench_free_table, bench_tally};
use crate::callee::Callee;
use crate::work::expected;

pub use kept::called_by_c;

/// How C gets at a row's callee.
enum Way {
    /// By user data.
    Table(Callee),
    /// By code of its own.
    Free(*const bench_free_table),
    /// By one call that passes on to C, which makes the counted calls inside of it.
    Nested(Callee),
}

/// A callee, ready to be called.
pub struct Row {
    pub name: &'static str,
    /// With how many threads it is measured.
    pub threads: &'static [usize],
    way: Way,
    /// The address of the host value, or the number in it.
    host: usize,
    /// What `way` and `host` lead to.
    _kept: Box<dyn Any>,
}

// SAFETY: a row is called from other threads only where `threads` has more than 1; each such callee
// is a C function, a trampoline over atomics, or a table held by `Held::new`, and `_kept` is only
// dropped, by the thread that made it.
unsafe impl Sync for Row {}

/// Calls that did not arrive.
#[derive(Debug)]
pub struct Miscounted {
    row: &'static str,
    claimed: i64,
    arrived: u64,
}

impl fmt::Display for Miscounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Miscounted { row, claimed, arrived } = self;
        write!(f, "row {row}: {claimed} calls were made, {arrived} reached their host value right")
    }
}

impl std::error::Error for Miscounted {}

impl Row {
    /// Has C make `n` calls on the calling thread.
    pub fn call(&self, tally: &mut bench_tally, n: i64) -> i64 {
        match self.way {
            // SAFETY: the row keeps the table.
            Way::Table(callee) => unsafe { callee.call(tally, 0, n) },
            // SAFETY: the row keeps the table.
            Way::Free(table) => unsafe { bench_free_calls(table, tally, 0, n) },
            // SAFETY: the row keeps the table.
            Way::Nested(callee) => unsafe { callee.call(tally, n, 1) },
        }
    }

    /// Whether a tally and the results' sum are those of `n` calls.
    pub fn verify(&self, tally: &bench_tally, results: i64, n: i64) -> Result<(), Miscounted> {
        let (wanted, sum) = expected(self.host, n);
        if (wanted.calls, wanted.sum, sum) == (tally.calls, tally.sum, results) {
            return Ok(());
        }
        Err(Miscounted { row: self.name, claimed: n, arrived: tally.calls })
    }
}

/// The name of the row that the others are compared with.
pub const REFERENCE: &str = "hand";

const ONE: &[usize] = &[1];
const MANY: &[usize] = &[1, 2, 4];

/// All names that a row can have in this build, in the order of the table.
pub const NAMES: &[&str] = &[
    "c",
    "hand",
    "hand+catch",
    "hand+atomic",
    "hand+lock",
    "hand+table",
    "hand+member",
    #[cfg(feature = "libffi")]
    "libffi",
    "outlive-arg",
    "outlive-none",
    "outlive-table",
    "outlive-member",
    "outlive-nested",
    "outlive-count",
    "outlive-exclusive",
    "outlive-local",
    "outlive-lone",
];

/// Makes all rows.
pub fn all() -> Vec<Row> {
    let mut rows = peers::rows();
    #[cfg(feature = "libffi")]
    rows.push(libffi::row());
    rows.extend(kept::rows());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_name_in_the_list() {
        let rows: Vec<_> = all().iter().map(|row| row.name).collect();
        assert_eq!(rows, NAMES);
    }

    #[test]
    fn calls_that_did_not_arrive_are_noticed() {
        for row in all() {
            let mut tally = bench_tally::default();
            let results = row.call(&mut tally, 10);
            assert!(row.verify(&tally, results, 10).is_ok(), "{}", row.name);
            assert!(row.verify(&tally, results, 11).is_err(), "{}", row.name);
            tally.sum += 1; // as if another host value had been reached
            assert!(row.verify(&tally, results, 10).is_err(), "{}", row.name);
        }
    }
}
