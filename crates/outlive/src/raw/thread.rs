//! What the engine keeps for each thread.
//!
//! The thread-local has no destructor, so that it works while a thread is torn down too, and
//! touching it never registers one.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering};

use super::gate::{Gate, Way};
use super::handle::Handle;
use super::record::{Record, Records};
use super::{barrier, platform};
use crate::primitive::{MODELLED, const_fn, per_process, per_thread};

per_process! { pub(crate) static RECORDS: Records = Records::new(); }

per_process! {
    /// Not among the [`RECORDS`].
    static BLOCKED: Record = Record::blocked();
}

struct Thread {
    /// The thread's record, once it may publish there without a fence; [`BLOCKED`] before.
    fast: Cell<&'static Record>,
    record: Cell<Option<&'static Record>>,
    /// A number that no other thread ever has; 0 until it is asked for.
    number: Cell<u64>,
    /// How many calls came in on this thread while it had no record. One that leaves on another thread
    /// stays counted here: closes on this one then do not wait.
    unrecorded: Cell<usize>,
}

impl Thread {
    const_fn! {
        fn new() -> Self {
            Thread {
                fast: Cell::new(&BLOCKED),
                record: Cell::new(None),
                number: Cell::new(0),
                unrecorded: Cell::new(0),
            }
        }
    }
}

per_thread! { static THREAD: Thread = Thread::new(); }

/// Publishes an outermost call of a thread that has a record, where closers issue the barrier.
#[inline(always)]
pub(crate) fn publish_lightly(handle: Handle) -> Option<Way<'static>> {
    Way::outermost(THREAD.with(|thread| thread.fast.get()), handle)
}

/// Publishes any call of the calling thread, the shortest way that is open to it.
#[inline(always)]
pub(crate) fn publish(gate: &Gate, handle: Handle) -> Way<'static> {
    Way::cell(THREAD.with(|thread| thread.fast.get()), handle, false)
        .unwrap_or_else(|| publish_otherwise(gate, handle))
}

/// Publishes where closers issue no barrier, a thread's first call, or one that no cell is left for.
#[inline(never)]
fn publish_otherwise(gate: &Gate, handle: Handle) -> Way<'static> {
    let asymmetric = barrier::is_asymmetric();
    let record = THREAD.with(|thread| thread.record.get()).or_else(claim);
    if let (true, Some(record)) = (asymmetric, record) {
        THREAD.with(|thread| thread.fast.set(record));
    }
    record.and_then(|record| Way::cell(record, handle, !asymmetric)).unwrap_or_else(|| {
        if record.is_none() {
            THREAD.with(|thread| thread.unrecorded.set(thread.unrecorded.get() + 1));
        }
        Way::counted(gate, record, number())
    })
}

/// Takes a record for the calling thread. Neither allocates, locks, nor makes a system call.
#[cold]
fn claim() -> Option<&'static Record> {
    if cfg!(outlive_general) {
        return None;
    }
    THREAD.with(|thread| {
        let (address, kernel_number) = name_of(thread);
        let claimed = RECORDS.claim(address, kernel_number);
        thread.record.set(claimed);
        claimed
    })
}

/// The address of a thread's thread-locals, and the kernel's number of it.
fn name_of(thread: &Thread) -> (usize, u32) {
    if MODELLED {
        // A model's threads are all on one of the kernel's, and their addresses differ from run to run.
        return (1000 + number() as usize, 1000 + number() as u32);
    }
    ((&raw const *thread).addr(), platform::thread_number())
}

/// Whether the process still has the thread that is `thread` to the kernel.
pub(crate) fn is_alive(thread: u32) -> bool {
    MODELLED || platform::is_alive(thread)
}

/// Withdraws a publication of [`publish`].
#[inline(always)]
pub(crate) fn withdraw(way: Way<'_>, gate: &Gate) {
    if way.is_light() { way.leave_lightly() } else { withdraw_otherwise(way, gate) }
}

#[inline(never)]
fn withdraw_otherwise(way: Way<'_>, gate: &Gate) {
    way.leave(gate);
    // A fiber may leave on another thread than it came in on.
    if way.unrecorded_thread() == Some(number()) {
        THREAD.with(|thread| thread.unrecorded.set(thread.unrecorded.get().saturating_sub(1)));
    }
}

/// Whether the calling thread is inside any call.
pub(crate) fn is_inside_any() -> bool {
    THREAD.with(|thread| {
        thread.unrecorded.get() != 0 || thread.record.get().is_some_and(Record::is_inside)
    })
}

/// Whether the calling thread is inside a call into `handle`, as far as its record tells.
pub(crate) fn is_inside(handle: Handle) -> bool {
    THREAD.with(|thread| {
        let may_hold = |record: &Record| record.is_deep() || record.holds(handle.bits());
        thread.unrecorded.get() != 0 || thread.record.get().is_some_and(may_hold)
    })
}

/// The calling thread's number in this process: never 0, never reused.
#[inline(always)]
pub(crate) fn number() -> u64 {
    match THREAD.with(|thread| thread.number.get()) {
        0 => first_number(),
        number => number,
    }
}

#[cold]
fn first_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    THREAD.with(|thread| thread.number.set(number));
    number
}

/// Forgets the threads that a forked child does not have.
pub(crate) fn forget_others_after_fork() {
    let own = THREAD.with(|thread| thread.record.get());
    for record in RECORDS.iter() {
        let is_own = own.is_some_and(|own| core::ptr::eq(own, record));
        record.reset_after_fork(is_own.then(platform::thread_number));
    }
}
