//! How a registration is closed: refuse, wait or defer, end the value.

use crate::account::incident_of;
use crate::adopt;
use crate::barrier;
use crate::end::{
    Closed, Purpose, as_ender, changed, end, may_end_here, serve, shut, try_deferred,
};
use crate::ended::Ended;
use crate::handle::Handle;
use crate::incident::{Detail, IncidentKind};
use crate::life::{Event, Phase, State};
use crate::primitive::Ordering;
use crate::record::{RECORDS_OF_THREADS, Record};
use crate::slot::Slot;
use crate::wait::{self, Wait};

/// A registration that the caller can reach: as an owner, from inside, or as a reader (GUARDED, `slot.rs`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    pub(crate) handle: Handle,
    pub(crate) slot: &'static Slot,
}

impl Reached {
    pub(crate) fn state(self) -> Option<State> {
        self.slot.life.state(self.handle)
    }
}

/// Closes a registration.
///
/// # Safety
///
/// The caller may read the registration (GUARDED) until this returns.
pub(crate) unsafe fn close(at: Reached, wait: Wait, purpose: Purpose) -> Closed {
    adopt::check();
    as_ender(|ender| {
        loop {
            let refused = refuse(at, ender);
            let closed = match refused {
                // SAFETY: the caller's promise.
                Ok(_) if barrier::heavy().is_err() => Some(unsafe { keep_for_good(at) }),
                // SAFETY: the caller's promise; the registration is this thread's to close.
                Ok(closing) => unsafe { finish(at, closing, wait, purpose) },
                // SAFETY: the caller's promise.
                Err(seen) => unsafe { await_other(at, seen, wait) },
            };
            if let Some(closed) = closed {
                return closed;
            }
        }
    })
}

/// Refuses calls from here on, and takes the close upon the calling thread. `Err` is the state in which
/// another closer, or nobody any more, has it.
fn refuse(Reached { handle, slot }: Reached, ender: u32) -> Result<State, Option<State>> {
    let refused = slot.life.apply(handle, Event::Close(ender)).map(|step| step.to);
    let seen = refused.map_or_else(|seen| seen, Some);
    // Whoever comes second sees to it, too, that none is admitted when it returns.
    shut(handle, slot, seen.is_some_and(|state| state.claims.lent));
    if refused.is_ok() {
        // Calls that wait in an inbox are refused now, and not when the closer has waited (`errand.rs`).
        changed(slot);
    }
    refused
}

/// Waits for the calls inside and ends the value, after [`refuse`] and the heavy barrier. `None` where somebody
/// else ends it: a last call out, which had found it deferred before.
///
/// # Safety
///
/// As for [`close`]; the calling thread has the close.
unsafe fn finish(at: Reached, closing: State, wait: Wait, purpose: Purpose) -> Option<Closed> {
    let Reached { handle, slot } = at;
    // SAFETY: the caller's promise.
    let quiet = unsafe { wait::for_calls(handle, slot, wait) };
    if quiet && closing.claims.lent {
        return serve(handle, slot);
    }
    if quiet && may_end_here(handle, slot) {
        return end(handle, slot, purpose);
    }
    match purpose {
        Purpose::Take => {
            let _ = slot.life.apply(handle, Event::Park);
            changed(slot);
            Some(Closed::Later)
        }
        // SAFETY: the caller's promise.
        Purpose::End => unsafe { defer(at) },
    }
}

/// Leaves the end to the last call out, or to the value's own thread. `None` where C's claim on what is lent is over.
///
/// # Safety
///
/// As for [`finish`].
unsafe fn defer(at: Reached) -> Option<Closed> {
    let Reached { handle, slot } = at;
    let _ = slot.life.apply(handle, Event::Defer);
    changed(slot);
    let deferred = slot.life.state(handle).filter(|state| state.phase == Phase::Deferred);
    // Somebody else has it in hand already, or has ended it.
    let Some(deferred) = deferred else { return Some(Closed::Later) };
    if deferred.claims.lent && !deferred.claims.c {
        return None;
    }
    if barrier::heavy().is_err() {
        // SAFETY: the caller's promise.
        return Some(unsafe { keep_for_good(at) });
    }
    // LAST-OUT: whoever left before the barrier is not seen any more.
    Some(try_deferred(handle, slot, deferred).unwrap_or(Closed::Later))
}

