//! Who waits for whom, for how long, and how they are woken.
//!
//! A close waits for the calls inside, or for another thread that is ending the registration already. It
//! sleeps on the slot's `changes`, which it has read before it looked: `changes`, then the cells or the
//! life, then sleep while `changes` is the same. Whoever leaves a slot whose gate is closed adds to `changes` and
//! wakes all, and so does every change of the life. (A leaver clears its cell, then reads the gate. If the
//! closer's heavy barrier falls after that read, the cell was cleared before it, and the scan sees that; if
//! before, the leaver sees the closed gate, and wakes.)
//!
//! SLEEPER: the lowest bit of `changes` says that somebody sleeps there, or is about to; a change is counted above it.
//! Whoever is to sleep sets it in the `changes` that it has read, or does not sleep; whoever changes something adds
//! first, and where the bit was set takes it away and wakes all. As both is done to one word, one of the two sees the
//! other, and a slot that nobody waits for costs no call of the system. A task (`until_ended.rs`) puts itself into the
//! slot's list before it sets the bit, and whoever takes the bit away takes the list after that.
//!
//! NO-CYCLE: of the threads that end registrations and wait for each other, at least one does not sleep. A
//! thread that is to wait publishes the registration it waits for, and then follows the chain: that
//! registration's ender, the registration for which that one waits, its ender, and so on. Where it meets itself
//! it does not wait, nor, in a destructor, where it meets an ender that has no record. Ender and publication are
//! stored before a full fence and read after it, so that the last thread of a circle to publish sees all of it.
//! Calls need not be followed: from inside a call nobody waits without a limit.

use std::time::Duration;

use crate::account::incident_of;
use crate::end::{end_what_was_left, give_up_ender};
use crate::handle::Handle;
use crate::hook::deliver_incidents;
use crate::incident::{Detail, IncidentKind};
use crate::life::{Phase, State};
use crate::limits::{RECORDS, SPINS, YIELDS};
use crate::platform::{Platform, System};
use crate::primitive::{AtomicU32, Instant, Ordering, fence, yield_now};
use crate::record::{RECORDS_OF_THREADS, Record};
use crate::slot::{ALL_SLOTS, SLEEPER, Slot};
use crate::thread;

/// No wait is silent for longer, and none goes on for longer without a look at who is waited for.
pub(crate) const A_SECOND: Duration = Duration::from_secs(1);

/// How long a close may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Never,
    Until(Instant),
    Forever,
}

impl Wait {
    /// A close with a call of C's below it on the stack does not wait.
    pub(crate) fn unless_inside() -> Wait {
        if thread::is_inside_any() { Wait::Never } else { Wait::Forever }
    }

    /// Waits as long as asked, unless the caller's own frames stand in the way for sure.
    pub(crate) fn at_most(handle: Handle, limit: Duration) -> Wait {
        if thread::is_inside(handle) {
            return Wait::Never;
        }
        Instant::now().checked_add(limit).map_or(Wait::Forever, Wait::Until)
    }
}

/// One wait: how often it has looked, and since when.
struct Patience {
    wait: Wait,
    rounds: u32,
    begun: Option<Instant>,
    asked: Option<Instant>,
    told: bool,
}

impl Patience {
    fn new(wait: Wait) -> Self {
        Patience { wait, rounds: 0, begun: None, asked: None, told: false }
    }

    fn is_over(&self) -> bool {
        match self.wait {
            Wait::Never => true,
            Wait::Until(deadline) => Instant::now() >= deadline,
            Wait::Forever => false,
        }
    }

    fn is_to_sleep(&self) -> bool {
        self.rounds >= SPINS + YIELDS
    }

    /// Whether it is time to ask whether the one who is waited for is still there: before the first sleep, and
    /// once a second.
    fn is_to_ask(&mut self) -> bool {
        if !self.is_to_sleep() || self.asked.is_some_and(|asked| asked.elapsed() < A_SECOND) {
            return false;
        }
        self.asked = Some(Instant::now());
        true
    }

    /// Whether it is time to say for whom it waits: once, after a second.
    fn is_to_tell(&mut self) -> bool {
        let is_slow = self.begun.is_some_and(|begun| begun.elapsed() >= A_SECOND);
        is_slow && !core::mem::replace(&mut self.told, true)
    }

    /// Sleeps until `changes` is no longer what it was, or for a second; at first it only looks away.
    fn rest(&mut self, changes: &AtomicU32, seen: u32) {
        self.begun.get_or_insert_with(Instant::now);
        match self.rounds {
            rounds if rounds < SPINS => core::hint::spin_loop(),
            _ if !self.is_to_sleep() => yield_now(),
            _ if is_announced(changes, seen) => {
                System::park(changes, seen | SLEEPER, self.longest_sleep());
            }
            _ => {}
        }
        self.rounds = self.rounds.saturating_add(1);
    }

