//! How a value ends, once nobody is inside.

use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::account::incident_of;
use crate::barrier;
use crate::child;
use crate::ended::Ended;
use crate::handle::{Handle, Kind};
use crate::hook::{drop_payload, wake_and_drop};
use crate::incident::{Detail, IncidentKind};
use crate::left;
use crate::life::{Event, Phase, State, Step};
use crate::platform::{Platform, System};
use crate::primitive::{Ordering, fence};
use crate::record::{RECORDS_OF_THREADS, Record};
use crate::slot::{ALL_SLOTS, CHANGE, SLEEPER, Slot};
use crate::thread;

/// What is to become of the host value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It ends, now or later.
    End,
    /// It is given out, now or not at all.
    Take,
}

/// What a close came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Nobody is inside, and the host value has ended, or was leaked.
    Now,
    /// Nobody is inside, and the host value is the caller's.
    Taken(NonNull<()>),
    /// Nobody is inside but those that take back; the value is lent to C until the release.
    Serving,
    /// Calls are refused; somebody is still inside, or the value cannot be ended here.
    Later,
}

impl From<Closed> for Ended {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Now | Closed::Taken(_) => Ended::Now,
            Closed::Serving => Ended::Serving,
            Closed::Later => Ended::Later,
        }
    }
}

/// Tells all who wait at this slot that something has changed.
pub(crate) fn changed(slot: &Slot) {
    let changes = &slot.details().changes;
    // Release pairs with the Acquire of those who are to wait (`wait.rs`).
    let before = changes.fetch_add(CHANGE, Ordering::Release);
    // SLEEPER (`wait.rs`): without it there is nobody to wake.
    if before & SLEEPER != 0 {
        // Acquire pairs with the Release of `until_ended.rs`.
        changes.fetch_and(!SLEEPER, Ordering::Acquire);
        System::wake_all(changes);
        wake_tasks(slot);
    }
}

/// Wakes the tasks that await the end.
pub(crate) fn wake_tasks(slot: &Slot) {
    slot.details().tasks.take_all().into_iter().for_each(wake_and_drop);
}

/// THREAD-BOUND: whether the value may be ended on this thread.
pub(crate) fn may_end_here(handle: Handle, slot: &Slot) -> bool {
    handle.kind() != Kind::Local || slot.thread() == thread::number()
}

/// Ends the value, or gives it out; `None` where another was first. Nobody is inside, and the value may be ended
/// on this thread.
pub(crate) fn end(handle: Handle, slot: &'static Slot, purpose: Purpose) -> Option<Closed> {
    end_by(Event::End, handle, slot, purpose)
}

fn end_by(
    event: fn(u32) -> Event,
    handle: Handle,
    slot: &'static Slot,
    purpose: Purpose,
) -> Option<Closed> {
    as_ender(|ender| {
        let step = slot.life.apply(handle, event(ender)).ok()?;
        if step.to.phase == Phase::Kept {
            changed(slot);
            return Some(Closed::Now);
        }
        // SAFETY: GUARDED (d): ONE-ENDER.
        let value = unsafe { slot.value() };
        // SAFETY: as above.
        let drop_value = unsafe { slot.details().registration() }.drop_value;
        if let (Purpose::End, Some(drop_value)) = (purpose, drop_value) {
            // SAFETY: ONE-ENDER.
            unsafe { drop_guarded(handle, slot, value, drop_value) };
        }
        let finished = slot.life.apply(handle, Event::Finish);
        changed(slot);
        free_if_last(handle, slot, finished.ok());
        Some(if purpose == Purpose::Take { Closed::Taken(value) } else { Closed::Now })
    })
}

/// Frees the slot if a step has made it free.
pub(crate) fn free_if_last(handle: Handle, slot: &'static Slot, step: Option<Step>) {
    if step.is_some_and(|step| step.to.phase == Phase::Freeing) {
        ALL_SLOTS.free_if_unread(handle, slot);
    }
}

/// Runs `body` with the calling thread's number as an ender. Its record stays its own meanwhile.
pub(crate) fn as_ender<R>(body: impl FnOnce(u32) -> R) -> R {
    // Asked for once: a record that the thread got in between would be named, but not stay its own.
    let claimed = thread::record_and_number();
    if let Some((_, record)) = claimed {
        record.ends.fetch_add(1, Ordering::Relaxed);
    }
    let result = body(claimed.map_or(0, |(number, _)| number + 1));
    if let Some((_, record)) = claimed {
        record.ends.fetch_sub(1, Ordering::Relaxed);
    }
    result
}

/// Drops the host value; its panic stays here.
///
/// # Safety
///
/// Nobody else uses the value (ONE-ENDER), and `drop_value` is for its type.
unsafe fn drop_guarded(
    handle: Handle,
    slot: &'static Slot,
    value: NonNull<()>,
    drop_value: unsafe fn(NonNull<()>),
) {
    // SAFETY: the caller's promise.
    let dropping = AssertUnwindSafe(|| thread::ending(|| unsafe { drop_value(value) }));
    let Err(payload) = catch_unwind(dropping) else { return };
    slot.details().counts.panicked.fetch_add(1, Ordering::Relaxed);
    let detail = Detail::of(format_args!("in the host value's destructor"));
    // SAFETY: GUARDED (d): ONE-ENDER.
    unsafe { incident_of(handle, slot, IncidentKind::Panic, "", detail) }.file();
    drop_payload(payload);
}

