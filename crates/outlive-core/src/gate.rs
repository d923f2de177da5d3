//! The gate that every call passes: rundown protection for one registration.
//!
//! A call publishes its handle, then reads the gate's word; a closer writes the word, issues the
//! heavy barrier, then reads what is published. Whichever order they fall in, the call sees the
//! closed gate or the closer sees the call.
//!
//! # Ordering pairs
//!
//! * PUBLISH: `publish; light fence; read the gate` pairs with `close the gate; heavy barrier; scan`.
//! * LEFT: the Release that withdraws a publication pairs with the Acquire of a scan, so that all
//!   that a call did comes before what the closer does next.
//! * LAST-OUT: `withdraw; light fence; read the gate`, and where that is closed `full fence; read the life;
//!   scan`, pairs with `defer in the life; heavy barrier; scan`, so that the last call out sees that the
//!   value was left to it, or the closer sees that it is out. Two calls that leave together see each other,
//!   for each has a full fence between its withdrawal and its scan.
//! * OPEN: the Release that opens the gate pairs with the Acquire of the call's comparison, which
//!   thereby sees the registration.

use core::marker::PhantomData;
use core::num::NonZero;
use core::ptr::NonNull;

use crate::handle::Handle;
use crate::primitive::{AtomicU32, AtomicU64, Ordering, compiler_fence, const_fn, fence};
use crate::record::Record;

/// The word that calls compare: the handle of the registration that is open in this slot, or 0; or what stands for a
/// handle whose registration serves those alone that take back ([`serving`]).
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Gate(AtomicU64);

impl Gate {
    const_fn! {
        pub(crate) fn new() -> Self {
            Gate(AtomicU64::new(0))
        }
    }

    /// Admits calls from here on. The registration must be complete.
    pub(crate) fn open(&self, handle: Handle) {
        self.0.store(handle.bits(), Ordering::Release); // OPEN
    }

    /// Admits no call of this registration any more, as soon as the caller has issued the heavy barrier (PUBLISH).
    pub(crate) fn close(&self, handle: Handle) {
        if !self.exchange(handle.bits(), 0) {
            self.exchange(serving(handle), 0);
        }
    }

    /// As [`Gate::close`], but goes on to admit those calls by which C takes back what it lent.
    pub(crate) fn serve(&self, handle: Handle) {
        self.exchange(handle.bits(), serving(handle));
    }

    fn exchange(&self, from: u64, to: u64) -> bool {
        self.0.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether a call that has published may go on.
    #[inline(always)]
    pub(crate) fn admits(&self, handle: Handle) -> bool {
        self.0.load(Ordering::Acquire) == handle.bits() // OPEN
    }

    /// Whether a call that has published, and by which C takes back, may go on.
    pub(crate) fn admits_taking_back(&self, handle: Handle) -> bool {
        let word = self.0.load(Ordering::Acquire); // OPEN
        word == handle.bits() || word == serving(handle)
    }
}

/// The gate's word of a registration that serves those that take back. It is the user data of no call that comes here, for
/// its index is another slot's.
fn serving(handle: Handle) -> u64 {
    !handle.bits()
}

/// How a call got in, and so how it gets out, in one word.
///
/// TAGGED: the address is that of a cell of a record, with [`FENCED`] added where the call fences
/// for itself; or, for a call that is counted in its slot, that of a record's depth with [`COUNTED`], or
/// where the thread has no record its number, above [`COUNTED`] and [`UNRECORDED`]. Cells and depths are
/// aligned to 8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a>(NonNull<AtomicU64>, PhantomData<&'a AtomicU64>);

const FENCED: usize = 1;
const COUNTED: usize = 2;
const UNRECORDED: usize = 4;
const TAGS: usize = FENCED | COUNTED | UNRECORDED;
const TAG_BITS: u32 = 3;

impl<'a> Way<'a> {
    #[inline(always)]
    fn by(cell: &'a AtomicU64, tag: usize) -> Self {
        Way(NonNull::from(cell).map_addr(|address| address | tag), PhantomData)
    }