/// Another closer is at work, or the end is behind us. `None` where it is to be tried again.
///
/// # Safety
///
/// As for [`close`].
unsafe fn await_other(at: Reached, seen: Option<State>, wait: Wait) -> Option<Closed> {
    let Reached { handle, slot } = at;
    let Some(state) = seen else { return Some(Closed::Now) };
    match state.phase {
        Phase::Kept if !state.claims.leaked => return Some(Closed::Later),
        Phase::Serving => return Some(Closed::Serving),
        Phase::Kept | Phase::Ended | Phase::Freeing | Phase::Free => return Some(Closed::Now),
        Phase::Left if !may_end_here(handle, slot) => return Some(Closed::Later),
        // One that is Left to this thread is ended there.
        _ => {}
    }
    // SAFETY: the caller's promise.
    let has_changed = unsafe { wait::for_change(handle, slot, state, wait) };
    (!has_changed).then_some(Closed::Later)
}

/// The barrier is forbidden: nobody can know that a call is not inside, so the value stays.
///
/// # Safety
///
/// As for [`close`].
unsafe fn keep_for_good(Reached { handle, slot }: Reached) -> Closed {
    if slot.life.apply(handle, Event::Keep).is_ok() {
        changed(slot);
        let detail = Detail::of(format_args!("the host value is kept for good"));
        // SAFETY: the caller's promise.
        unsafe { incident_of(handle, slot, IncidentKind::BarrierLost, "", detail) }.file();
    }
    Closed::Later
}

/// Closes many registrations with one barrier, and one look at the records for those that nobody is
/// inside of. What it comes to is [`Ended::and`] of what each comes to.
///
/// # Safety
///
/// As for [`close`], of each.
pub(crate) unsafe fn close_all(all: &[Reached], wait: Wait) -> Ended {
    adopt::check();
    let shut_one = |at: &Reached| {
        let is_lent = at.slot.life.state(at.handle).is_some_and(|state| state.claims.lent);
        shut(at.handle, at.slot, is_lent);
        is_lent
    };
    let are_lent: Vec<bool> = all.iter().map(shut_one).collect();
    let inside = barrier::heavy().map(|()| published());
    // Each close is taken in hand only now, so that nobody waits for it while another's destructor runs, or its
    // calls are waited for.
    let end = |(at, is_lent): (&Reached, bool)| {
        let is_quiet = inside.as_ref().is_ok_and(|inside| is_quiet(*at, inside));
        // LENT: what the gate still admits has not been looked for.
        if !is_lent && is_quiet && end_quiet(*at) {
            return Ended::Now;
        }
        // SAFETY: the caller's promise.
        unsafe { close(*at, wait, Purpose::End) }.into()
    };
    all.iter().zip(are_lent).map(end).fold(Ended::Now, Ended::and)
}

/// Ends one that nobody is inside of: its gate was closed, and the heavy barrier issued. `false` where it is not this
/// thread's to end.
fn end_quiet(at: Reached) -> bool {
    let Reached { handle, slot } = at;
    as_ender(|ender| {
        may_end_here(handle, slot)
            && refuse(at, ender).is_ok()
            && end(handle, slot, Purpose::End).is_some()
    })
}

/// The handles that calls are inside of, sorted.
pub(crate) fn published() -> Vec<u64> {
    let records = RECORDS_OF_THREADS.iter().map(|(_, record)| record);
    let mut inside: Vec<u64> = records.flat_map(Record::published).collect();
    inside.sort_unstable();
    inside
}

fn is_quiet(at: Reached, inside: &[u64]) -> bool {
    let is_counted = at.slot.details().callers.load(Ordering::Acquire) != 0;
    !is_counted && inside.binary_search(&at.handle.bits()).is_err()
}
