//! The peers: callees that a host writes by hand.
//!
//! The trampolines in this file and in `libffi.rs` are what this project replaces. They are written
//! by hand because they are what it is measured against; nowhere else does one stand.

use core::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{MANY, ONE, Row, Way};
use crate::c::{bench_c_on_event, bench_table, bench_tally, on_event};
use crate::callee::Callee;
use crate::work::work;

/// The host value, as the trampolines find it behind the user data.
#[derive(Default)]
struct Host {
    _seed: u64,
    in_flight: InFlight,
    busy: Busy,
}

/// The count of calls inside, in a line of its own: no peer is slowed down by its neighbour.
#[derive(Default)]
#[repr(align(128))]
struct InFlight(AtomicUsize);

/// Whether a call is inside, in a line of its own too.
#[derive(Default)]
#[repr(align(128))]
struct Busy(AtomicBool);

impl Host {
    #[inline(always)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        // SAFETY: C passes the calling thread's own tally.
        unsafe { work(core::ptr::from_ref(self).addr(), tally, value) }
    }

    #[inline(always)] // as a macro would write it
    fn caught(&self, tally: *mut bench_tally, value: i64) -> i64 {
        catch_unwind(AssertUnwindSafe(|| self.on_event(tally, value))).unwrap_or(-1)
    }
}

/// Called by the measured loop, on its thread; the row owns the host value behind `user_data`.
unsafe extern "C" fn hand(tally: *mut bench_tally, value: i64, user_data: *mut c_void) -> i64 {
    // SAFETY: the user data is the row's host value.
    let host = unsafe { &*user_data.cast::<Host>() };
    host.on_event(tally, value)
}

/// As `hand`; a panic becomes -1.
unsafe extern "C" fn hand_catch(
    tally: *mut bench_tally,
    value: i64,
    user_data: *mut c_void,
) -> i64 {
    // SAFETY: the user data is the row's host value.
    let host = unsafe { &*user_data.cast::<Host>() };
    host.caught(tally, value)
}

/// As `hand_catch`; a close could wait for the count of calls inside to be 0.
unsafe extern "C" fn hand_atomic(
    tally: *mut bench_tally,
    value: i64,
    user_data: *mut c_void,
) -> i64 {
    // SAFETY: the user data is the row's host value.
    let host = unsafe { &*user_data.cast::<Host>() };
    host.in_flight.0.fetch_add(1, Ordering::Acquire);
    let result = host.caught(tally, value);
    host.in_flight.0.fetch_sub(1, Ordering::Release);
    result
}

/// As `hand_catch`; one call at a time is admitted, as into a table that is exclusive.
unsafe extern "C" fn hand_lock(tally: *mut bench_tally, value: i64, user_data: *mut c_void) -> i64 {
    // SAFETY: the user data is the row's host value.
    let host = unsafe { &*user_data.cast::<Host>() };
    let busy = &host.busy.0;
    if busy.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
        return -1;
    }
    let result = host.caught(tally, value);
    busy.store(false, Ordering::Release);
    result
}

/// A table with its host value behind it, as what is found by the table's own address is written by hand.
#[repr(C)]
struct Object {
    table: bench_table,
    host: Host,
}

/// As `hand`; C passes the table itself.
unsafe extern "C" fn hand_table(tally: *mut bench_tally, value: i64, table: *mut c_void) -> i64 {
    // SAFETY: the table is that of the row's object.
    let object = unsafe { &*table.cast::<Object>() };
    object.host.on_event(tally, value)
}

/// What C passes where user data is a member of it.
#[repr(C)]
pub struct Carrier {
    pub user_data: *mut c_void,
}

/// As `hand`; C passes a [`Carrier`].
unsafe extern "C" fn hand_member(tally: *mut bench_tally, value: i64, carrier: *mut c_void) -> i64 {
    // SAFETY: it is the row's carrier.
    let user_data = unsafe { (*carrier.cast::<Carrier>()).user_data };
    // SAFETY: it is the row's host value.
    let host = unsafe { &*user_data.cast::<Host>() };
    host.on_event(tally, value)
}

/// A host value that is one number.
pub struct Seeded(pub usize);

/// As `hand`, for a host value whose number the body reads.
///
/// # Safety
///
/// `user_data` is a valid [`Seeded`]; `tally` is the calling thread's alone.
pub unsafe extern "C" fn hand_seeded(
    tally: *mut bench_tally,
    value: i64,
    user_data: *mut c_void,
) -> i64 {
    // SAFETY: the caller's promise.
    let host = unsafe { &*user_data.cast::<Seeded>() };
    // SAFETY: C passes the calling thread's own tally.
    unsafe { work(host.0, tally, value) }
}

pub fn rows() -> Vec<Row> {
    vec![
        row("c", bench_c_on_event, ONE),
        row("hand", hand, MANY),
        row("hand+catch", hand_catch, ONE),
        row("hand+atomic", hand_atomic, MANY),
        row("hand+lock", hand_lock, ONE),
        by_table(),
        by_member(),
    ]
}

fn by_member() -> Row {
    let table = Box::leak(Box::new(bench_table { on_event: Some(hand_member) }));
    let host = core::ptr::from_ref(Box::leak(Box::<Host>::default()));
    let carrier = Box::leak(Box::new(Carrier { user_data: host.cast_mut().cast() }));
    let way = Way::Table(Callee::new(table, core::ptr::from_mut(carrier).cast()));
    Row { name: "hand+member", threads: ONE, way, host: host.addr(), _kept: Box::new(()) }
}

fn by_table() -> Row {
    let table = bench_table { on_event: Some(hand_table) };
    let object = &*Box::leak(Box::new(Object { table, host: Host::default() }));
    let address = core::ptr::from_ref(object).cast_mut().cast();
    let way = Way::Table(Callee::new(&object.table, address));
    let host = core::ptr::from_ref(&object.host).addr();
    Row { name: "hand+table", threads: ONE, way, host, _kept: Box::new(()) }
}

fn row(name: &'static str, on_event: on_event, threads: &'static [usize]) -> Row {
    let host = Box::leak(Box::<Host>::default());
    let table = Box::leak(Box::new(bench_table { on_event: Some(on_event) }));
    let user_data = core::ptr::from_ref(host).cast_mut().cast::<c_void>();
    let way = Way::Table(Callee::new(table, user_data));
    // A host that writes this by hand keeps both for good, or has the problem of when to free them.
    Row { name, threads, way, host: user_data.addr(), _kept: Box::new(()) }
}
