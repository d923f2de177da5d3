//! C hands back handles that are stale, doubled, swapped or invented.

use core::ffi::{c_int, c_void};
use core::ptr::{null_mut, without_provenance_mut};

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{Host, REFUSED, Table};
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{keeper_plain, store_close, store_open, store_read, store_table};

pub const SCENARIOS: &[Scenario] = &[
    survives("token_null", "G9", "C hands back NULL", null),
    survives("token_closed_twice", "G9", "C closes a handle twice", twice),
    survives("token_stale", "G9", "C reads a handle after hundreds were opened and closed", stale),
    survives("token_invented", "G9", "C hands back handles that it made up", invented),
    survives("token_altered", "G9", "C hands back a handle with one bit flipped", altered),
    survives("token_of_another_table", "G9", "C hands one table's handle to another", swapped),
    survives(
        "token_of_another_type",
        "G9",
        "C hands a handle to another struct's table",
        other_type,
    ),
    survives("token_after_its_table", "G5 G9", "C closes a handle of a table that ended", ended),
    survives(
        "token_after_reuse",
        "G5 G9",
        "C hands an ended table's handle to its successor",
        reuse,
    ),
    survives("token_closed_at_once", "G9", "two threads of C close the same handle", at_once),
    survives("token_is_an_object", "G9", "C hands back the address of its own object", object),
];

unsafe extern "C" {
    fn data_plain_open(table: *const keeper_plain, value: c_int) -> *mut c_void;
    fn data_plain_close(table: *const keeper_plain, opened: *mut c_void);
    fn data_close_at_once(
        table: *const store_table,
        arg: *mut c_void,
        handle: *mut c_void,
        results: *mut [c_int; 2],
    );
}

type Store = dyn Table<store_table> + Send + Sync;

fn open(store: &Store, value: c_int) -> *mut c_void {
    // SAFETY: STATIC-TABLE (`keeper.rs`) holds for a `store_table` too.
    unsafe { store_open(store.raw(), store.arg(), value) }
}

fn read(store: &Store, handle: *mut c_void) -> c_int {
    // SAFETY: as above; a handle is a number.
    unsafe { store_read(store.raw(), store.arg(), handle) }
}

fn close(store: &Store, handle: *mut c_void) -> c_int {
    // SAFETY: as above.
    unsafe { store_close(store.raw(), store.arg(), handle) }
}

fn null(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    refused(read(&*store, null_mut()))?;
    refused(close(&*store, null_mut()))?;
    reported(stage, IncidentKind::BadToken, 2)
}

fn twice(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let handle = open(&*store, 5);
    returns(close(&*store, handle), 1005)?;
    refused(close(&*store, handle))?;
    let next = open(&*store, 6);
    refused(close(&*store, handle))?;
    reported(stage, IncidentKind::BadToken, 2)?;
    returns(close(&*store, next), 1006)
}

fn stale(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let old = open(&*store, 5);
    returns(close(&*store, old), 1005)?;
    let live: Vec<_> = (0..500).map(|value| open(&*store, value)).collect();
    match read(&*store, old) {
        result if result >= 1000 => {
            return Err(Failure::misdirected(format!("an old handle led to {result}")));
        }
        result => refused(result)?,
    }
    for (value, handle) in live.iter().enumerate() {
        returns(close(&*store, *handle), 1000 + value as c_int)?;
    }
    reported(stage, IncidentKind::BadToken, 1)
}

fn invented(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let live = open(&*store, 5);
    let words =
        [1, 2, 8, 0xdead_beef, 0x7fff_ffff_f000, usize::MAX / 2, usize::MAX - 1, usize::MAX];
    for word in words.into_iter().filter(|word| *word != live.addr()) {
        refused(read(&*store, without_provenance_mut(word)))?;
        refused(close(&*store, without_provenance_mut(word)))?;
    }
    reported(stage, IncidentKind::BadToken, 16)?;
    returns(close(&*store, live), 1005)
}

fn altered(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let handle = open(&*store, 5);
    for bit in 0..usize::BITS {
        refused(read(&*store, handle.map_addr(|token| token ^ 1 << bit)))?;
    }
    reported(stage, IncidentKind::BadToken, 64)?;
    returns(read(&*store, handle), 1005)
}

fn swapped(stage: &Stage) -> Verdict {
    let (one, two) = (stage.binding.store(Host::new(1000)), stage.binding.store(Host::new(2000)));
    let (first, second) = (open(&*one, 5), open(&*two, 6));
    for result in [read(&*one, second), close(&*two, first)] {
        match result {
            1006 | 2005 => return Err(Failure::misdirected("one table took the other's handle")),
            result => refused(result)?,
        }
    }
    reported(stage, IncidentKind::BadToken, 2)?;
    returns(close(&*one, first), 1005)?;
    returns(close(&*two, second), 2006)
}

fn other_type(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let plain = stage.binding.plain(Host::new(2000));
    let handle = open(&*store, 5);
    // SAFETY: STATIC-TABLE; a handle is a number.
    unsafe { data_plain_close(plain.raw(), handle) };
    // SAFETY: as above.
    let opened = unsafe { data_plain_open(plain.raw(), 6) };
    match read(&*store, opened) {
        1006 => return Err(Failure::misdirected("another struct's table gave its value")),
        result => refused(result)?,
    }
    reported(stage, IncidentKind::BadToken, 2)?;
    returns(close(&*store, handle), 1005)
}

fn ended(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let handle = open(&*store, 5);
    let (table, arg) = (store.raw(), store.arg());
    drop(store);
    let _newcomers = stage.reuse();
    // SAFETY: STATIC-TABLE; the call is refused.
    refused(unsafe { store_close(table, arg, handle) })?;
    // SAFETY: as above.
    let opened = unsafe { store_open(table, arg, 6) };
    holds(opened.is_null(), "an ended table opens nothing")?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn reuse(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let handle = open(&*store, 5);
    store.release();
    let next = stage.binding.store(Host::new(2000));
    let own = open(&*next, 6);
    match read(&*next, handle) {
        2005 | 2006 => return Err(Failure::misdirected("its successor took the handle")),
        result => refused(result)?,
    }
    reported(stage, IncidentKind::BadToken, 1)?;
    returns(close(&*next, own), 2006)
}

/// One of them gets the value.
fn at_once(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    for value in 0..50 {
        let (handle, mut results) = (open(&*store, value), [0; 2]);
        // SAFETY: STATIC-TABLE; there is room for two results.
        unsafe { data_close_at_once(store.raw(), store.arg(), handle, &raw mut results) };
        results.sort_unstable();
        holds(results == [REFUSED, 1000 + value], "one thread closes the handle")?;
    }
    reported(stage, IncidentKind::BadToken, 50)
}

fn object(stage: &Stage) -> Verdict {
    let store = stage.binding.store(Host::new(1000));
    let mut object = [0usize; 8];
    for address in [(&raw mut object).cast(), store.raw().cast()] {
        refused(close(&*store, address))?;
    }
    reported(stage, IncidentKind::BadToken, 2)
}
