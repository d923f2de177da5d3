//! What a child process does with what its parent's threads have left in its copy of the memory.
//!
//! Nothing in that copy may be believed until a child is known to be one: the library asks at each entry that is
//! not the short way in (`child::is_unknown`). The child's first thread, which made it, then takes over:
//! it keeps its own record, takes over the closes of the threads that there are not, and frees their records. It
//! runs no code of the host's meanwhile. The values that then are to end are ended by the next operation of the
//! host's side. Threads that the child has made before leave the inherited records alone until then: the first
//! thread may have one, and be inside.
//!
//! BYSTANDERS: nor do they put values on the lists of other threads (`left.rs`), for the first thread looks for what lost
//! threads were about to put there: they leave such a value Deferred, and the first thread comes to it. They defer it and
//! then, after a full fence, ask whether the child is known; what is Deferred is looked for after the child is known, and
//! a full fence. So one of the two sees the other.

use crate::barrier;
use crate::child::{self, Role};
use crate::end::{give_up_ender, try_deferred};
use crate::handle::Handle;
use crate::left;
use crate::life::{Event, Phase, State};
use crate::primitive::{AtomicU32, Ordering, fence, per_process};
use crate::record::RECORDS_OF_THREADS;
use crate::report;
use crate::slot::{ALL_SLOTS, Slot, free_if_due};
use crate::thread;

per_process! {
    /// 1: what a child has taken over is to be ended.
    static IS_LEFT: AtomicU32 = AtomicU32::new(0);
}

/// Sees to it that a child is known to be one, before anything is believed.
#[inline]
pub(crate) fn check() {
    if child::is_unknown() {
        look_after();
    }
}

/// As [`check`]; then ends what was taken over. It runs code of the host's.
pub(crate) fn check_and_end() {
    check();
    if IS_LEFT.load(Ordering::Relaxed) != 0 && IS_LEFT.swap(0, Ordering::Acquire) != 0 {
        fence(Ordering::SeqCst); // BYSTANDERS
        each_occupant(|handle, slot, state| {
            if state.phase == Phase::Deferred {
                end_deferred(handle, slot, state);
            }
        });
    }
}

#[cold]
fn look_after() {
    let role = child::role();
    barrier::register_child();
    if let Role::Heir { alone } = role {
        if alone && !thread::is_filing() {
            report::forget_inherited();
        }
        if let Some(own) = thread::own_record() {
            own.keep_in_child(&thread::claimer());
        }
        each_occupant(take_over);
        // Only now, for the life names records of those who had it in hand.
        RECORDS_OF_THREADS.free_inherited(child::process(), is_kept_by_calls);
        correct_counts(alone);
        child::known();
        // Release pairs with the Acquire of `check_and_end`.
        IS_LEFT.store(1, Ordering::Release);
    }
}

/// Forgets whom the parent's threads counted in slots, where that may be told from what others counted. A call that
/// keeps a value stays counted, and an exclusive registration that it is inside of stays locked.
fn correct_counts(alone: bool) {
    let knows_calls = alone && !thread::is_deep();
    let knows_readers = alone && !thread::is_reading();
    for (index, slot) in ALL_SLOTS.iter() {
        let details = slot.details();
        let occupant = slot.life.occupant(index);
        let waits = occupant.is_some_and(|(handle, _)| is_kept_by_calls(handle.bits()));
        if knows_calls && !waits {
            details.callers.store(0, Ordering::Relaxed);
        }
        if knows_readers {
            details.readers.store(0, Ordering::Relaxed);
        }
        let is_lost = details.callers.load(Ordering::Relaxed) != 0;
        details.lost.store(is_lost.into(), Ordering::Relaxed);
        free_if_due(index, slot);
    }
}

/// Whether a call of a thread that there is not keeps this registration's value from its end. What is lent is not
/// ended, and its lender goes on with it.
fn is_kept_by_calls(bits: u64) -> bool {
    let handle = Handle::from_user_data(bits as usize);
    ALL_SLOTS.get(handle).is_some_and(|slot| {
        let state = slot.life.state(handle);
        state.is_some_and(|state| !state.phase.is_past_calls()) && lender(handle, slot).is_none()
    })
}

fn each_occupant(each: impl Fn(Handle, &'static Slot, State)) {
    for (index, slot) in ALL_SLOTS.iter() {
        if let Some((handle, state)) = slot.life.occupant(index) {
            each(handle, slot, state);
        }
    }
}

/// Takes over what a thread had in hand that there is not.
fn take_over(handle: Handle, slot: &'static Slot, state: State) {
    if matches!(state.phase, Phase::Closing | Phase::Ending) && is_lost(state) {
        give_up_ender(handle, slot, state);
    }
    let is_lender_gone = is_lender_gone(handle, slot);
    if is_lender_gone && state.claims.lent {
        // What C was lent by it is on a stack that is nobody's: nothing more is served, nor taken back.
        let _ = slot.life.apply(handle, Event::Notify);
    }
    let Some(state) = slot.life.state(handle) else { return };
    let is_lent_no_more = state.claims.lent && !state.claims.c;
    match state.phase {
        Phase::Live if state.claims.is_none() || is_lender_gone => {
            close_for_lost(handle, slot);
        }
        Phase::Deferred | Phase::Serving if is_lent_no_more => close_for_lost(handle, slot),
        Phase::Left if !is_left_to_this_thread(handle, slot) => {
            let _ = slot.life.apply(handle, Event::Keep);
        }
        _ => {}
    }
}

/// A thread that there is not was about to close this, or would before its stack is gone.
fn close_for_lost(handle: Handle, slot: &'static Slot) {
    if let Ok(step) = slot.life.apply(handle, Event::Close(0)) {
        give_up_ender(handle, slot, step.to);
    }
}

/// The number of the thread that has lent the value, if it is lent.
fn lender(handle: Handle, slot: &Slot) -> Option<u64> {
    Some(slot.thread()).filter(|lender| handle.is_shared() && *lender != 0)
}

/// Whether a thread that there is not has lent the value.
fn is_lender_gone(handle: Handle, slot: &Slot) -> bool {
    let is_here = |lender| RECORDS_OF_THREADS.has_thread(lender, child::process());
    lender(handle, slot).is_some_and(|lender| !is_here(lender))
}

/// Whether a value in Left will be found by this thread. A thread that there is not may have been about to put it
/// on the list (ONE-LIST).
fn is_left_to_this_thread(handle: Handle, slot: &'static Slot) -> bool {
    let own = thread::own_record().filter(|own| own.number() == slot.thread());
    own.is_some_and(|own| left::lists(own, handle.index()) || left::put(handle, slot))
}

/// Ends a value that is left to whoever finds nobody inside.
fn end_deferred(handle: Handle, slot: &'static Slot, deferred: State) {
    if barrier::heavy().is_ok() {
        try_deferred(handle, slot, deferred);
    } else {
        let _ = slot.life.apply(handle, Event::Keep);
    }
}

/// Whether the ender is a thread that there is not.
fn is_lost(state: State) -> bool {
    let ender = state.ender.checked_sub(1).and_then(|number| RECORDS_OF_THREADS.at(number));
    ender.is_none_or(|ender| ender.is_inherited(child::process()) || ender.thread() == 0)
}