/// Ends a value that is `deferred`, if nobody is inside, or leaves it to its own thread, or to C where it is lent; `None`
/// where somebody is inside, who will try in turn.
pub(crate) fn try_deferred(handle: Handle, slot: &'static Slot, deferred: State) -> Option<Closed> {
    if is_somebody_inside(handle, slot) {
        return None;
    }
    if deferred.claims.lent {
        return serve(handle, slot);
    }
    if may_end_here(handle, slot) {
        return end(handle, slot, Purpose::End);
    }
    leave_to_thread(handle, slot);
    Some(Closed::Later)
}

/// LENT: leaves a value to C, once those are out that do not take back. `None` where it is to be closed once more, for C's
/// claim is over: whoever gave that up and found another closer at work has left it to that one.
pub(crate) fn serve(handle: Handle, slot: &Slot) -> Option<Closed> {
    let step = slot.life.apply(handle, Event::Serve).ok()?;
    changed(slot);
    step.to.claims.c.then_some(Closed::Serving)
}

/// Shuts the gate to all, or, where the value is lent, to those that do not take back.
pub(crate) fn shut(handle: Handle, slot: &Slot, is_lent: bool) {
    if is_lent {
        slot.gate.serve(handle);
    } else {
        slot.gate.close(handle);
    }
}

/// LAST-OUT: whether a scan finds somebody. The one that it found last is asked first: if many leave together,
/// most of them then need not scan.
fn is_somebody_inside(handle: Handle, slot: &Slot) -> bool {
    let details = slot.details();
    if details.callers.load(Ordering::Acquire) != 0 {
        return true;
    }
    let holds = |record: &Record| record.holds(handle.bits());
    let hint = details.hint.load(Ordering::Relaxed);
    if RECORDS_OF_THREADS.at(hint).is_some_and(holds) {
        return true;
    }
    let found = RECORDS_OF_THREADS.iter().find(|(_, record)| holds(record));
    if let Some((number, _)) = found {
        details.hint.store(number, Ordering::Relaxed);
    }
    found.is_some()
}

/// Gives an ender up that is gone, perhaps between the life and the gate, or before its barrier.
pub(crate) fn give_up_ender(handle: Handle, slot: &'static Slot, state: State) {
    shut(handle, slot, state.claims.lent);
    // LAST-OUT: it is Deferred only after a barrier, as by any closer.
    let is_barrier_lost = state.phase == Phase::Closing && barrier::heavy().is_err();
    let event = if is_barrier_lost { Event::Keep } else { Event::EnderGone(state.ender) };
    let _ = slot.life.apply(handle, event);
    changed(slot);
}

/// Leaves a value that only another thread may end to that thread, or keeps it where that is gone.
fn leave_to_thread(handle: Handle, slot: &'static Slot) {
    fence(Ordering::SeqCst); // BYSTANDERS (`adopt.rs`)
    if child::is_bystander() {
        return;
    }
    if slot.life.apply(handle, Event::Leave).is_ok() {
        if !left::put(handle, slot) {
            keep_without_its_thread(handle, slot);
        }
        changed(slot);
    }
}

/// Keeps a value that only a thread may end that is gone.
fn keep_without_its_thread(handle: Handle, slot: &'static Slot) {
    if slot.life.apply(handle, Event::Keep).is_ok() {
        let detail = Detail::of(format_args!("its thread is gone: the value is kept"));
        // SAFETY: GUARDED (e).
        unsafe { incident_of(handle, slot, IncidentKind::ThreadGone, "", detail) }.file();
    }
}

/// Ends what was left to the calling thread.
pub(crate) fn end_what_was_left() {
    if let Some(record) = thread::own_record() {
        while let Some(left) = left::take(record) {
            end_left(left);
        }
    }
}

/// The calling thread ends: nothing more can be left to it.
pub(crate) fn end_thread() {
    loop {
        end_what_was_left();
        if thread::own_record().is_none_or(left::close) {
            return;
        }
    }
}

fn end_left((index, slot): (u32, &'static Slot)) {
    // ONE-LIST: it is still Left.
    let Some((handle, _)) = slot.life.occupant(index) else { return };
    if may_end_here(handle, slot) {
        end_by(Event::EndLeft, handle, slot, Purpose::End);
    } else {
        // It was left to a thread that had this record before.
        keep_without_its_thread(handle, slot);
        changed(slot);
    }
}

/// What is done for whoever withdraws from a slot whose gate is closed. The slot may be another
/// registration's by now, in whose count of callers a late call of an earlier one stood too.
pub(crate) fn after_withdrawal(index: u32, slot: &'static Slot) {
    fence(Ordering::SeqCst); // LAST-OUT
    let Some((handle, state)) = slot.life.occupant(index) else { return };
    match state.phase {
        Phase::Closing => changed(slot),
        Phase::Deferred => {
            try_deferred(handle, slot, state);
        }
        Phase::Freeing => ALL_SLOTS.free_if_unread(handle, slot),
        _ => {}
    }
}
