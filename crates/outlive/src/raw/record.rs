//! The cells in which threads publish what they are inside of.
//!
//! # Invariants
//!
//! * ONE-OWNER: a record is used by at most one live thread. It is claimed by a compare-exchange
//!   on `owner`, whose upper half counts the claims, and freed only when its thread is known to be
//!   dead: the kernel says so, or a thread with the same thread-local address exists.
//! * STAYS: a record is never freed or moved, so that a closer may scan it at any time.
//! * OWN-CELL: a non-zero cell is cleared by the call that filled it and by nothing else.

use crate::primitive::{AtomicPtr, AtomicU64, AtomicUsize, MODELLED, Ordering, const_fn, each};

/// How deeply calls of one thread nest before the general way is taken.
pub(crate) const CELLS: usize = if MODELLED { 2 } else { 7 };

const CHUNK: usize = if MODELLED { 3 } else { 32 };
/// Fewer free records than this, and the host's side adds a chunk.
const RESERVE: usize = if MODELLED { 1 } else { 8 };
/// The owner of a record that is being freed.
const RECLAIMING: u32 = u32::MAX;

/// What one thread is inside of. Two cache lines, so that neighbours do not disturb each other.
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Record {
    /// The number of claims above the kernel's number of the thread; 0 below if it is free.
    owner: AtomicU64,
    cells: [AtomicU64; CELLS],
    /// The address of the owner's thread-locals, which no other live thread has.
    address: AtomicUsize,
    /// How many calls by the general way came in on the owner and are still inside, wherever they leave.
    depth: AtomicU64,
}

impl Record {
    const_fn! {
        pub(crate) fn new() -> Self {
            Record {
                owner: AtomicU64::new(0),
                cells: each!(AtomicU64::new(0)),
                address: AtomicUsize::new(0),
                depth: AtomicU64::new(0),
            }
        }
    }

    const_fn! {
        /// A record that has no free cell and is nobody's: it stands for "none" where a look at its
        /// cells has to be made anyway.
        pub(crate) fn blocked() -> Self {
            Record {
                owner: AtomicU64::new(0),
                cells: each!(AtomicU64::new(u64::MAX)),
                address: AtomicUsize::new(0),
                depth: AtomicU64::new(0),
            }
        }
    }

    /// The cell that an outermost call takes.
    #[inline(always)]
    pub(crate) fn outermost(&self) -> &AtomicU64 {
        &self.cells[0]
    }

    /// A cell that no call of this thread has taken.
    ///
    /// Acquire pairs with the Release of a leave: a fiber may have left on another thread.
    #[inline(always)]
    pub(crate) fn free_cell(&self) -> Option<&AtomicU64> {
        self.cells.iter().find(|cell| cell.load(Ordering::Acquire) == 0)
    }

    /// Whether a call into the registration `bits` stands in this record.
    ///
    /// Acquire pairs with the Release of the leave that emptied the cell, or with that of a later
    /// entry of the same thread, which comes after the leave.
    pub(crate) fn holds(&self, bits: u64) -> bool {
        self.cells.iter().any(|cell| cell.load(Ordering::Acquire) == bits)
    }

    /// Whether a call that came in on this record's thread is still inside.
    pub(crate) fn is_inside(&self) -> bool {
        self.is_deep() || self.published().next().is_some()
    }

    /// Whether one that no cell was left for is.
    ///
    /// Relaxed: nothing is read by what this says. A fiber may be leaving on another thread.
    pub(crate) fn is_deep(&self) -> bool {
        self.depth.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn depth(&self) -> &AtomicU64 {
        &self.depth
    }

    /// What this record's thread is inside of.
    pub(crate) fn published(&self) -> impl Iterator<Item = u64> + '_ {
        self.cells.iter().map(|cell| cell.load(Ordering::Acquire)).filter(|bits| *bits != 0)
    }

    /// The kernel's number of the owner, or 0.
    pub(crate) fn thread(&self) -> u32 {
        self.owner.load(Ordering::Relaxed) as u32
    }

