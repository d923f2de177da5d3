//! The slots in which registrations live, in memory that is never freed.
//!
//! # Invariants
//!
//! * TYPE-STABLE: a slot, once allocated, is a slot for good: any index that was handed out may be
//!   looked at at any time.
//! * GUARDED: `registration` is written only while the slot is off the free list and its gate's word
//!   is 0, by the one who took it. It is read only (a) by a call that has published the handle and
//!   then read that handle in the word in a state before [`State::Releasing`], (b) by an owner of
//!   the registration, or a user of its owner's number (BY-NUMBER, `owner.rs`), for whom the slot cannot be
//!   released, (c) by the one who is releasing it.
//! * UNIQUE: a handle is given out once: the generation grows with each registration, and a slot
//!   whose generations are used up is retired.

use core::any::TypeId;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic;
use std::alloc::{Layout, alloc_zeroed};

use super::callbacks::TableInfo;
use super::custody::Custody;
use super::gate::Gate;
use super::handle::{Handle, INDEX_BITS, Kind};
use super::incident::KINDS;
use super::instance::Instance;
use super::owner::Owner;
use super::place::Place;
use super::platform::Pages;
use super::stash::Stash;
use crate::primitive::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Guarded, MODELLED, Ordering, const_fn, each,
    per_process,
};

const CHUNK_BITS: u32 = if MODELLED { 2 } else { 14 };
const CHUNK: u32 = 1 << CHUNK_BITS;
const CHUNKS: usize = if MODELLED { 1 } else { 1 << (INDEX_BITS - CHUNK_BITS) };

/// What a slot holds for its registration.
#[derive(Debug)]
pub(crate) struct Registration {
    /// The host value.
    pub(crate) value: NonNull<()>,
    /// The host type, under `'static`; `Foreign` (FOREIGN, `foreign.rs`) where it is not Rust's.
    pub(crate) key: TypeId,
    pub(crate) info: &'static TableInfo,
    /// Ends the host value: `None` where it is borrowed.
    pub(crate) drop_value: Option<unsafe fn(NonNull<()>)>,
    pub(crate) created: Place,
    pub(crate) instance: Option<&'static Instance>,
    /// The table that C has.
    pub(crate) table: *const (),
    /// The table as the macro built it, in a copy of ours (`original.rs`).
    pub(crate) template: *const (),
    pub(crate) memory: Memory,
}

/// Where a table of a registration's own stands.
#[derive(Debug)]
pub(crate) enum Memory {
    /// It has none: the table is a static.
    Static,
    /// In pages that nobody can write.
    Sealed(Pages),
    /// In ordinary memory that C may write.
    Watched(Block),
}

/// A heap block of a known layout.
#[derive(Debug)]
pub(crate) struct Block(pub(crate) NonNull<u8>, pub(crate) Layout);

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: whoever made this block allocated it with this layout and gave it away.
        unsafe { std::alloc::dealloc(self.0.as_ptr(), self.1) };
    }
}

/// One slot. All-zero bytes are a slot that was never used.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(crate) gate: Gate,
    /// Whether a call is inside, where the kind is [`Kind::Exclusive`].
    busy: AtomicBool,
    /// Some calls of the general way belong to threads that a forked child does not have.
    pub(crate) haunted: AtomicBool,
    /// The slot is to be reused once the host value has ended.
    pub(crate) release: AtomicBool,
    /// The host value is never to be ended.
    pub(crate) leaked: AtomicBool,
    /// The only thread that may end the value is being torn down, or gone.
    pub(crate) orphaned: AtomicBool,
    /// Who answers for the registration.
    pub(crate) custody: Custody,
    /// Who owns it by number.
    pub(crate) owner: Owner,
    /// The thread that may call, by our own number, where the kind is [`Kind::Local`].
    pub(crate) thread: AtomicU64,
    registration: Guarded<MaybeUninit<Registration>>,
    pub(crate) counts: Counts,
    /// The [`Place`] that ended it, or NULL.
    pub(crate) ended: AtomicPtr<()>,
    /// A panic that the host's side has yet to meet.
    pub(crate) stash: Stash,
    generation: AtomicU32,
    /// The next free slot's index plus 1.
    next: AtomicU32,
}

/// What has happened to one registration.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) refused: atomic::AtomicU64,
    pub(crate) panicked: atomic::AtomicU64,
    pub(crate) served: atomic::AtomicU64,
    pub(crate) incidents: [atomic::AtomicU32; KINDS],
    /// A bit for each kind of incident that has written its line.
    pub(crate) reported: atomic::AtomicU32,
}

