//! What a child process does with what its parent's threads have left in its copy of the memory.
//!
//! Nothing in that copy may be believed until a child is known to be one: the library asks at each entry that is
//! not the short way in (`child::is_unknown`). The child's first thread, which made it, then takes over:
//! it keeps its own record, frees those of the threads that there are not, and brings their closes to an end.
//! Threads that the child has made before leave the inherited records alone until then: the first thread
//! may have one, and be inside.

use crate::barrier;
use crate::child::{self, Role};
use crate::end::{changed, try_deferred};
use crate::handle::Handle;
use crate::left;
use crate::life::{Event, Phase, State};
use crate::primitive::Ordering;
use crate::record::RECORDS_OF_THREADS;
use crate::report;
use crate::slot::{ALL_SLOTS, Slot};
use crate::thread;

/// Sees to it that a child is known to be one, before anything is believed.
#[inline]
pub(crate) fn check() {
    if child::is_unknown() {
        look_after();
    }
}

#[cold]
fn look_after() {
    let role = child::role();
    barrier::register_child();
    if let Role::Heir { alone } = role {
        if alone {
            report::forget_inherited();
        }
        take_records();
        correct_counts(alone);
        child::counted();
        each_occupant(take_over);
        child::known();
    }
}

/// Keeps the thread's own record, and frees those of threads that there are not. A call of theirs will never leave:
/// where the value waits for it, the record stays, and so the value is kept as for any thread that is gone.
fn take_records() {
    let claimer = thread::claimer();
    if let Some(own) = thread::own_record() {
        own.keep_in_child(&claimer);
    }
    RECORDS_OF_THREADS.free_inherited(claimer.process, is_kept_by_calls);
}

/// Forgets whom the parent's threads counted in slots, where that may be told from what others counted. A call that
/// keeps a value stays counted, and an exclusive registration that it is inside of stays locked.
fn correct_counts(alone: bool) {
    let knows_calls = alone && !thread::is_deep();
    let knows_readers = alone && !thread::is_reading();
    for (index, slot) in ALL_SLOTS.iter() {
        let occupant = slot.life.occupant(index);
        let waits = occupant.is_some_and(|(handle, _)| is_kept_by_calls(handle.bits()));
        if knows_calls && !waits {
            slot.details().callers.store(0, Ordering::SeqCst);
        }
        if knows_readers {
            slot.details().readers.store(0, Ordering::SeqCst);
        }
    }
    if ALL_SLOTS.iter().any(|(_, slot)| slot.details().callers.load(Ordering::SeqCst) != 0) {
        child::lose_counts();
    }
}

/// Whether a call that is inside of this registration keeps its value from its end.
fn is_kept_by_calls(bits: u64) -> bool {
    let handle = Handle::from_user_data(bits as usize);
    let state = ALL_SLOTS.get(handle).and_then(|slot| slot.life.state(handle));
    state.is_some_and(|state| !state.phase.is_past_calls())
}

fn each_occupant(each: impl Fn(Handle, &'static Slot, State)) {
    for (index, slot) in ALL_SLOTS.iter() {
        if let Some((handle, state)) = slot.life.occupant(index) {
            each(handle, slot, state);
        }
    }
}

/// Brings to an end what a thread had in hand that there is not.
fn take_over(handle: Handle, slot: &'static Slot, state: State) {
    match state.phase {
        Phase::Closing | Phase::Ending if is_lost(state) => {
            let _ = slot.life.apply(handle, Event::EnderGone(state.ender));
            changed(slot);
            try_if_deferred(handle, slot);
        }
        Phase::Live if state.claims.is_none() || is_lender_gone(handle, slot) => {
            // A thread that there is not was about to close it, or would before its stack is gone.
            if let Ok(step) = slot.life.apply(handle, Event::Close(0)) {
                take_over(handle, slot, step.to);
            }
        }
        Phase::Deferred => try_if_deferred(handle, slot),
        Phase::Left if !is_left_to_this_thread(handle, slot) => {
            let _ = slot.life.apply(handle, Event::Keep);
        }
        Phase::Freeing => ALL_SLOTS.free_if_unread(handle, slot),
        _ => {}
    }
}

/// Whether a thread that there is not has lent the value.
fn is_lender_gone(handle: Handle, slot: &Slot) -> bool {
    let (lender, process) = (slot.thread(), child::process());
    let is_here = || {
        let mut records = RECORDS_OF_THREADS.iter().map(|(_, record)| record);
        records.any(|record| record.number() == lender && !record.is_inherited(process))
    };
    handle.is_shared() && lender != 0 && !is_here()
}

/// Whether a value in Left will be found by this thread. A thread that there is not may have been about to put it
/// on the list (ONE-LIST).
fn is_left_to_this_thread(handle: Handle, slot: &'static Slot) -> bool {
    let own = thread::own_record().filter(|own| own.number() == slot.thread());
    own.is_some_and(|own| left::lists(own, handle.index()) || left::put(handle, slot))
}

fn try_if_deferred(handle: Handle, slot: &'static Slot) {
    if slot.life.state(handle).is_none_or(|state| state.phase != Phase::Deferred) {
        return;
    }
    // Its closer may be lost between the life and the gate.
    slot.gate.close(handle);
    if barrier::heavy().is_ok() {
        try_deferred(handle, slot);
    } else {
        let _ = slot.life.apply(handle, Event::Keep);
    }
}

/// Whether the ender is a thread that there is not.
fn is_lost(state: State) -> bool {
    let ender = state.ender.checked_sub(1).and_then(|number| RECORDS_OF_THREADS.at(number));
    ender.is_none_or(|ender| ender.is_inherited(child::process()) || ender.thread() == 0)
}