    fn claim(&self, seen: u64, address: usize, thread: u32) -> bool {
        let next = next_claim(seen) | u64::from(thread);
        let claimed =
            self.owner.compare_exchange(seen, next, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if claimed {
            self.address.store(address, Ordering::Relaxed);
        }
        claimed
    }

    /// Frees the record of a thread that is dead. A call that it never left keeps the record.
    fn reclaim(&self, is_alive: impl Fn(u32) -> bool) {
        let seen = self.owner.load(Ordering::Acquire);
        let thread = seen as u32;
        // A dead thread publishes nothing more, so this order.
        if thread == 0 || thread == RECLAIMING || is_alive(thread) || self.is_inside() {
            return;
        }
        let claim = next_claim(seen);
        let marked = claim | u64::from(RECLAIMING);
        if self.owner.compare_exchange(seen, marked, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            self.address.store(0, Ordering::Relaxed);
            self.owner.store(claim, Ordering::Release);
        }
    }

    /// Makes the record the one of `thread`, or a free one, in a forked child that has no other
    /// thread yet.
    pub(crate) fn reset_after_fork(&self, owner: Option<u32>) {
        let claim = next_claim(self.owner.load(Ordering::Relaxed));
        if owner.is_none() {
            for cell in &self.cells {
                cell.store(0, Ordering::Relaxed);
            }
            self.address.store(0, Ordering::Relaxed);
            self.depth.store(0, Ordering::Relaxed);
        }
        self.owner.store(claim | u64::from(owner.unwrap_or(0)), Ordering::Release);
    }
}

/// The upper half of an owner word, one claim later. It may wrap: a reclaimer would have to sleep
/// through 2^32 claims of one record.
fn next_claim(owner: u64) -> u64 {
    ((owner >> 32).wrapping_add(1)) << 32
}

/// All records, in chunks that are added and never removed.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Records {
    records: [Record; CHUNK],
    next: AtomicPtr<Records>,
}

impl Records {
    const_fn! {
        pub(crate) fn new() -> Self {
            Records {
                records: each!(Record::new()),
                next: AtomicPtr::new(core::ptr::null_mut()),
            }
        }
    }

    /// Every record there is.
    ///
    /// Acquire pairs with the Release of [`Records::grow`].
    pub(crate) fn iter(&'static self) -> impl Iterator<Item = &'static Record> {
        let mut chunk = Some(self);
        core::iter::from_fn(move || {
            let this = chunk?;
            // SAFETY: STAYS, `next` is NULL or a chunk that was leaked by `grow`.
            chunk = unsafe { this.next.load(Ordering::Acquire).as_ref() };
            Some(&this.records)
        })
        .flatten()
    }

    /// A record for the calling thread, which is `thread` to the kernel and whose thread-locals
    /// are at `address`. Neither allocates, locks, nor makes a system call.
    pub(crate) fn claim(&'static self, address: usize, thread: u32) -> Option<&'static Record> {
        let left_behind = self.iter().find(|record| {
            let seen = record.owner.load(Ordering::Acquire);
            record.address.load(Ordering::Relaxed) == address
                && seen as u32 != RECLAIMING
                && !record.is_inside()
                && record.claim(seen, address, thread)
        });
        left_behind.or_else(|| {
            self.iter().find(|record| {
                let seen = record.owner.load(Ordering::Acquire);
                seen as u32 == 0 && record.claim(seen, address, thread)
            })
        })
    }

    /// Frees the records of dead threads and sees to it that some are free. Host's side: it asks
    /// the kernel and may allocate.
    pub(crate) fn replenish(&'static self, is_alive: impl Fn(u32) -> bool) {
        if self.free() >= RESERVE {
            return;
        }
        for record in self.iter() {
            record.reclaim(&is_alive);
        }
        if self.free() < RESERVE {
            self.grow();
        }
    }

    fn free(&'static self) -> usize {
        self.iter().filter(|record| record.thread() == 0).count()
    }

    fn grow(&'static self) {
        let mut last = self;
        let added = Box::into_raw(Box::new(Records::new()));
        // Release pairs with the Acquire of `iter`.
        while let Err(next) = last.next.compare_exchange(
            core::ptr::null_mut(),
            added,
            Ordering::Release,
            Ordering::Acquire,
        ) {
            // SAFETY: STAYS, a chunk that another thread leaked here.
            last = unsafe { &*next };
        }
    }
}