    fn longest_sleep(&self) -> Duration {
        match self.wait {
            Wait::Until(deadline) => {
                deadline.saturating_duration_since(Instant::now()).min(A_SECOND)
            }
            _ => A_SECOND,
        }
    }
}

/// SLEEPER: whether those who change something after `seen` know that somebody sleeps. `false` where something has changed
/// since.
fn is_announced(changes: &AtomicU32, seen: u32) -> bool {
    let announce =
        || changes.compare_exchange(seen, seen | SLEEPER, Ordering::Relaxed, Ordering::Relaxed);
    seen & SLEEPER != 0 || announce().is_ok()
}

/// Waits for the calls that are inside, after the gate was closed and the heavy barrier issued. Whether all have
/// left; those of threads that are gone never do.
///
/// It also says so where another thread has found all to be out: the end that comes next does not apply then. It is
/// enough that each record is seen once without the handle: a call that publishes after the barrier is
/// refused. So late calls, however many, do not keep a close waiting.
///
/// # Safety
///
/// The caller may read the registration (GUARDED).
pub(crate) unsafe fn for_calls(handle: Handle, slot: &'static Slot, wait: Wait) -> bool {
    // The last call out may end it meanwhile; those who come late wake nobody.
    let is_over = || slot.life.state(handle).is_none_or(|state| state.phase.is_past_calls());
    // SAFETY: the caller's promise.
    unsafe { for_published(handle, slot, wait, is_over) }
}

/// Waits until each record has been seen without the handle, or `is_over` says that nobody is left whom to wait for. Whether
/// it is so; threads that are gone never leave.
///
/// # Safety
///
/// The caller may read the registration (GUARDED).
pub(crate) unsafe fn for_published(
    handle: Handle,
    slot: &'static Slot,
    wait: Wait,
    is_over: impl Fn() -> bool,
) -> bool {
    let details = slot.details();
    let mut patience = Patience::new(wait);
    RECORDS_OF_THREADS.tidy();
    let mut next = 0;
    let mut is_somebody_gone = false;
    loop {
        // Acquire pairs with the Release of `changed`.
        let changes = details.changes.load(Ordering::Acquire);
        let holds = |(_, record): &(u32, &Record)| record.holds(handle.bits());
        let found = RECORDS_OF_THREADS.from(next).find(holds);
        next = found.map_or(RECORDS, |(number, _)| number);
        let record = found.map(|(_, record)| record);
        if record.is_none() && details.callers.load(Ordering::Acquire) == 0 {
            return !is_somebody_gone;
        }
        if is_over() {
            return true;
        }
        if patience.is_over() {
            return false;
        }
        if patience.is_to_ask() && is_somebody_lost(handle, slot, record) {
            // SAFETY: the caller's promise.
            unsafe { tell_gone(handle, slot, record) };
            is_somebody_gone = true;
            if record.is_none() {
                return false;
            }
            next += 1;
            patience.asked = None;
            continue;
        }
        if patience.is_to_tell() {
            // SAFETY: the caller's promise.
            unsafe { tell_slow(handle, slot, record, "which is inside") };
        }
        patience.rest(&details.changes, changes);
    }
}

/// Whether the thread of a record is gone and still inside; without a record, whether the calls that are counted may
/// be of threads that are.
fn is_somebody_lost(handle: Handle, slot: &Slot, record: Option<&Record>) -> bool {
    match record {
        Some(record) => record.is_lost(|record| record.holds(handle.bits())),
        None => {
            let is_lost = |(_, record): (u32, &Record)| record.is_lost(Record::is_deep);
            let details = slot.details();
            let may_be =
                details.lost.load(Ordering::Relaxed) != 0 || RECORDS_OF_THREADS.iter().any(is_lost);
            may_be && details.callers.load(Ordering::Relaxed) != 0
        }
    }
}

/// Waits for another thread that is at work on the end of a registration, whose state was `seen`. `false` where it
/// is not to be waited for. One that is Left is to be ended on the calling thread.
///
/// # Safety
///
/// The caller may read the registration (GUARDED).
pub(crate) unsafe fn for_change(
    handle: Handle,
    slot: &'static Slot,
    seen: State,
    wait: Wait,
) -> bool {
    let details = slot.details();
    let ender = seen.ender.checked_sub(1).and_then(|number| RECORDS_OF_THREADS.at(number));
    let mut patience = Patience::new(wait);
    let _waiting = (wait != Wait::Never).then(|| Waiting::begin(handle));
    loop {
        // Acquire pairs with the Release of `changed`.
        let changes = details.changes.load(Ordering::Acquire);
        if seen.phase == Phase::Left {
            // Whoever left it to this thread may put it on the list only now, and changes `changes` then.
            end_what_was_left();
        }
        if slot.life.state(handle) != Some(seen) {
            return true;
        }
        if patience.is_over() || leads_back(handle) {
            return false;
        }
        let is_named = matches!(seen.phase, Phase::Closing | Phase::Ending);
        let is_lost = |ender: &Record| ender.is_lost(|_| slot.life.state(handle) == Some(seen));
        if is_named && patience.is_to_ask() && ender.is_some_and(is_lost) {
            give_up_ender(handle, slot, seen);
            // SAFETY: the caller's promise.
            unsafe { tell_gone(handle, slot, ender) };
            return true;
        }
        if patience.is_to_tell() {
            // SAFETY: the caller's promise.
            unsafe { tell_slow(handle, slot, ender, "which is ending it") };
        }
        patience.rest(&details.changes, changes);
    }
}

