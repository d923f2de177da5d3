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
use crate::handle::{Handle, Kind};
use crate::left;
use crate::life::{Event, Phase, State};
use crate::platform::{Platform, System};
use crate::primitive::Ordering;
use crate::record::{RECORDS_OF_THREADS, Record};
use crate::report;
use crate::slot::{ALL_SLOTS, Slot, free_if_due};
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
        let own = thread::own_record();
        if alone {
            report::forget_inherited();
        }
        take_records(own);
        let knows_all = alone && !thread::is_deep();
        let counts_are_lost = !knows_all && is_anything_counted();
        let knows_readers = alone && !thread::is_reading();
        ALL_SLOTS.iter().for_each(|(index, slot)| {
            if knows_all {
                slot.details().callers.store(0, Ordering::SeqCst);
            }
            if knows_readers {
                slot.details().readers.store(0, Ordering::SeqCst);
            }
            if let Some((handle, state)) = slot.life.occupant(index) {
                if knows_all && !own.is_some_and(|own| own.holds(handle.bits())) {
                    unlock(handle, slot);
                }
                take_over(handle, slot, state);
                free_if_due(index, slot);
            }
        });
        child::known(counts_are_lost);
    }
}

/// Keeps the thread's own record, and frees those of threads that there are not.
fn take_records(own: Option<&Record>) {
    let claimer = thread::claimer();
    if let Some(own) = own {
        own.keep_in_child(&claimer);
    }
    RECORDS_OF_THREADS.free_inherited(claimer.process);
}

fn is_anything_counted() -> bool {
    ALL_SLOTS.iter().any(|(_, slot)| slot.details().callers.load(Ordering::SeqCst) != 0)
}

/// Lets calls into an exclusive registration again, of which nobody is inside.
fn unlock(handle: Handle, slot: &Slot) {
    if handle.kind() == Kind::Exclusive {
        slot.unlock();
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
        Phase::Live if state.claims.is_none() => {
            // A thread that there is not has given it up, and was about to close it.
            if let Ok(step) = slot.life.apply(handle, Event::Close(0)) {
                take_over(handle, slot, step.to);
            }
        }
        Phase::Deferred => try_if_deferred(handle, slot),
        Phase::Left if !is_left_to_this_thread(handle, slot) => {
            let _ = slot.life.apply(handle, Event::Keep);
        }
        _ => {}
    }
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
    ender.is_none_or(|ender| ender.is_inherited(System::process()) || ender.thread() == 0)
}