impl Counts {
    const fn none() -> Self {
        Counts {
            refused: atomic::AtomicU64::new(0),
            panicked: atomic::AtomicU64::new(0),
            served: atomic::AtomicU64::new(0),
            incidents: [const { atomic::AtomicU32::new(0) }; KINDS],
            reported: atomic::AtomicU32::new(0),
        }
    }

    fn reset(&self) {
        for count in [&self.refused, &self.panicked, &self.served] {
            count.store(0, Ordering::Relaxed);
        }
        for count in &self.incidents {
            count.store(0, Ordering::Relaxed);
        }
        self.reported.store(0, Ordering::Relaxed);
    }
}

// SAFETY: GUARDED orders every access to `registration` by the gate; all else is atomic. A host
// value that may not leave its thread is reached by its own thread alone (THREAD-BOUND, `enter.rs`).
unsafe impl Sync for Slot {}

impl Slot {
    /// The registration.
    ///
    /// # Safety
    ///
    /// The caller is one of those that GUARDED names, for as long as it uses the reference.
    #[inline(always)]
    pub(crate) unsafe fn registration(&self) -> &Registration {
        // SAFETY: GUARDED: nobody writes it meanwhile.
        let registration = unsafe { &*self.registration.read() };
        // SAFETY: GUARDED: it was written before the handle could be known.
        unsafe { registration.assume_init_ref() }
    }

    /// Enters an exclusive registration, unless a call is inside already.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> bool {
        // Acquire pairs with the Release of `unlock`: one call's writes are seen by the next.
        !self.busy.swap(true, Ordering::Acquire)
    }

    #[inline(always)]
    pub(crate) fn unlock(&self) {
        self.busy.store(false, Ordering::Release);
    }
}

impl Slot {
    const_fn! {
        fn empty() -> Slot {
            Slot {
                gate: Gate::new(),
                busy: AtomicBool::new(false),
                haunted: AtomicBool::new(false),
                release: AtomicBool::new(false),
                leaked: AtomicBool::new(false),
                orphaned: AtomicBool::new(false),
                custody: Custody::new(),
                owner: Owner::new(),
                thread: AtomicU64::new(0),
                // Zeroed, so that the first chunk takes no room in the file.
                registration: Guarded::new(MaybeUninit::zeroed()),
                counts: Counts::none(),
                ended: AtomicPtr::new(core::ptr::null_mut()),
                stash: Stash::new(),
                generation: AtomicU32::new(0),
                next: AtomicU32::new(0),
            }
        }
    }
}

per_process! {
    /// The first chunk is a static, so that a call into one of its slots finds it without a look-up.
    static FIRST: [Slot; CHUNK as usize] = each!(Slot::empty());
}

/// All slots.
pub(crate) struct Slots {
    /// The chunks after the first, at their numbers.
    chunks: [AtomicPtr<Slot>; CHUNKS],
    /// The free list's head: its length of life above, the slot's index plus 1 below.
    free: AtomicU64,
    /// How many slots were ever taken.
    fresh: AtomicU32,
}

per_process! { pub(crate) static SLOTS: Slots = Slots::none(); }

/// A slot that was taken and has no registration yet.
pub(crate) struct Vacant {
    slot: &'static Slot,
    handle: Handle,
}

impl Slots {
    const_fn! {
        fn none() -> Self {
            Slots {
                chunks: each!(AtomicPtr::new(core::ptr::null_mut())),
                free: AtomicU64::new(0),
                fresh: AtomicU32::new(0),
            }
        }
    }

