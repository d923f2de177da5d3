//! Outgoing calls: those that a host makes into C, by a function that C has passed to a call together with a cookie.
//!
//! The host may make them until the registration is released, whatever becomes of it before: its value may have ended, and
//! C may have made its last call. An [`Outgoing`] keeps the slot, though not the value, until it is dropped. A call under way
//! is published as one of C's is, so that a close waits for it, or leaves the value's end to it, by the same rules.

use crate::adopt;
use crate::call::Call;
use crate::close::Reached;
use crate::end::changed;
use crate::enter::Pass;
use crate::slot::{Slot, free_if_due};
use crate::thread;
use crate::wait::{self, Wait};

/// The way into C by what C has passed to one call.
#[derive(Debug)]
pub struct Outgoing(Reached);

impl Outgoing {
    /// What C has passed to this call.
    pub fn of(call: &Call<'_>) -> Self {
        let at = call.reached();
        at.slot.details().ties.tie();
        Outgoing(at)
    }

    /// Runs `f`, which calls C, on any thread; `None` where the registration was released, so that C has forgotten what it
    /// passed. A release waits for it, and so does a close.
    pub fn call<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        adopt::check();
        let _under_way = UnderWay::begin(self.0);
        if self.0.slot.details().ties.is_released() { None } else { Some(f()) }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let Reached { handle, slot } = self.0;
        slot.details().ties.untie();
        free_if_due(handle.index(), slot);
    }
}

/// A call that is published until this is dropped, by a panic too.
struct UnderWay {
    at: Reached,
    pass: Pass,
}

impl UnderWay {
    fn begin(at: Reached) -> Self {
        let way = thread::publish(&at.slot.details().callers, at.handle);
        UnderWay { at, pass: Pass { slot: at.slot, way } }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.pass.withdraw(self.at.handle);
        if self.at.slot.details().ties.is_released() {
            changed(self.at.slot);
        }
    }
}

/// Refuses outgoing calls from here on: C has forgotten what it passed.
pub(crate) fn refuse(slot: &Slot) {
    slot.details().ties.release();
}

/// Waits for the outgoing calls under way, after [`refuse`]. `false` where one is not to be waited for.
///
/// # Safety
///
/// The caller may read the registration (GUARDED).
pub(crate) unsafe fn wait_for_all(Reached { handle, slot }: Reached, wait: Wait) -> bool {
    let ties = &slot.details().ties;
    // SAFETY: the caller's promise.
    ties.is_none() || unsafe { wait::for_published(handle, slot, wait, || ties.is_none()) }
}
