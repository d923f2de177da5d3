//! The cells in which threads publish what they are inside of.
//!
//! # Invariants
//!
//! * ONE-OWNER: a record is used by at most one thread that runs. It is claimed by a compare-exchange on
//!   `owner`, whose upper half counts the claims. It is claimed from another thread only when that one is
//!   known to be gone: the system says so, or the claimer's locals are at the same address.
//! * OWN-CELL: a non-zero cell is cleared by the call that filled it and by nothing else. A record with
//!   such a cell is not claimed by anybody else, though its thread be gone.
//! * STAYS (`region.rs`): a closer may scan any record at any time.
//! * MARKED: a closer that has issued the heavy barrier, and then scans the records that are marked as owned, sees
//!   every cell that was filled before. A thread marks its record after it has claimed it, and before it publishes
//!   anything. The mark goes before the record is free, by the hand of the one who frees it.

use crate::child;
use crate::limits::{ADDRESSES, CELLS, FEW, RECORDS, RECORDS_OF_A_CHUNK, SCANS_OF_A_LOOK};
use crate::platform::{Platform, System};
use crate::primitive::{AtomicU32, AtomicU64, AtomicUsize, Ordering, const_fn, each, per_process};
use crate::region::{Region, Zeroed};

/// The owner of a record that is being claimed, or taken from a thread that is gone.
const RECLAIMING: u32 = u32::MAX;

/// The list of a thread that takes nothing more (`left.rs`).
pub(crate) const CLOSED: u32 = u32::MAX;

/// What one thread is inside of, and what others must know of it. A closer reads the first cache line; the
/// second keeps neighbours apart.
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Record {
    cells: [AtomicU64; CELLS],
    /// How many calls that were counted in their slots came in on the owner and are still inside.
    depth: AtomicU64,
    /// The number of claims above, the kernel's number of the thread below; 0 below if it is free.
    owner: AtomicU64,
    /// The address of the owner's thread-locals.
    address: AtomicUsize,
    /// The owner's number in this process (`thread.rs`).
    number: AtomicU64,
    /// The owner's mark, by which the system knows it (`Platform::mark`).
    mark: AtomicU64,
    /// The handle of the registration whose end the owner waits for, or 0 (`wait.rs`).
    pub(crate) waits_for: AtomicU64,
    /// The number of the process in which the record was claimed (`child.rs`).
    process: AtomicU32,
    /// How many registrations the owner is ending; the record stays its own meanwhile.
    pub(crate) ends: AtomicU32,
    /// The first of the slots whose values were left to the owner (`left.rs`).
    pub(crate) left: AtomicU32,
}

// SAFETY: all of it is atomic integers.
unsafe impl Zeroed for Record {}

/// Who claims a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claimer {
    pub(crate) address: usize,
    pub(crate) number: u64,
    pub(crate) thread: u32,
    pub(crate) process: u32,
}

impl Record {
    const_fn! {
        /// A record that has no free cell, and is nobody's.
        pub(crate) fn blocked() -> Self {
            Record::with(each!(AtomicU64::new(u64::MAX); CELLS))
        }
    }

    const_fn! {
        /// A record that nobody has claimed, for where memory does not come as zeros.
        #[allow(dead_code, reason = "the models make records one by one")]
        pub(crate) fn unused() -> Self {
            Record::with(each!(AtomicU64::new(0); CELLS))
        }
    }

