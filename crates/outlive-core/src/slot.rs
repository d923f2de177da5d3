//! The slots in which registrations live, in memory that is never freed.
//!
//! # Invariants
//!
//! * TYPE-STABLE: a slot, once made, is a slot for good (STAYS, `region.rs`): any index may be looked at at any
//!   time.
//! * GUARDED: what is [`Guarded`] in a slot and its details is written only while the slot is off the free list
//!   and its life is Free, by the one who took it. It is read only (a) by a call that was admitted and has not
//!   left, (b) by one that stands among the slot's `readers`, and has then read its handle in the life in a state
//!   that is readable, (c) by an owner of the registration, before it has given up its claim, (d) by the one whose
//!   event moved it to Free (ONE-FREER, `life.rs`), or to Ending before it brings Finish (ONE-ENDER), (e) by whoever
//!   has seen it in Kept, which it never leaves.
//! * UNIQUE: a handle is given out once: the generation grows with each registration, and a slot
//!   whose generations are used up is retired.

use core::alloc::Layout;
use core::any::TypeId;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{self, AtomicU64 as Count};

use crate::arena::Position;
use crate::error::HoldErrorKind;
use crate::gate::Gate;
use crate::handle::{GENERATION_BITS, Handle, Kind};
use crate::incident::KINDS;
use crate::instance::Instance;
use crate::life::{Life, Phase};
use crate::limits::{SLOTS, SLOTS_OF_A_CHUNK};
use crate::place::Place;
use crate::platform::{CLibrary, System};
use crate::primitive::{
    AtomicPtr, AtomicU32, AtomicU64, Guarded, Ordering, const_fn, fence, per_process,
};
use crate::region::{Region, Zeroed};
use crate::result::KeptResult;
use crate::stash::Stash;
use crate::table_type::TableType;
use crate::tasks::Tasks;
use crate::thread;
use crate::ties::Ties;

/// What a call needs of a registration: one cache line, and one beside it for a small host value. All-zero bytes
/// are a slot that was never used.
#[repr(C, align(128))]
pub(crate) struct Slot {
    pub(crate) gate: Gate,
    /// Of a [`Kind::Local`] registration: the number of its thread. Of a [`Kind::Exclusive`] one: 1 while
    /// somebody is inside. Of a [`Kind::Shared`] one: the number of the thread that lent the value, or 0.
    restriction: AtomicU64,
    subject: Guarded<MaybeUninit<Subject>>,
    pub(crate) life: Life,
    details: AtomicPtr<Details>,
    room: Guarded<Room>,
}

/// Where a host value stands that is small enough.
#[repr(C, align(64))]
struct Room(MaybeUninit<[u8; ROOM]>);

const ROOM: usize = 64;

/// Whether a host value of this layout can stand in its registration's slot.
pub const fn fits_in_slot(layout: Layout) -> bool {
    layout.size() <= ROOM && layout.align() <= align_of::<Room>()
}

/// The host value, and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    /// Where the value stands; `None`: in the slot's room.
    pub(crate) value: Option<NonNull<()>>,
    /// The host type, under `'static`; that of a type described at run time is of no host type.
    pub(crate) key: TypeId,
    pub(crate) table_type: &'static TableType,
}

/// What is needed of a registration when it begins and ends, and where something is amiss.
#[repr(C, align(64))]
pub(crate) struct Details {
    registration: Guarded<MaybeUninit<Registration>>,
    /// The calls inside that are counted here, for no cell was left for them.
    pub(crate) callers: AtomicU32,
    /// 1: some of these calls may be of threads that this process, a child, does not have.
    pub(crate) lost: AtomicU32,
    /// Those who read the registration without being inside: refused calls, owners by number, the ledger.
    pub(crate) readers: AtomicU32,
    /// What of C's the host may still call (`outgoing.rs`).
    pub(crate) ties: Ties,
    /// Changes whenever a waiting closer may have to look again.
    pub(crate) changes: AtomicU32,
    /// The tasks that are to look again then.
    pub(crate) tasks: Tasks,
    /// The number of the record in which a call was seen last that kept the value from its end.
    pub(crate) hint: AtomicU32,
    /// The number of the record of a [`Kind::Local`] registration's thread.
    pub(crate) thread_record: AtomicU32,
    /// How many generations were given out.
    pub(crate) generations: AtomicU32,
    /// The next slot on the list that this one is on, plus 1: the free list, or a thread's (`left.rs`).
    pub(crate) next: AtomicU32,
    pub(crate) counts: Counts,
    /// The [`Place`] that ended it, or NULL.
    ended: AtomicPtr<()>,
    /// A panic that the host's side has yet to meet.
    pub(crate) stash: Stash,
}