    /// Publishes in the outermost cell, if that is free.
    #[inline(always)]
    pub(crate) fn outermost(record: &'a Record, handle: Handle) -> Option<Way<'a>> {
        let cell = record.outermost();
        // A signal handler between the load and the store leaves the cell as it found it.
        if cell.load(Ordering::Acquire) != 0 {
            return None;
        }
        cell.store(handle.bits(), Ordering::Release);
        compiler_fence(Ordering::SeqCst); // PUBLISH, light side
        Some(Way(NonNull::from(cell), PhantomData))
    }

    /// Publishes in any free cell of the calling thread.
    #[inline(always)]
    pub(crate) fn cell(record: &'a Record, handle: Handle, fenced: bool) -> Option<Way<'a>> {
        let cell = record.free_cell()?;
        cell.store(handle.bits(), Ordering::Release);
        if fenced {
            fence(Ordering::SeqCst); // PUBLISH, where closers issue a mere fence
            return Some(Way::by(cell, FENCED));
        }
        compiler_fence(Ordering::SeqCst); // PUBLISH, light side
        Some(Way::by(cell, 0))
    }

    /// Publishes in the slot's count of callers, and in the depth of the calling thread's record; `thread`
    /// is its number, for one that has no record.
    pub(crate) fn counted(callers: &AtomicU32, record: Option<&'a Record>, thread: u64) -> Way<'a> {
        // The depth first: a signal handler that forks in between leaves a child that knows of the call.
        let way = record.map_or_else(
            || Way::unrecorded(thread),
            |record| {
                // Release pairs with the Acquire of `Record::is_deep`.
                record.depth().fetch_add(1, Ordering::Release);
                Way::by(record.depth(), COUNTED)
            },
        );
        callers.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst); // PUBLISH
        way
    }

    fn unrecorded(thread: u64) -> Way<'a> {
        const TAGGED: NonZero<usize> = NonZero::new(COUNTED | UNRECORDED).unwrap();
        let word = TAGGED | (thread as usize) << TAG_BITS;
        // It is no address: nothing is read through it.
        let word = core::ptr::without_provenance_mut(word.get());
        Way(NonNull::new(word).unwrap_or(NonNull::dangling()), PhantomData)
    }

    /// The number of the thread that came in without a record, if this is such a call.
    pub(crate) fn unrecorded_thread(self) -> Option<u64> {
        let is_unrecorded = self.tag() & UNRECORDED != 0;
        is_unrecorded.then(|| (self.0.addr().get() >> TAG_BITS) as u64)
    }

    fn tag(self) -> usize {
        self.0.addr().get() & TAGS
    }

    /// Whether the publication is in a cell that the heavy barrier covers.
    #[inline(always)]
    pub(crate) fn is_light(self) -> bool {
        self.tag() == 0
    }

    /// Withdraws a publication that [`is_light`](Way::is_light), by the very cell that was taken.
    #[inline(always)]
    pub(crate) fn leave_lightly(self) {
        debug_assert!(self.is_light());
        // SAFETY: TAGGED: without a tag it is a cell, valid for `'a`.
        let cell: &'a AtomicU64 = unsafe { self.0.as_ref() };
        cell.store(0, Ordering::Release); // LEFT
        compiler_fence(Ordering::SeqCst); // LAST-OUT, light side
    }

    /// Withdraws any publication.
    pub(crate) fn leave(self, callers: &AtomicU32) {
        if self.tag() & COUNTED == 0 {
            Way(self.0.map_addr(without_tags), PhantomData).leave_lightly();
        } else {
            callers.fetch_sub(1, Ordering::Release); // LEFT
            self.leave_depth();
        }
        if !self.is_light() {
            fence(Ordering::SeqCst); // LAST-OUT
        }
    }

    /// Takes a call that is counted out of the very depth that it was counted in.
    fn leave_depth(self) {
        if self.tag() == COUNTED {
            // SAFETY: TAGGED: without its tag it is a depth, valid for `'a`.
            let depth: &'a AtomicU64 = unsafe { self.0.map_addr(without_tags).as_ref() };
            depth.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The way as a number, for a trampoline in C to keep.
    pub(crate) fn into_raw(self) -> NonNull<()> {
        self.0.cast()
    }

    /// # Safety
    ///
    /// It came from [`Way::into_raw`], of a way that is valid for `'a` and was not left.
    #[inline(always)]
    pub(crate) unsafe fn from_raw(raw: NonNull<()>) -> Self {
        Way(raw.cast(), PhantomData)
    }
}

fn without_tags(address: NonZero<usize>) -> NonZero<usize> {
    // A cell's address is larger than its tags.
    NonZero::new(address.get() & !TAGS).unwrap_or(address)
}