    /// The slot that a handle names, whatever the handle is.
    #[inline(always)]
    pub(crate) fn get(&self, handle: Handle) -> Option<&'static Slot> {
        self.at(handle.index())
    }

    /// The slot of a handle of kind [`Kind::Shared`] in the first chunk, if it could be one.
    #[inline(always)]
    pub(crate) fn first_plain(handle: Handle) -> Option<&'static Slot> {
        handle.is_plain_below(CHUNK).then(|| &FIRST[(handle.index() & (CHUNK - 1)) as usize])
    }

    #[inline(always)]
    fn at(&self, index: u32) -> Option<&'static Slot> {
        if index < CHUNK {
            return Some(&FIRST[index as usize]);
        }
        // Acquire pairs with the Release of `allocate`.
        let chunk = self.chunks[(index >> CHUNK_BITS) as usize].load(Ordering::Acquire);
        if chunk.is_null() {
            return None;
        }
        // SAFETY: TYPE-STABLE: a chunk has CHUNK slots.
        let slot = unsafe { chunk.add((index & (CHUNK - 1)) as usize) };
        // SAFETY: TYPE-STABLE: chunks are never freed, and all-zero slots are valid.
        Some(unsafe { &*slot })
    }

    /// The slots that were ever taken.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Slot> + '_ {
        let taken = self.fresh.load(Ordering::Acquire).min(1 << INDEX_BITS);
        (0..taken).filter_map(|index| self.at(index))
    }

    /// Takes a slot; `None` where memory or numbers have run out.
    pub(crate) fn take(&self, kind: Kind) -> Option<Vacant> {
        let index = self.pop().or_else(|| self.take_fresh())?;
        let slot = self.at(index)?;
        let generation = slot.generation.load(Ordering::Relaxed) + 1;
        slot.generation.store(generation, Ordering::Relaxed);
        Some(Vacant { slot, handle: Handle::new(index, generation, kind) })
    }

    fn take_fresh(&self) -> Option<u32> {
        let limit = 1 << INDEX_BITS;
        let index = self.fresh.load(Ordering::Relaxed);
        self.allocate(index.min(limit - 1))?;
        let taken = self.fresh.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |fresh| {
            (fresh < limit).then(|| fresh + 1)
        });
        let index = taken.ok()?;
        self.allocate(index)?;
        Some(index)
    }

    /// Sees to it that the chunk of slot `index` exists.
    fn allocate(&self, index: u32) -> Option<()> {
        let chunk = &self.chunks[(index >> CHUNK_BITS) as usize];
        if index < CHUNK || !chunk.load(Ordering::Acquire).is_null() {
            return Some(());
        }
        let layout = Layout::array::<Slot>(CHUNK as usize).ok()?;
        // SAFETY: the layout is not empty.
        let new: *mut Slot = unsafe { alloc_zeroed(layout) }.cast();
        if new.is_null() {
            return None;
        }
        // Release pairs with the Acquire of `at`.
        let raced =
            chunk.compare_exchange(core::ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire);
        if raced.is_err() {
            // SAFETY: just allocated with this layout, and nobody else has it.
            unsafe { std::alloc::dealloc(new.cast(), layout) };
        }
        Some(())
    }

    fn pop(&self) -> Option<u32> {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            let index = (head as u32).checked_sub(1)?;
            let next = self.at(index)?.next.load(Ordering::Relaxed);
            let new = (head >> 32).wrapping_add(1) << 32 | u64::from(next);
            match self.free.compare_exchange(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(index),
                Err(seen) => head = seen,
            }
        }
    }

    fn push(&self, index: u32, slot: &Slot) {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            slot.next.store(head as u32, Ordering::Relaxed);
            let new = (head >> 32).wrapping_add(1) << 32 | u64::from(index + 1);
            match self.free.compare_exchange(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(seen) => head = seen,
            }
        }
    }

    /// Takes the registration out of a slot and lets the slot be reused, unless its generations
    /// are used up.
    ///
    /// # Safety
    ///
    /// The registration is in [`State::Releasing`](super::handle::State), nobody is inside, the host
    /// value has ended, and the caller alone does this.
    pub(crate) unsafe fn free(&self, handle: Handle, slot: &'static Slot) -> Registration {
        // SAFETY: GUARDED (c).
        let registration = unsafe { slot.registration.write().cast::<Registration>().read() };
        slot.gate.clear();
        if handle.generation() != u32::MAX {
            self.push(handle.index(), slot);
        }
        registration
    }
}

impl Vacant {
    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    /// Completes the slot and opens its gate.
    pub(crate) fn open(self, registration: Registration) -> &'static Slot {
        let slot = self.slot;
        slot.counts.reset();
        slot.thread.store(super::thread::number(), Ordering::Relaxed);
        slot.ended.store(core::ptr::null_mut(), Ordering::Relaxed);
        for flag in [&slot.busy, &slot.haunted, &slot.release, &slot.leaked, &slot.orphaned] {
            flag.store(false, Ordering::Relaxed);
        }
        slot.custody.reset();
        slot.stash.reopen();
        // SAFETY: GUARDED: the slot was taken, and its word is 0 until the next line.
        unsafe { slot.registration.write().cast::<Registration>().write(registration) };
        slot.gate.open(self.handle);
        slot
    }

    /// Gives the slot back unused. Its generation is spent.
    pub(crate) fn give_back(self) {
        if self.handle.generation() != u32::MAX {
            SLOTS.push(self.handle.index(), self.slot);
        }
    }
}