    const_fn! {
        fn with(cells: [AtomicU64; CELLS]) -> Self {
            Record {
                cells,
                depth: AtomicU64::new(0),
                owner: AtomicU64::new(0),
                address: AtomicUsize::new(0),
                number: AtomicU64::new(0),
                mark: AtomicU64::new(0),
                waits_for: AtomicU64::new(0),
                process: AtomicU32::new(0),
                ends: AtomicU32::new(0),
                left: AtomicU32::new(0),
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

    /// Whether a call into the registration `bits` stands in a cell.
    ///
    /// Acquire pairs with the Release of the leave that emptied the cell, or with that of a later
    /// entry of the same thread, which comes after the leave.
    pub(crate) fn holds(&self, bits: u64) -> bool {
        self.cells.iter().any(|cell| cell.load(Ordering::Acquire) == bits)
    }

    /// The handles that stand in the cells.
    pub(crate) fn published(&self) -> impl Iterator<Item = u64> + '_ {
        self.cells.iter().map(|cell| cell.load(Ordering::Acquire)).filter(|bits| *bits != 0)
    }

    pub(crate) fn depth(&self) -> &AtomicU64 {
        &self.depth
    }

    /// Whether a call that is counted in its slot came in here and is still inside. A fiber may be leaving on
    /// another thread.
    ///
    /// Acquire pairs with the Release of `Way::counted`: whose call it is, is known too ([`Record::is_lost`]).
    pub(crate) fn is_deep(&self) -> bool {
        self.depth.load(Ordering::Acquire) != 0
    }

    /// Whether any call that came in on the owner is still inside.
    pub(crate) fn is_inside(&self) -> bool {
        self.is_deep() || self.published().next().is_some()
    }

    /// The kernel's number of the owner, or 0.
    pub(crate) fn thread(&self) -> u32 {
        self.owner.load(Ordering::Relaxed) as u32
    }

    /// The owner's number in this process.
    ///
    /// Relaxed: whoever looks for a thread's record has read what the thread did when it had claimed that.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    /// Whether the owner was another process's, of which this one is a child.
    ///
    /// Acquire pairs with the Release of `note_owner`: whoever sees the owner of a child sees its number, too, and no
    /// older owner any more.
    pub(crate) fn is_inherited(&self, process: u32) -> bool {
        self.process.load(Ordering::Acquire) != process
    }

    /// Whether the owner is still there to leave what it is inside of, or to finish what it ends.
    pub(crate) fn is_running(&self) -> bool {
        let thread = self.thread();
        thread != 0
            && (thread == RECLAIMING
                || !self.is_inherited(child::process())
                    && System::is_running(thread, self.mark.load(Ordering::Relaxed)))
    }

    /// Whether the owner is gone, and `is_here` says that what it was seen at is still there. A thread that is gone
    /// does nothing more, so this order; and the record may be another's by now, who does.
    pub(crate) fn is_lost(&self, is_here: impl FnOnce(&Record) -> bool) -> bool {
        // Acquire pairs with the Release of `note_owner`: what was noted is this owner's, or a later one's.
        let owner = self.owner.load(Ordering::Acquire);
        // `is_here` acquires what it sees, and with that whose it is.
        !self.is_running() && is_here(self) && self.owner.load(Ordering::Relaxed) == owner
    }

    /// Takes the record in hand from what it was seen to be, by an Acquire that pairs with the Release of `free_if`; the
    /// claims that this makes. `None` where it is that no more.
    fn reclaim(&self, seen: u64) -> Option<u64> {
        let claims = next_claim(seen);
        let marked = claims | u64::from(RECLAIMING);
        let taken = self.owner.compare_exchange(seen, marked, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok().then_some(claims)
    }

    /// Claims the record from what it was seen to be.
    fn claim(&self, seen: u64, claimer: &Claimer) -> bool {
        let Some(claims) = self.reclaim(seen) else { return false };
        // A list that its last owner closed is open again; what stands in an open one is looked at by the
        // new owner (`left.rs`).
        let _ = self.left.compare_exchange(CLOSED, 0, Ordering::Relaxed, Ordering::Relaxed);
        self.note_owner(claims, claimer);
        true
    }

    /// Notes whose the record is.
    fn note_owner(&self, claims: u64, claimer: &Claimer) {
        self.address.store(claimer.address, Ordering::Relaxed);
        self.mark.store(System::mark(), Ordering::Relaxed);
        self.number.store(claimer.number, Ordering::Relaxed);
        self.process.store(claimer.process, Ordering::Release);
        // Last, for whether the owner runs is asked with what was noted.
        self.owner.store(claims | u64::from(claimer.thread), Ordering::Release);
    }

    /// Notes that the owner is the only thread of a child process, under the number it has there.
    pub(crate) fn keep_in_child(&self, claimer: &Claimer) {
        let claims = next_claim(self.owner.load(Ordering::Relaxed));
        // Before it is no longer inherited, so that nobody who has looked at it before frees it.
        self.owner.store(claims | u64::from(RECLAIMING), Ordering::Relaxed);
        self.note_owner(claims, claimer);
    }

    /// Forgets what a thread did that this process, a child, does not have.
    fn clear(&self) {
        self.cells.iter().for_each(|cell| cell.store(0, Ordering::Relaxed));
        self.depth.store(0, Ordering::Relaxed);
        self.ends.store(0, Ordering::Relaxed);
        self.waits_for.store(0, Ordering::Relaxed);
    }

    fn is_ending(&self) -> bool {
        self.ends.load(Ordering::Relaxed) != 0
    }

    /// Frees the record if it `may` be, as asked after a look at whose it is: so one that was claimed before
    /// that look is asked for by what its owner has noted, and one that is claimed later is not freed.
    fn free_if(&self, may: impl FnOnce() -> bool, clear: impl FnOnce()) -> bool {
        let seen = self.owner.load(Ordering::Acquire);
        let thread = seen as u32;
        if thread == 0 || thread == RECLAIMING || !may() {
            return false;
        }
        let Some(claims) = self.reclaim(seen) else { return false };
        clear();
        self.address.store(0, Ordering::Relaxed);
        self.owner.store(claims, Ordering::Release);
        true
    }
}

/// The upper half of an owner word, one claim later. It may wrap: a claimer would have to sleep through
/// 2^32 claims of one record.
fn next_claim(owner: u64) -> u64 {
    ((owner >> 32).wrapping_add(1)) << 32
}

/// How many records' marks stand in one word.
const GROUP: u32 = u64::BITS;
const GROUPS: usize = RECORDS.div_ceil(GROUP) as usize;

/// The word of a record's mark, and the bit.
fn place_of(number: u32) -> (usize, u64) {
    ((number / GROUP) as usize, 1 << (number % GROUP))
}

/// The numbers of the bits that are set in a word.
struct Ones(u64);

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let first = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (first < u64::BITS).then_some(first)
    }
}

/// All records.
pub(crate) struct Records {
    records: Region<Record, RECORDS, RECORDS_OF_A_CHUNK>,
    /// How many were ever claimed.
    used: AtomicU32,
    /// How many of these are free, about.
    free: AtomicU32,
    /// A bit for each record that is not free (MARKED).
    owned: [AtomicU64; GROUPS],
    /// How many scans there were, about; long ones count more.
    scans: AtomicU32,
    /// So many may be used before the records of threads that are gone are looked for.
    sweep_at: AtomicU32,
    /// The records that were claimed last by threads with such an address, by its hash, plus 1. A wrong or
    /// missing entry costs a record until the next sweep, and nothing else.
    by_address: [AtomicU32; ADDRESSES],
}

per_process! { pub(crate) static RECORDS_OF_THREADS: Records = Records::new(); }

impl Records {
    const_fn! {
        pub(crate) fn new() -> Self {
            Records {
                records: Region::new(),
                used: AtomicU32::new(0),
                free: AtomicU32::new(0),
                owned: each!(AtomicU64::new(0); GROUPS),
                scans: AtomicU32::new(0),
                sweep_at: AtomicU32::new(FEW),
                by_address: each!(AtomicU32::new(0); ADDRESSES),
            }
        }
    }

