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

pub(crate) static RECORDS: Records = Records::new();

struct Thread {
    /// The thread's record, once it may publish there without a fence.
    fast: Cell<Option<&'static Record>>,
    record: Cell<Option<&'static Record>>,
    /// A number that no other thread ever has; 0 until it is asked for.
    number: Cell<u64>,
    /// How many calls by the general way this thread is inside of.
    counted: Cell<usize>,
}

thread_local! {
    static THREAD: Thread = const {
        Thread {
            fast: Cell::new(None),
            record: Cell::new(None),
            number: Cell::new(0),
            counted: Cell::new(0),
        }
    };
}

/// Publishes an outermost call of a thread that has a record, where closers issue the barrier.
#[inline(always)]
pub(crate) fn publish_lightly(handle: Handle) -> Option<Way<'static>> {
    let record = THREAD.with(|thread| thread.fast.get())?;
    Way::outermost(record, handle)
}

/// Publishes any call of the calling thread, the shortest way that is open to it.
pub(crate) fn publish(gate: &Gate, handle: Handle) -> Way<'static> {
    let asymmetric = barrier::is_asymmetric();
    let way = record().and_then(|record| Way::cell(record, handle, !asymmetric));
    way.unwrap_or_else(|| {
        THREAD.with(|thread| thread.counted.set(thread.counted.get() + 1));
        Way::counted(gate)
    })
}

/// Withdraws a publication of [`publish`].
pub(crate) fn withdraw(way: Way<'_>, gate: &Gate) {
    way.leave(gate);
    if way.is_counted() {
        // A fiber may leave on another thread than it came in on.
        THREAD.with(|thread| thread.counted.set(thread.counted.get().saturating_sub(1)));
    }
}

/// The calling thread's record. Neither allocates, locks, nor makes a system call.
fn record() -> Option<&'static Record> {
    if cfg!(outlive_general) {
        return None;
    }
    THREAD.with(|thread| {
        let record = thread.record.get().or_else(|| {
            let claimed = RECORDS.claim((&raw const *thread).addr(), platform::thread_number());
            thread.record.set(claimed);
            claimed
        });
        if barrier::is_asymmetric() {
            thread.fast.set(record);
        }
        record
    })
}

/// Whether the calling thread is inside any call.
pub(crate) fn is_inside_any() -> bool {
    THREAD.with(|thread| {
        thread.counted.get() != 0 || thread.record.get().is_some_and(Record::is_inside)
    })
}

/// Whether the calling thread is inside a call into `handle`, as far as its record tells.
pub(crate) fn is_inside(handle: Handle) -> bool {
    THREAD.with(|thread| {
        thread.counted.get() != 0
            || thread.record.get().is_some_and(|record| record.holds(handle.bits()))
    })
}

/// The calling thread's number in this process: never 0, never reused.
pub(crate) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    THREAD.with(|thread| {
        if thread.number.get() == 0 {
            thread.number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        thread.number.get()
    })
}

/// Forgets the threads that a forked child does not have.
pub(crate) fn forget_others_after_fork() {
    let own = THREAD.with(|thread| thread.record.get());
    for record in RECORDS.iter() {
        let is_own = own.is_some_and(|own| core::ptr::eq(own, record));
        record.reset_after_fork(is_own.then(platform::thread_number));
    }
}
