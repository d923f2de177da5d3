//! A call's way through the gate, and what refuses it.
//!
//! THREAD-BOUND: the value of a [`Kind::Local`] registration is reached, and ended, only on the
//! thread whose number the registration has. EXCLUSIVE: that of a [`Kind::Exclusive`] one only by
//! the holder of the slot's `busy` flag, or by its closer when nobody is inside.

use core::any::TypeId;

use super::callbacks::{Callbacks, TableInfo};
use super::handle::{Handle, Kind, State};
use super::incident::{Detail, Report};
use super::slot::{Registration, SLOTS, Slot, Slots};
use super::{close, gate::Way, thread};
use crate::incident::IncidentKind;
use crate::primitive::Ordering;

/// A call that was admitted. It must be left by [`Pass::leave`].
pub(crate) struct Pass {
    handle: Handle,
    slot: &'static Slot,
    way: Way<'static>,
}

/// Why a call was not admitted.
pub(crate) enum Refusal {
    /// The registration has ended or is ending, or there is none.
    Late,
    /// The registration is bound to another thread.
    WrongThread,
    /// The registration is exclusive, and a call is inside.
    Concurrent,
    /// The user data is that of another type's table.
    OtherType,
}

impl Refusal {
    fn kind(&self) -> IncidentKind {
        match self {
            Refusal::Late => IncidentKind::LateCall,
            Refusal::WrongThread => IncidentKind::WrongThread,
            Refusal::Concurrent => IncidentKind::ConcurrentCall,
            Refusal::OtherType => IncidentKind::BadArgument,
        }
    }
}

/// Admits an outermost call into a live shared table. `None` says nothing but that this is not one.
#[inline(always)]
pub(crate) fn enter_lightly<H: Callbacks>(handle: Handle) -> Option<Pass> {
    enter_lightly_if(handle, is_of::<H>)
}

/// As [`enter_lightly`], for a table whose registration `is_it` knows.
#[inline(always)]
pub(crate) fn enter_lightly_if(
    handle: Handle,
    is_it: impl FnOnce(&Registration) -> bool,
) -> Option<Pass> {
    let slot = Slots::first_plain(handle)?;
    let way = thread::publish_lightly(handle)?;
    let pass = Pass { handle, slot, way };
    // SAFETY: GUARDED (a): published, and read only after `admits` found the handle in the word.
    if slot.gate.admits(handle) && is_it(unsafe { slot.registration() }) {
        return Some(pass);
    }
    way.leave_lightly();
    None
}

/// Admits a call, or refuses it and says why. The host's own side enters here too.
#[inline(always)]
pub(crate) fn enter<H: Callbacks>(handle: Handle) -> Result<Pass, Refused> {
    enter_if(handle, is_of::<H>)
}

/// Whether a registration's host value is an `H`.
#[inline(always)]
fn is_of<H: Callbacks>(registration: &Registration) -> bool {
    registration.key == TypeId::of::<H::Key>()
}

/// As [`enter`], for a table whose registration `is_it` knows.
#[inline(always)]
pub(crate) fn enter_if(
    handle: Handle,
    is_it: impl FnOnce(&Registration) -> bool,
) -> Result<Pass, Refused> {
    let Some(slot) = SLOTS.get(handle) else { return Err(Refused::nowhere()) };
    let way = thread::publish(&slot.gate, handle);
    let pass = Pass { handle, slot, way };
    match refusal(slot, handle, is_it) {
        None => Ok(pass),
        Some(why) => Err(Refused { why, pass: Some(pass) }),
    }
}

/// What refuses a call that has published.
#[inline(always)]
fn refusal(
    slot: &Slot,
    handle: Handle,
    is_it: impl FnOnce(&Registration) -> bool,
) -> Option<Refusal> {
    // A word that is no handle could equal that of a gate that is not open.
    if !slot.gate.admits(handle) || !handle.is_well_formed() {
        return Some(Refusal::Late);
    }
    // SAFETY: GUARDED (a): published, and the word is this handle's.
    if !is_it(unsafe { slot.registration() }) {
        return Some(Refusal::OtherType);
    }
    match handle.kind() {
        Kind::Shared => None,
        Kind::Exclusive => (!slot.try_lock()).then_some(Refusal::Concurrent),
        Kind::Local => {
            let is_owner = slot.thread.load(Ordering::Relaxed) == thread::number();
            (!is_owner).then_some(Refusal::WrongThread)
        }
    }
}

/// The result goes through here, so that the common way need not put it by.
#[cold]
#[inline(never)]
fn end_and_return<R>(slot: &'static Slot, result: R) -> R {
    close::after_last_call(slot);
    result
}

/// A refused call, which still stands in the gate so that its registration can be read.
pub(crate) struct Refused {
    why: Refusal,
    pass: Option<Pass>,
}

impl Refused {
    fn nowhere() -> Self {
        Refused { why: Refusal::Late, pass: None }
    }

    /// Leaves without an incident: for the host's own side.
    pub(crate) fn leave(self) -> Refusal {
        if let Some(pass) = self.pass {
            pass.out();
        }
        self.why
    }

    /// Counts and reports the refused call, and leaves.
    #[cold]
    #[inline(never)]
    pub(crate) fn report(self, info: &'static TableInfo, callback: usize) {
        let name = info.callback_name(callback);
        match self.pass {
            Some(pass) => pass.report_refused(&self.why, info, name),
            None => Report::unnamed(self.why.kind(), info.table, name).file(),
        }
    }
}