    /// Relaxed: what a scan must see is ordered by the barrier (MARKED).
    fn used(&self) -> u32 {
        self.used.load(Ordering::Relaxed).min(RECORDS)
    }

    /// The record of this number.
    pub(crate) fn at(&self, number: u32) -> Option<&Record> {
        self.records.get(number)
    }

    /// Every record that is not free, with its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Record)> {
        self.from(0)
    }

    /// As [`Records::iter`], from a number on.
    pub(crate) fn from(&self, first: u32) -> impl Iterator<Item = (u32, &Record)> {
        let groups = self.used().div_ceil(GROUP);
        (first / GROUP..groups).flat_map(move |group| {
            // Acquire pairs with the Release of `unmark`: what the calls did that are no longer looked for comes before.
            let owned = self.owned[group as usize].load(Ordering::Acquire);
            let skipped = first.saturating_sub(group * GROUP);
            Ones(if skipped < GROUP { owned >> skipped << skipped } else { 0 })
                .filter_map(move |bit| Some((group * GROUP + bit, self.at(group * GROUP + bit)?)))
        })
    }

    /// Whether a thread of this process that has a record has this number.
    pub(crate) fn has_thread(&self, number: u64, process: u32) -> bool {
        // In this order: an owner of this process has noted its own number.
        let is_it = |record: &Record| !record.is_inherited(process) && record.number() == number;
        self.iter().any(|(_, record)| is_it(record))
    }