#[cfg(not(outlive_model))]
const _: () = assert!(size_of::<Slot>() == 128 && core::mem::offset_of!(Slot, room) == 64);

/// What there is to know of a registration beside its [`Subject`].
#[derive(Clone, Copy)]
pub(crate) struct Registration {
    /// Ends the host value: `None` where it is not the registration's to end.
    pub(crate) drop_value: Option<unsafe fn(NonNull<()>)>,
    pub(crate) created: Place,
    pub(crate) instance: Option<&'static Instance>,
    /// The table that C has.
    pub(crate) table: NonNull<()>,
    /// Where that is the registration's own.
    pub(crate) position: Option<Position>,
    /// Whether the host owns it by number, and not by a handle.
    pub(crate) by_number: bool,
    /// What its refused calls return, where that is not in their code (`result.rs`).
    pub(crate) result: Option<&'static KeptResult>,
}

/// What has happened to one registration. It orders nothing, so that no model replaces it.
pub(crate) struct Counts {
    pub(crate) refused: Count,
    pub(crate) panicked: Count,
    pub(crate) served: Count,
    pub(crate) incidents: [atomic::AtomicU32; KINDS],
    /// The kinds of incident that have written their line, a bit each.
    pub(crate) told: atomic::AtomicU32,
}

// SAFETY: GUARDED orders every access to what is guarded; all else is atomic. A host value that may not
// leave its thread is reached by its own thread alone (THREAD-BOUND, `enter.rs`).
unsafe impl Sync for Slot {}
// SAFETY: as above.
unsafe impl Sync for Details {}
// SAFETY: integers and NULL pointers; what is guarded may be anything.
unsafe impl Zeroed for Slot {}
// SAFETY: as above.
unsafe impl Zeroed for Details {}

impl Slot {
    /// What a call needs.
    ///
    /// # Safety
    ///
    /// The caller is one of those that GUARDED names, for as long as it uses the reference.
    #[inline(always)]
    pub(crate) unsafe fn subject(&self) -> &Subject {
        // SAFETY: GUARDED: nobody writes it meanwhile.
        let subject = unsafe { &*self.subject.read() };
        // SAFETY: GUARDED: it was written before the handle could be known.
        unsafe { subject.assume_init_ref() }
    }

    /// The host value.
    ///
    /// # Safety
    ///
    /// As for [`Slot::subject`].
    #[inline(always)]
    pub(crate) unsafe fn value(&self) -> NonNull<()> {
        // SAFETY: the caller's promise.
        unsafe { self.subject() }.value.unwrap_or_else(|| self.room())
    }

    /// As [`Slot::value`], for a value that most likely stands in the room: a processor that expects it there
    /// reads it before it has read the subject.
    ///
    /// # Safety
    ///
    /// As for [`Slot::subject`].
    #[inline(always)]
    pub(crate) unsafe fn value_in_room(&self) -> NonNull<()> {
        // SAFETY: the caller's promise.
        match unsafe { self.subject() }.value {
            None => self.room(),
            Some(value) => elsewhere(value),
        }
    }

    /// Where a value stands that was moved into the slot.
    #[inline(always)]
    pub(crate) fn room(&self) -> NonNull<()> {
        // SAFETY: it is the address of a field.
        unsafe { NonNull::new_unchecked(self.room.write()) }.cast()
    }