impl Pass {
    /// The registration, for as long as the call is inside.
    #[inline(always)]
    pub(crate) fn registration(&self) -> &Registration {
        // SAFETY: GUARDED (a): the call is inside.
        unsafe { self.slot.registration() }
    }

    /// The host value.
    ///
    /// # Safety
    ///
    /// `H` is the type this pass was entered for. The reference ends before [`Pass::leave`].
    #[inline(always)]
    pub(crate) unsafe fn host<'a, H: Callbacks>(&self) -> &'a H {
        // SAFETY: GUARDED (a): the call is inside.
        let registration = unsafe { self.slot.registration() };
        // SAFETY: the value is an `H`, for `enter` compared the type; G1: it is not ended before
        // this call has left.
        unsafe { registration.value.cast::<H>().as_ref() }
    }

    /// A pass of the same parts.
    pub(crate) fn from_parts(handle: Handle, slot: &'static Slot, way: Way<'static>) -> Self {
        Pass { handle, slot, way }
    }

    #[inline(always)]
    pub(crate) fn way(&self) -> Way<'static> {
        self.way
    }

    #[inline(always)]
    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    #[inline(always)]
    pub(crate) fn slot(&self) -> &'static Slot {
        self.slot
    }

    /// Leaves, and ends the host value where that was left to the last call out.
    #[inline(always)]
    pub(crate) fn leave(self) {
        if self.handle.kind() == Kind::Exclusive {
            self.slot.unlock();
        }
        self.out();
    }

    /// Leaves after [`enter_lightly`], and returns the call's result.
    #[inline(always)]
    pub(crate) fn leave_lightly<R>(self, result: R) -> R {
        self.way.leave_lightly();
        if self.slot.gate.admits(self.handle) {
            return result;
        }
        end_and_return(self.slot, result)
    }

    #[inline(always)]
    fn out(self) {
        thread::withdraw(self.way, &self.slot.gate);
        self.end_if_last();
    }

    #[inline(always)]
    fn end_if_last(&self) {
        if !self.slot.gate.admits(self.handle) {
            close::after_last_call(self.slot);
        }
    }

    fn report_refused(self, why: &Refusal, info: &'static TableInfo, callback: &'static str) {
        let readable = self.slot.gate.state(self.handle).is_some_and(|s| s != State::Releasing);
        if readable {
            self.slot.counts.refused.fetch_add(1, Ordering::Relaxed);
            let detail = match why {
                Refusal::OtherType => Detail::of(format_args!("user data given to {}", info.table)),
                _ => Detail::new(),
            };
            // SAFETY: GUARDED (a): published, and then read in the word.
            unsafe { Report::of(why.kind(), self.handle, self.slot, callback, detail) }.file();
        } else {
            Report::unnamed(why.kind(), info.table, callback).file();
        }
        self.out();
    }
}

/// Someone who stands in the gate without being admitted: a close is refused nothing.
pub(crate) struct Standing(Pass);

impl Standing {
    /// Stands in the gate of a registration of `H` that is not about to be released; reports what is
    /// no such thing.
    pub(crate) fn enter<H: Callbacks>(handle: Handle, callback: &'static str) -> Option<Self> {
        Self::enter_if(handle, H::INFO.table, callback, is_of::<H>)
    }

    /// As [`Standing::enter`], for a table whose registration `is_it` knows.
    pub(crate) fn enter_if(
        handle: Handle,
        table: &'static str,
        callback: &'static str,
        is_it: impl FnOnce(&Registration) -> bool,
    ) -> Option<Self> {
        let Some(slot) = SLOTS.get(handle).filter(|_| handle.is_well_formed()) else {
            Report::unnamed(IncidentKind::LateCall, table, callback).file();
            return None;
        };
        let standing = Standing(Pass { handle, slot, way: thread::publish(&slot.gate, handle) });
        if slot.gate.state(handle).is_none_or(|state| state == State::Releasing) {
            Report::unnamed(IncidentKind::LateCall, table, callback).file();
            standing.leave();
            return None;
        }
        // SAFETY: GUARDED (a): published, and then read in the word.
        if !is_it(unsafe { slot.registration() }) {
            standing.report(IncidentKind::BadArgument, callback, "user data of another table");
            return None;
        }
        Some(standing)
    }

    pub(crate) fn handle(&self) -> Handle {
        self.0.handle
    }

    pub(crate) fn slot(&self) -> &'static Slot {
        self.0.slot
    }

    /// Reports a notice that comes a second time, and leaves.
    pub(crate) fn report_again(self, callback: &'static str) {
        self.report(IncidentKind::LateCall, callback, "called again");
    }

    fn report(self, kind: IncidentKind, callback: &'static str, detail: &str) {
        let Pass { handle, slot, .. } = self.0;
        let detail = Detail::of(format_args!("{detail}"));
        // SAFETY: GUARDED (a): published, and then read in the word.
        unsafe { Report::of(kind, handle, slot, callback, detail) }.file();
        self.leave();
    }

    /// Leaves, and ends the host value where that was left to the last one out.
    pub(crate) fn leave(self) {
        self.0.out();
    }
}