/// What the calling thread waits for, as others see it, and what it waited for before: a hook that is told of a
/// slow close may close, too.
struct Waiting(Option<(&'static Record, u64)>);

impl Waiting {
    /// A thread without a record is not seen to wait: those who meet it in a chain do not wait for it.
    fn begin(handle: Handle) -> Self {
        let record = thread::record();
        let before = record.map(|record| record.waits_for.swap(handle.bits(), Ordering::Relaxed));
        fence(Ordering::SeqCst); // NO-CYCLE
        Waiting(record.zip(before))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((record, before)) = self.0 {
            record.waits_for.store(before, Ordering::Relaxed);
        }
    }
}

/// NO-CYCLE: whether the chain of those who end and wait leads from a registration to the calling thread.
fn leads_back(handle: Handle) -> bool {
    let own = thread::ender();
    let mut at = handle;
    // A circle that this thread is no part of is for its own threads to break.
    for _ in 0..=RECORDS {
        let state = ALL_SLOTS.get(at).and_then(|slot| slot.life.state(at));
        let Some(state) = state else { return false };
        if !matches!(state.phase, Phase::Closing | Phase::Ending) {
            return false;
        }
        let Some(ender) = state.ender.checked_sub(1).and_then(|n| RECORDS_OF_THREADS.at(n)) else {
            // Nobody knows who it is, or for whom it waits.
            return thread::is_ending();
        };
        if state.ender == own {
            return true;
        }
        match ender.waits_for.load(Ordering::Relaxed) {
            0 => return false,
            next => at = Handle::from_user_data(next as usize),
        }
    }
    false
}

/// Whether the thread of a record waits for the calling one, as far as it is known: for a registration whose end leads to
/// it, or for its call inside of one that it closes. Where C has it wait, by a join, nobody knows.
fn waits_for_this_thread(record: &Record) -> bool {
    let closes = |bits: u64| {
        let handle = Handle::from_user_data(bits as usize);
        let state = ALL_SLOTS.get(handle).and_then(|slot| slot.life.state(handle));
        let closing = state.filter(|state| state.phase == Phase::Closing);
        let ender = closing.and_then(|state| RECORDS_OF_THREADS.at(state.ender.checked_sub(1)?));
        ender.is_some_and(|ender| core::ptr::eq(ender, record))
    };
    let is_on_its_way = match record.waits_for.load(Ordering::Relaxed) {
        0 => false,
        bits => leads_back(Handle::from_user_data(bits as usize)),
    };
    is_on_its_way || thread::own_record().is_some_and(|own| own.published().any(closes))
}

/// Says for whom a close has waited for a second.
///
/// # Safety
///
/// The caller may read the registration (GUARDED).
unsafe fn tell_slow(handle: Handle, slot: &'static Slot, record: Option<&Record>, why: &str) {
    // A call that is counted in the slot is of a thread that has such calls, or of one without a record.
    let deep = || RECORDS_OF_THREADS.iter().map(|(_, record)| record).find(|one| one.is_deep());
    let (record, perhaps) = match record {
        Some(record) => (Some(record), ""),
        None => (deep(), "perhaps "),
    };
    let detail = match record.map(Record::thread) {
        Some(thread) => {
            let name = System::thread_name(thread);
            let is_mutual = record.is_some_and(waits_for_this_thread);
            let and = if is_mutual { " and waits for this thread" } else { "" };
            Detail::of(format_args!("it waits for {perhaps}thread {thread} ({name}), {why}{and}"))
        }
        None => Detail::of(format_args!("it waits for a thread without a record, {why}")),
    };
    // SAFETY: the caller's promise.
    unsafe { incident_of(handle, slot, IncidentKind::SlowClose, "", detail) }.file();
    // Where there is a hook, it is the only one to be told.
    deliver_incidents();
}

/// Says that a thread is gone that will never leave, or never finish.
///
/// # Safety
///
/// The caller may read the registration (GUARDED).
unsafe fn tell_gone(handle: Handle, slot: &'static Slot, record: Option<&Record>) {
    let thread = record.map_or(0, Record::thread);
    let detail = match thread {
        0 => Detail::of(format_args!("a thread was inside that is gone: the value is kept")),
        thread => {
            Detail::of(format_args!("thread {thread} was inside and is gone: the value is kept"))
        }
    };
    // SAFETY: the caller's promise.
    unsafe { incident_of(handle, slot, IncidentKind::ThreadGone, "", detail) }.file();
}