    /// The details. They are there for each slot that was ever taken.
    pub(crate) fn details(&self) -> &'static Details {
        // Acquire pairs with the Release of `take`; the slot has been taken before anybody gets here.
        let details = self.details.load(Ordering::Acquire);
        // SAFETY: TYPE-STABLE: it is the address of this slot's details.
        unsafe { &*details }
    }

    /// Whether the slot was ever taken, so that it has details.
    pub(crate) fn was_taken(&self) -> bool {
        !self.details.load(Ordering::Relaxed).is_null()
    }

    /// The number of the thread that a [`Kind::Local`] registration is bound to, or that lent a value for any thread.
    #[inline(always)]
    pub(crate) fn thread(&self) -> u64 {
        self.restriction.load(Ordering::Relaxed)
    }

    /// Enters a [`Kind::Exclusive`] registration, unless a call is inside already.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> bool {
        // Acquire pairs with the Release of `unlock`: one call's writes are seen by the next.
        self.restriction.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[inline(always)]
    pub(crate) fn unlock(&self) {
        self.restriction.store(0, Ordering::Release);
    }
}

/// A call, so that what comes after it is reached by a jump, which is predicted, and not by a value, which is
/// waited for.
#[cold]
#[inline(never)]
fn elsewhere(value: NonNull<()>) -> NonNull<()> {
    value
}

impl Details {
    /// The registration.
    ///
    /// # Safety
    ///
    /// The caller is one of those that GUARDED names, for as long as it uses the reference.
    pub(crate) unsafe fn registration(&self) -> &Registration {
        // SAFETY: GUARDED: nobody writes it meanwhile.
        let registration = unsafe { &*self.registration.read() };
        // SAFETY: GUARDED: it was written before the handle could be known.
        unsafe { registration.assume_init_ref() }
    }

    /// Notes the line that ends the registration, if it is the first.
    pub(crate) fn note_end(&self, at: Place) {
        let none = core::ptr::null_mut();
        let at = at.into_raw();
        let _ = self.ended.compare_exchange(none, at, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// The line that ended the registration.
    pub(crate) fn ended(&self) -> Option<Place> {
        // SAFETY: it is NULL or a place that `note_end` stored.
        unsafe { Place::from_raw(self.ended.load(Ordering::Acquire)) }
    }

    fn reset(&self, thread_record: u32) {
        let Counts { refused, panicked, served, incidents, told } = &self.counts;
        for count in [refused, panicked, served] {
            count.store(0, Ordering::Relaxed);
        }
        for count in incidents.iter().chain([told]) {
            count.store(0, Ordering::Relaxed);
        }
        if self.callers.load(Ordering::Relaxed) == 0 {
            self.lost.store(0, Ordering::Relaxed);
        }
        self.hint.store(0, Ordering::Relaxed);
        self.thread_record.store(thread_record, Ordering::Relaxed);
        self.ended.store(core::ptr::null_mut(), Ordering::Relaxed);
        self.ties.reset();
        self.stash.reopen();
    }
}

/// One that reads a registration without being inside (GUARDED (b)).
pub(crate) struct Reader {
    pub(crate) handle: Handle,
    pub(crate) slot: &'static Slot,
    _reading: thread::Reading,
}

impl Reader {
    /// Stands among the readers of a registration, unless it is being freed.
    ///
    /// READERS: it pairs with [`Slots::free_if_unread`]: both change one word and then, after a full fence, read the
    /// other's, so that one of them sees the other.
    pub(crate) fn of(handle: Handle) -> Option<Self> {
        let slot = ALL_SLOTS.get(handle).filter(|slot| slot.was_taken())?;
        let _reading = thread::Reading::begin();
        slot.details().readers.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst); // READERS
        let reader = Reader { handle, slot, _reading };
        slot.life.state(handle).is_some_and(|state| state.is_readable()).then_some(reader)
    }
}

impl Drop for Reader {
    /// The last reader out frees what waits for it. The slot may be another registration's by now.
    fn drop(&mut self) {
        // Release pairs with the Acquire of `free_if_unread`: what was read was read before it is written.
        self.slot.details().readers.fetch_sub(1, Ordering::Release);
        fence(Ordering::SeqCst); // READERS
        free_if_due(self.handle.index(), self.slot);
    }
}

/// Frees the registration in this slot if it is to be freed, and nobody reads it any more. Whoever has stood in
/// one of the slot's counts calls this, for a free that found it there has been left to it.
pub(crate) fn free_if_due(index: u32, slot: &'static Slot) {
    let occupant = slot.life.occupant(index);
    if let Some((handle, _)) = occupant.filter(|(_, state)| state.phase == Phase::Freeing) {
        ALL_SLOTS.free_if_unread(handle, slot);
    }
}

/// Somebody sleeps on a slot's `changes`, or is about to, or a task is to be woken (SLEEPER, `wait.rs`).
pub(crate) const SLEEPER: u32 = 1;
/// What a change adds to them.
pub(crate) const CHANGE: u32 = 2;

/// How many generations a slot has.
pub(crate) const GENERATIONS: u32 = 1 << GENERATION_BITS;

/// A bit above those of a generation.
const CHOSEN: u64 = 1 << 32;

/// All slots.
pub(crate) struct Slots {
    slots: Region<Slot, SLOTS, SLOTS_OF_A_CHUNK>,
    details: Region<Details, SLOTS, SLOTS_OF_A_CHUNK>,
    /// The free list's head: its length of life above, the slot's index plus 1 below.
    free: AtomicU64,
    /// How many slots were ever taken.
    fresh: AtomicU32,
    /// The first generation of each slot in this process, with [`CHOSEN`]; 0 before it was chosen.
    first_generation: AtomicU64,
}

per_process! { pub(crate) static ALL_SLOTS: Slots = Slots::none(); }

/// A slot that was taken and has no registration yet.
pub(crate) struct Vacant {
    slot: &'static Slot,
    handle: Handle,
}

impl Slots {
    const_fn! {
        fn none() -> Self {
            Slots {
                slots: Region::new(),
                details: Region::new(),
                free: AtomicU64::new(0),
                fresh: AtomicU32::new(0),
                first_generation: AtomicU64::new(0),
            }
        }
    }

