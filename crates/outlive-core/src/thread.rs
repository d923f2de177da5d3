//! What the engine keeps for each thread.
//!
//! The thread-local has no destructor, so that it works while a thread is torn down too, and
//! touching it never registers one.

use core::cell::Cell;
use core::ptr;

use crate::barrier;
use crate::child;
use crate::gate::Way;
use crate::handle::Handle;
use crate::platform::{Platform, System};
use crate::primitive::{AtomicU32, AtomicU64, Ordering, const_fn, per_process, per_thread};
use crate::record::{Claimer, RECORDS_OF_THREADS, Record};

per_process! {
    /// A record that has no free cell and is nobody's. It stands for "none" where a look at its cells has to
    /// be made anyway.
    static BLOCKED: Record = Record::blocked();
}

struct Thread {
    /// The thread's record, once it may publish there without a fence; [`BLOCKED`] before.
    ///
    /// INVARIANT: one of these two, which are there for good. It is a pointer, for a constant of Rust 1.85 may
    /// not refer to a static that changes.
    fast: Cell<*const Record>,
    record: Cell<Option<(u32, &'static Record)>>,
    /// A number that no other thread of the process ever has; 0 until it is asked for.
    number: Cell<u64>,
    /// How many calls came in on this thread while it had no record. One that leaves on another thread
    /// stays counted here: closes on this one then do not wait.
    unrecorded: Cell<usize>,
    /// How many pieces of the host's code (destructors, incident hooks, expressions that find user data) the library is
    /// running here that have a call of C's below them on the stack, though that call has left its registration, or has
    /// none.
    above_c: Cell<usize>,
    /// How many destructors of host values the library is running here.
    ending: Cell<usize>,
    /// How often this thread is adding an incident or taking one: more than once in a signal handler.
    filing: Cell<usize>,
    /// How many registrations are read here by those who are not inside ([`Reading`]).
    reading: Cell<usize>,
}

impl Thread {
    const_fn! {
        fn new() -> Self {
            Thread {
                fast: Cell::new(ptr::from_ref::<Record>(&BLOCKED)),
                record: Cell::new(None),
                number: Cell::new(0),
                unrecorded: Cell::new(0),
                above_c: Cell::new(0),
                ending: Cell::new(0),
                filing: Cell::new(0),
                reading: Cell::new(0),
            }
        }
    }
}

per_thread! { static THREAD: Thread = Thread::new(); }

/// Whether the program was linked so that each thread has its own.
pub(crate) fn is_kept() -> bool {
    THREAD.with(System::is_kept)
}

/// The record in which the calling thread publishes where closers issue the barrier; one without a free cell, if
/// it has none yet.
#[inline(always)]
pub(crate) fn fast_record() -> &'static Record {
    // SAFETY: the INVARIANT of `fast`.
    unsafe { &*THREAD.with(|thread| thread.fast.get()) }
}

/// Publishes any call of the calling thread, the shortest way that is open to it.
#[inline(always)]
pub(crate) fn publish(callers: &AtomicU32, handle: Handle) -> Way<'static> {
    Way::cell(fast_record(), handle, false).unwrap_or_else(|| publish_otherwise(callers, handle))
}

/// Publishes where closers issue no barrier, a thread's first call, or one that no cell is left for.
#[inline(never)]
fn publish_otherwise(callers: &AtomicU32, handle: Handle) -> Way<'static> {
    let record = record();
    let in_cell = record.filter(|_| !barrier::is_counted()).and_then(|record| {
        let asymmetric = barrier::is_asymmetric();
        if asymmetric {
            THREAD.with(|thread| thread.fast.set(record));
        }
        Way::cell(record, handle, !asymmetric)
    });
    in_cell.unwrap_or_else(|| {
        if record.is_none() {
            THREAD.with(|thread| thread.unrecorded.set(thread.unrecorded.get() + 1));
        }
        Way::counted(callers, record, number())
    })
}

/// Withdraws a publication of [`publish`].
#[inline(always)]
pub(crate) fn withdraw(way: Way<'_>, callers: &AtomicU32) {
    if way.is_light() { way.leave_lightly() } else { withdraw_otherwise(way, callers) }
}

#[inline(never)]
fn withdraw_otherwise(way: Way<'_>, callers: &AtomicU32) {
    way.leave(callers);
    // A fiber may leave on another thread than it came in on.
    if way.unrecorded_thread() == Some(number()) {
        THREAD.with(|thread| thread.unrecorded.set(thread.unrecorded.get().saturating_sub(1)));
    }
}

/// The calling thread's record, which it takes if it has none; `None` where all are taken.
pub(crate) fn record() -> Option<&'static Record> {
    record_and_number().map(|(_, record)| record)
}

/// The number of the calling thread's record plus 1, or 0 where it has none: who ends a registration.
pub(crate) fn ender() -> u32 {
    record_and_number().map_or(0, |(number, _)| number + 1)
}

