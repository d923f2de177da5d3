//! What a table costs: to make, to release, and to keep.

use core::ffi::c_void;
use std::fmt;
use std::time::Instant;

use outlive::{Callbacks, Held, SLOT_BYTES, callbacks, ledger};
use serde::Serialize;

use crate::c::{bench_free_table, bench_table, bench_tally, on_event};
use crate::heap;
use crate::held::{hold, release};
use crate::progress::Progress;
use crate::stats::median;

/// How many tables are held at once to see what one takes.
const HELD: usize = 32;
/// How many tables are made and released for one sample.
const BATCH: usize = 16;

/// One shape of table.
#[derive(Debug, Serialize)]
pub struct TableCost {
    name: &'static str,
    hold_release_ns: f64,
    hold_revoke_release_ns: f64,
    /// The library's slot; slots are allocated many at a time and reused.
    slot_bytes: usize,
    /// A copy of the table of its own, in whole pages where it is sealed.
    table_bytes: f64,
    /// What each table adds to the heap, the boxed host value included.
    heap_bytes: f64,
    host_bytes: usize,
}

/// A table that carries its user data.
#[repr(C)]
pub struct bench_own_table {
    on_event: Option<on_event>,
    opaque: *mut c_void,
}

macro_rules! host {
    ($host:ident, $table:ident, $($options:tt)*) => {
        #[derive(Default)]
        pub struct $host {
            seed: i64,
        }

        #[callbacks($table, $($options)*)]
        impl $host {
            #[callback(fallback = -1)]
            fn on_event(&self, _tally: *mut bench_tally, value: i64) -> i64 {
                value + self.seed
            }
        }
    };
}

host!(ByArgument, bench_table, state = arg);
host!(Free, bench_free_table, state = none, instances = 64);
host!(Sealed, bench_own_table, state = arg, user_data_member = opaque);
host!(Watched, bench_own_table, state = arg, written_by_c(opaque));

/// Measures every shape, in rounds.
pub fn measure(rounds: usize, progress: &Progress) -> Result<Vec<TableCost>, String> {
    let shapes = [
        shape::<ByArgument>("arg")?,
        shape::<Free>("none")?,
        shape::<Sealed>("user_data_member")?,
        shape::<Watched>("written_by_c")?,
    ];
    let mut times = vec![(Vec::new(), Vec::new()); shapes.len()];
    for _ in 0..rounds {
        for (shape, (released, revoked)) in shapes.iter().zip(&mut times) {
            released.push((shape.time)(false)?);
            revoked.push((shape.time)(true)?);
        }
        progress.step();
    }
    let costs = shapes.into_iter().zip(times).map(|(shape, (released, revoked))| TableCost {
        hold_release_ns: median(&released),
        hold_revoke_release_ns: median(&revoked),
        ..shape.cost
    });
    Ok(costs.collect())
}

struct Shape {
    cost: TableCost,
    /// Nanoseconds to make and release one table, revoked in between or not.
    time: fn(bool) -> Result<f64, String>,
}

fn shape<T: Callbacks + Default + Send + Sync + 'static>(
    name: &'static str,
) -> Result<Shape, String> {
    let (heap_bytes, table_bytes) = kept::<T>()?;
    let cost = TableCost {
        name,
        hold_release_ns: 0.0,
        hold_revoke_release_ns: 0.0,
        slot_bytes: SLOT_BYTES,
        table_bytes,
        heap_bytes,
        host_bytes: size_of::<T>(),
    };
    Ok(Shape { cost, time: cycle::<T> })
}

/// The bytes on the heap and in tables of their own, for each of many tables.
fn kept<T: Callbacks + Default + Send + Sync + 'static>() -> Result<(f64, f64), String> {
    let mut tables = Vec::with_capacity(HELD);
    // The first one may have the library allocate its slots.
    tables.push(hold(T::default())?);
    let before = heap::bytes();
    for _ in 1..HELD {
        tables.push(hold(T::default())?);
    }
    let grown = heap::bytes() - before;
    let ids: Vec<u64> = tables.iter().map(Held::id).collect();
    let listed = ledger().tables;
    let own = listed.iter().filter(|entry| ids.contains(&entry.id)).map(|entry| entry.table_bytes);
    let own: usize = own.sum();
    tables.into_iter().for_each(release);
    Ok((grown as f64 / (HELD - 1) as f64, own as f64 / HELD as f64))
}

fn cycle<T: Callbacks + Default + Send + Sync + 'static>(revoke: bool) -> Result<f64, String> {
    let begun = Instant::now();
    for _ in 0..BATCH {
        let held = hold(T::default())?;
        if revoke {
            let _ = held.revoke();
        }
        release(held);
    }
    Ok(begun.elapsed().as_nanos() as f64 / BATCH as f64)
}

impl fmt::Display for TableCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TableCost { name, hold_release_ns, hold_revoke_release_ns, slot_bytes, .. } = self;
        let TableCost { table_bytes, heap_bytes, host_bytes, .. } = self;
        write!(f, "{name:<18}{hold_release_ns:>16.0}{hold_revoke_release_ns:>16.0}")?;
        write!(f, "{slot_bytes:>8}{table_bytes:>9.0}{heap_bytes:>8.0}{host_bytes:>14}")
    }
}