    /// Has generations begin at a number that differs from process to process. Only the first call, which is
    /// before the first slot is taken, does something.
    pub(crate) fn begin_at(&self, generation: u32) {
        let chosen = CHOSEN | u64::from(generation);
        let first = &self.first_generation;
        let _ = first.compare_exchange(0, chosen, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The slot of a handle, by the short way. What is no handle may have one too, but not NULL.
    #[inline(always)]
    pub(crate) fn get_lightly(&'static self, handle: Handle) -> Option<&'static Slot> {
        if handle.is_null() { None } else { self.slots.get_lightly(handle.index()) }
    }

    /// The slot that a handle names, whatever the handle is.
    pub(crate) fn get(&'static self, handle: Handle) -> Option<&'static Slot> {
        self.slots.get(handle.index()).filter(|_| handle.is_well_formed())
    }

    /// The slot of this number, if it was made.
    pub(crate) fn at(&'static self, index: u32) -> Option<&'static Slot> {
        self.slots.get(index)
    }

    /// The slots that were ever taken, with their numbers.
    pub(crate) fn iter(&'static self) -> impl Iterator<Item = (u32, &'static Slot)> {
        // Relaxed: what stands in a slot is asked of the slot.
        let taken = self.fresh.load(Ordering::Relaxed).min(SLOTS);
        let slots = (0..taken).filter_map(|index| Some((index, self.slots.get(index)?)));
        slots.filter(|(_, slot)| slot.was_taken())
    }

    /// Takes a slot, if memory and numbers have not run out.
    pub(crate) fn take(&'static self, kind: Kind) -> Result<Vacant, HoldErrorKind> {
        let index = self.pop().or_else(|| self.take_fresh());
        let slot = index.and_then(|index| Some((index, self.slots.get(index)?)));
        let (index, slot) = slot.ok_or_else(|| self.what_is_missing())?;
        let given = slot.details().generations.fetch_add(1, Ordering::Relaxed);
        let generation = self.first_generation_of(index).wrapping_add(given);
        Ok(Vacant { slot, handle: Handle::new(index, generation, kind) })
    }

    /// The generation of the slot's first registration. Neighbours begin far from each other, so that a wrong index has a
    /// wrong generation.
    fn first_generation_of(&self, index: u32) -> u32 {
        let first = self.first_generation.load(Ordering::Relaxed) as u32;
        first ^ index.wrapping_mul(0x9e37_79b9)
    }

    /// Whether a registration had this handle at some time; of those before the slot's last one the kind is not known any
    /// more.
    pub(crate) fn was_given(&'static self, handle: Handle) -> bool {
        let Some(slot) = self.get(handle).filter(|slot| slot.was_taken()) else { return false };
        let given = slot.details().generations.load(Ordering::Relaxed);
        let first = self.first_generation_of(handle.index());
        let number = handle.generation().wrapping_sub(first) % GENERATIONS;
        let is_last = |(last, _): &(Handle, _)| last.generation() == handle.generation();
        let last = slot.life.occupant(handle.index()).filter(is_last);
        number < given && last.is_none_or(|(last, _)| last == handle)
    }

    fn what_is_missing(&self) -> HoldErrorKind {
        let all_are_taken = self.fresh.load(Ordering::Relaxed) >= SLOTS;
        if all_are_taken { HoldErrorKind::NoSlotLeft } else { HoldErrorKind::NoMemory }
    }

    fn take_fresh(&'static self) -> Option<u32> {
        let next = |fresh| (self.slots.make(fresh) && self.details.make(fresh)).then(|| fresh + 1);
        let index = self.fresh.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        let details = core::ptr::from_ref(self.details.get(index)?).cast_mut();
        let slot = self.slots.get(index)?;
        // Release pairs with the Acquire of `details`.
        slot.details.store(details, Ordering::Release);
        if index & (SLOTS_OF_A_CHUNK - 1) == 0 {
            // Host values stand in the slots, or are reached from there; panics and tasks that wait, from the details.
            let bytes = SLOTS_OF_A_CHUNK as usize * size_of::<Slot>();
            System::are_roots(NonNull::from(slot).cast(), bytes);
            let bytes = SLOTS_OF_A_CHUNK as usize * size_of::<Details>();
            System::are_roots(NonNull::from(slot.details()).cast(), bytes);
        }
        Some(index)
    }

    fn pop(&'static self) -> Option<u32> {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            let index = (head as u32).checked_sub(1)?;
            let next = self.details.get(index)?.next.load(Ordering::Relaxed);
            match self.exchange_head(head, next) {
                Ok(_) => return Some(index),
                Err(seen) => head = seen,
            }
        }
    }

    fn push(&'static self, index: u32, details: &Details) {
        let mut head = self.free.load(Ordering::Relaxed);
        loop {
            details.next.store(head as u32, Ordering::Relaxed);
            match self.exchange_head(head, index + 1) {
                Ok(_) => return,
                Err(seen) => head = seen,
            }
        }
    }

    /// The list's head, one change older, so that a head that comes back is told from one that stayed.
    fn exchange_head(&self, head: u64, first: u32) -> Result<u64, u64> {
        let new = (head >> 32).wrapping_add(1) << 32 | u64::from(first);
        self.free.compare_exchange(head, new, Ordering::AcqRel, Ordering::Acquire)
    }

    /// Frees a registration that is in [`Phase::Freeing`], if nobody reads it, is tied to it or is counted in its slot. Who
    /// else does it meanwhile, or finds somebody there, leaves it to that one.
    pub(crate) fn free_if_unread(&'static self, handle: Handle, slot: &'static Slot) {
        let details = slot.details();
        fence(Ordering::SeqCst); // READERS, and LAST-OUT of late calls
        // Relaxed: a call that is still counted here was refused, and has read nothing.
        let is_unread = details.ties.is_none()
            && details.readers.load(Ordering::Acquire) == 0
            && details.callers.load(Ordering::Relaxed) == 0;
        let Some(state) = slot.life.state(handle).filter(|_| is_unread) else { return };
        if slot.life.apply(handle, crate::life::Event::Free).is_err() {
            return;
        }
        // SAFETY: GUARDED (d).
        let registration = *unsafe { details.registration() };
        // SAFETY: as above.
        let table_type = unsafe { slot.subject() }.table_type;
        if let Some(instance) = registration.instance {
            instance.give_back();
        }
        if let Some(position) = registration.position {
            // Where C's claim is not over it may still read the table, whose handle is refused.
            if !state.claims.c {
                table_type.arena(handle.kind()).give_back(position);
            }
        }
        self.push_unless_retired(handle, details);
    }

    fn push_unless_retired(&'static self, handle: Handle, details: &Details) {
        // UNIQUE
        if details.generations.load(Ordering::Relaxed) < GENERATIONS {
            self.push(handle.index(), details);
        }
    }
}

impl Vacant {
    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    /// A slot that was taken before, of which only the handle was kept.
    ///
    /// # Safety
    ///
    /// The handle came from [`Vacant::handle`], and the slot was neither opened nor given back.
    pub(crate) unsafe fn again(handle: Handle) -> Option<Self> {
        Some(Vacant { slot: ALL_SLOTS.get(handle)?, handle })
    }

    /// Completes the slot and opens its gate. `thread` is the number of the thread that the registration is bound
    /// to, or that lent the value, with that of its record.
    ///
    /// # Safety
    ///
    /// Where `moved` is a value, it is valid for reads of so many bytes, which [`fits_in_slot`] allows for.
    pub(crate) unsafe fn open(
        self,
        subject: Subject,
        moved: Option<(NonNull<()>, usize)>,
        registration: Registration,
        (thread, record): (u64, u32),
    ) -> &'static Slot {
        let Vacant { slot, handle } = self;
        if let Some((from, size)) = moved {
            // SAFETY: the caller's promise; GUARDED: the slot was taken, and its life is Free until `begin`.
            unsafe { slot.room().cast::<u8>().copy_from_nonoverlapping(from.cast(), size) };
        }
        let details = slot.details();
        details.reset(record);
        slot.restriction.store(thread, Ordering::Relaxed);
        // SAFETY: GUARDED: the slot was taken, and its life is Free until `begin`.
        unsafe { slot.subject.write().cast::<Subject>().write(subject) };
        // SAFETY: as above.
        unsafe { details.registration.write().cast::<Registration>().write(registration) };
        // The gate first: whoever sees that it is live can close it.
        slot.gate.open(handle);
        slot.life.begin(handle, subject.table_type.info().keep);
        slot
    }

    /// Gives the slot back unused. Its generation is spent.
    pub(crate) fn give_back(self) {
        ALL_SLOTS.push_unless_retired(self.handle, self.slot.details());
    }
}

impl Slot {
    const_fn! {
        /// A slot that was never used, for where memory does not come as zeros.
        #[allow(dead_code, reason = "the models make slots one by one")]
        pub(crate) fn unused() -> Self {
            Slot {
                gate: Gate::new(),
                life: Life::new(),
                restriction: AtomicU64::new(0),
                subject: Guarded::new(MaybeUninit::zeroed()),
                details: AtomicPtr::new(core::ptr::null_mut()),
                room: Guarded::new(Room(MaybeUninit::uninit())),
            }
        }
    }
}

impl Details {
    const_fn! {
        /// As [`Slot::unused`].
        #[allow(dead_code, reason = "the models make slots one by one")]
        pub(crate) fn unused() -> Self {
            Details {
                registration: Guarded::new(MaybeUninit::zeroed()),
                callers: AtomicU32::new(0),
                lost: AtomicU32::new(0),
                readers: AtomicU32::new(0),
                ties: Ties::new(),
                changes: AtomicU32::new(0),
                tasks: Tasks::none(),
                hint: AtomicU32::new(0),
                thread_record: AtomicU32::new(0),
                generations: AtomicU32::new(0),
                next: AtomicU32::new(0),
                counts: Counts {
                    refused: Count::new(0),
                    panicked: Count::new(0),
                    served: Count::new(0),
                    incidents: [const { atomic::AtomicU32::new(0) }; KINDS],
                    told: atomic::AtomicU32::new(0),
                },
                ended: AtomicPtr::new(core::ptr::null_mut()),
                stash: Stash::new(),
            }
        }
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    #[test]
    fn a_slot_whose_generations_are_used_up_is_not_taken_again() {
        static SOME: Slots = Slots::none();
        let take = || SOME.take(Kind::Shared).unwrap();
        let first = take().handle();
        let details = SOME.at(first.index()).unwrap().details();
        details.generations.store(GENERATIONS - 1, Ordering::Relaxed);
        SOME.push_unless_retired(first, details);
        let last = take().handle();
        assert_eq!(last.index(), first.index());
        assert_eq!(
            last,
            Handle::new(first.index(), first.generation().wrapping_sub(1), Kind::Shared)
        );
        SOME.push_unless_retired(last, details);
        assert_ne!(take().handle().index(), first.index());
    }
}