/// The number of a thread's record with the record.
pub(crate) fn record_and_number() -> Option<(u32, &'static Record)> {
    THREAD.with(|thread| thread.record.get()).or_else(claim_record)
}

#[cold]
fn claim_record() -> Option<(u32, &'static Record)> {
    let claimed = RECORDS_OF_THREADS.claim(&claimer());
    THREAD.with(|thread| thread.record.set(claimed));
    claimed
}

/// What there is to say of the calling thread to whom it may concern.
pub(crate) fn claimer() -> Claimer {
    Claimer {
        address: THREAD.with(System::thread_address),
        number: number(),
        thread: System::thread(),
        process: child::process(),
    }
}

/// The calling thread's record, if it has one already.
pub(crate) fn own_record() -> Option<&'static Record> {
    THREAD.with(|thread| thread.record.get()).map(|(_, record)| record)
}

/// Whether there is a call of C's below the caller on the stack, as far as the library can know: then a
/// close must not wait, for its own frames, or a cycle of threads, could stand in the way.
pub fn is_inside_any() -> bool {
    THREAD.with(|thread| {
        let record = thread.record.get();
        thread.above_c.get() != 0
            || thread.unrecorded.get() != 0
            || record.is_some_and(|(_, record)| record.is_inside())
    })
}

/// Whether the calling thread is inside a call into `handle`, as far as its record tells.
pub(crate) fn is_inside(handle: Handle) -> bool {
    THREAD.with(|thread| {
        let may_hold = |record: &Record| record.is_deep() || record.holds(handle.bits());
        let record = thread.record.get();
        thread.unrecorded.get() != 0 || record.is_some_and(|(_, record)| may_hold(record))
    })
}

/// Whether a destructor of a host value runs on the calling thread.
pub(crate) fn is_ending() -> bool {
    THREAD.with(|thread| thread.ending.get() != 0)
}

/// Runs code of the host's that has a call of C's below it, or that must be as careful.
#[inline]
pub(crate) fn above_c<R>(body: impl FnOnce() -> R) -> R {
    let _counted = Counted::begin(|thread| &thread.above_c);
    body()
}

/// As [`above_c`], for a trampoline, until [`end_above_c`].
pub(crate) fn begin_above_c() {
    THREAD.with(|thread| thread.above_c.set(thread.above_c.get() + 1));
}

/// Ends what [`begin_above_c`] began on this thread.
pub(crate) fn end_above_c() {
    THREAD.with(|thread| thread.above_c.set(thread.above_c.get() - 1));
}

/// Runs a destructor of a host value.
pub(crate) fn ending<R>(body: impl FnOnce() -> R) -> R {
    let _counted = Counted::begin(|thread| &thread.ending);
    body()
}

/// Adds an incident, or takes one.
pub(crate) fn filing<R>(body: impl FnOnce() -> R) -> R {
    let _counted = Counted::begin(|thread| &thread.filing);
    body()
}

/// Whether a signal handler runs here that interrupted [`filing`].
pub(crate) fn is_filing() -> bool {
    THREAD.with(|thread| thread.filing.get() != 0)
}

/// Something that the calling thread does, until this is dropped.
struct Counted(fn(&Thread) -> &Cell<usize>);

impl Counted {
    #[inline]
    fn begin(count: fn(&Thread) -> &Cell<usize>) -> Self {
        THREAD.with(|thread| count(thread).set(count(thread).get() + 1));
        Counted(count)
    }
}

impl Drop for Counted {
    #[inline]
    fn drop(&mut self) {
        THREAD.with(|thread| (self.0)(thread).set((self.0)(thread).get() - 1));
    }
}

/// That a registration is being read, on the thread that began to. What ends on another thread, as a fiber may,
/// stays counted.
pub(crate) struct Reading(u64);

impl Reading {
    pub(crate) fn begin() -> Self {
        THREAD.with(|thread| thread.reading.set(thread.reading.get() + 1));
        Reading(number())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.0 == number() {
            THREAD.with(|thread| thread.reading.set(thread.reading.get() - 1));
        }
    }
}

/// Whether any registration may be being read by the calling thread.
pub(crate) fn is_reading() -> bool {
    THREAD.with(|thread| thread.reading.get() != 0)
}

/// The calling thread's number in this process: never 0, never reused.
#[inline(always)]
pub(crate) fn number() -> u64 {
    match THREAD.with(|thread| thread.number.get()) {
        0 => first_number(),
        number => number,
    }
}

per_process! { static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1); }

#[cold]
fn first_number() -> u64 {
    let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
    THREAD.with(|thread| thread.number.set(number));
    number
}

/// Whether the calling thread is inside a call that is counted in its slot.
pub(crate) fn is_deep() -> bool {
    THREAD.with(|thread| {
        let record = thread.record.get();
        thread.unrecorded.get() != 0 || record.is_some_and(|(_, record)| record.is_deep())
    })
}