    /// Whether a thread of this process may be running that has a record, and this lower half of a number.
    pub(crate) fn may_run(&self, lower: u32, process: u32) -> bool {
        self.iter().any(|(_, record)| {
            // A record that was inherited may be the first thread's.
            record.number() as u32 == lower && (record.is_inherited(process) || record.is_running())
        })
    }

    /// Every record that was ever claimed, with its number.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Record)> {
        (0..self.used()).filter_map(|number| Some((number, self.at(number)?)))
    }

    /// A record for a thread that has none, with its number; `None` where all are taken. It neither
    /// allocates nor locks, but asks the system for what it has to know.
    pub(crate) fn claim(&self, claimer: &Claimer) -> Option<(u32, &Record)> {
        self.claim_left_behind(claimer)
            .or_else(|| self.claim_free(claimer))
            .or_else(|| self.claim_unused(claimer))
            .inspect(|(number, _)| {
                self.mark(*number);
                self.by_address(claimer.address).store(number + 1, Ordering::Relaxed);
            })
    }

    fn by_address(&self, address: usize) -> &AtomicU32 {
        // Locals are far from each other, and aligned.
        let hash = (address as u64 >> 6).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &self.by_address[(hash >> 53) as usize % ADDRESSES]
    }

    /// The record of a thread that had the claimer's address, and so is gone.
    fn claim_left_behind(&self, claimer: &Claimer) -> Option<(u32, &Record)> {
        let number = self.by_address(claimer.address).load(Ordering::Relaxed).checked_sub(1)?;
        let record = self.at(number)?;
        let seen = record.owner.load(Ordering::Acquire);
        let is_left_behind = record.address.load(Ordering::Relaxed) == claimer.address
            && seen as u32 != RECLAIMING
            && !record.is_inside()
            && !record.is_ending();
        (is_left_behind && record.claim(seen, claimer)).then_some((number, record))
    }

    fn claim_free(&self, claimer: &Claimer) -> Option<(u32, &Record)> {
        // Acquire pairs with the Release of `count_free`: what was counted is found.
        let free = self.free.load(Ordering::Acquire);
        if free == 0 {
            return None;
        }
        let found = self.all().find(|(_, record)| {
            let seen = record.owner.load(Ordering::Acquire);
            // One that was never claimed is about to be, by the thread that counted it as used.
            seen != 0 && seen as u32 == 0 && record.claim(seen, claimer)
        });
        match found {
            Some(_) => self.count_free(|free| free.saturating_sub(1)),
            // Others took them all, unless some were freed meanwhile.
            None => {
                let _ = self.free.compare_exchange(free, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
        found
    }

    fn claim_unused(&self, claimer: &Claimer) -> Option<(u32, &Record)> {
        if self.used() >= self.sweep_at.load(Ordering::Relaxed) && self.sweep() {
            return self.claim_free(claimer).or_else(|| self.take_unused(claimer));
        }
        self.take_unused(claimer)
    }

    fn take_unused(&self, claimer: &Claimer) -> Option<(u32, &Record)> {
        let number = self.used();
        if !self.records.make(number) {
            return None;
        }
        // Another thread may be first: the record of a higher number is made as well, or this is refused.
        let next = |used| self.records.get(used).map(|_| used + 1);
        let number = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        let record = self.at(number)?;
        record.claim(0, claimer).then_some((number, record))
    }

    /// Frees the records of threads that are gone; whether there were any. As the next one comes when twice
    /// as many are used, a thread pays for a fixed number of questions to the system, on the average.
    fn sweep(&self) -> bool {
        let process = child::process();
        let freed = self.all().filter(|one| self.free_if_gone(*one, process)).count() as u32;
        self.note_free(freed);
        let running = self.used() - freed.min(self.used());
        self.sweep_at.store((2 * running).max(FEW), Ordering::Relaxed);
        freed != 0
    }

    /// Frees the record of a thread that is gone and left nothing behind. A record that a child inherited
    /// is left alone: its only thread may have it, under a number of the parent's.
    fn free_if_gone(&self, (number, record): (u32, &Record), process: u32) -> bool {
        // A thread that is gone publishes nothing more, so this order.
        let left_nothing = || !record.is_running() && !record.is_inside() && !record.is_ending();
        let may = || !record.is_inherited(process) && left_nothing();
        record.free_if(may, || self.unmark(number))
    }

    /// Frees the records of threads that this process, a child, does not have, but for those with a call that
    /// `stays`.
    pub(crate) fn free_inherited(&self, process: u32, stays: impl Fn(u64) -> bool) {
        let free = |(number, record): &(u32, &Record)| {
            record.free_if(
                || record.is_inherited(process) && !record.published().any(&stays),
                || {
                    record.clear();
                    self.unmark(*number);
                },
            )
        };
        self.note_free(self.all().filter(free).count() as u32);
    }

    /// MARKED: whoever has claimed the record calls this before it publishes there.
    fn mark(&self, number: u32) {
        let (group, bit) = place_of(number);
        self.owned[group].fetch_or(bit, Ordering::Relaxed);
    }

    fn unmark(&self, number: u32) {
        let (group, bit) = place_of(number);
        self.owned[group].fetch_and(!bit, Ordering::Release);
    }

    /// Whoever scans many records calls this: now and then it looks whether the thread of one of them is gone,
    /// so that scans become shorter again when there are fewer threads.
    pub(crate) fn tidy(&self) {
        let used = self.used();
        if used <= FEW {
            return;
        }
        // The longer the scan, the less does a look add to it. Lost counts do no harm.
        let step = (used / SCANS_OF_A_LOOK + 1).min(SCANS_OF_A_LOOK);
        let before = self.scans.load(Ordering::Relaxed);
        let scans = before.wrapping_add(step);
        self.scans.store(scans, Ordering::Relaxed);
        if scans / SCANS_OF_A_LOOK != before / SCANS_OF_A_LOOK {
            self.look_at(scans / SCANS_OF_A_LOOK % used);
        }
    }

    #[cold]
    fn look_at(&self, number: u32) {
        let Some(record) = self.at(number) else { return };
        if self.free_if_gone((number, record), child::process()) {
            self.note_free(1);
        }
    }

    /// Notes that records were freed.
    pub(crate) fn note_free(&self, freed: u32) {
        self.count_free(|free| free.saturating_add(freed));
    }

    fn count_free(&self, count: impl Fn(u32) -> u32) {
        let count = |free| Some(count(free));
        let _ = self.free.fetch_update(Ordering::Release, Ordering::Relaxed, count);
    }
}
