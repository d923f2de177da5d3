//! A call's way through the gate, and what refuses it.
//!
//! THREAD-BOUND: the value of a [`Kind::Local`] registration is reached, and ended, only on the
//! thread whose number the registration has. EXCLUSIVE: that of a [`Kind::Exclusive`] one only by
//! the one who has locked the slot, or by its closer when nobody is inside.

use core::any::TypeId;
use core::ptr::{self, NonNull};

use crate::account::incident_of;
use crate::adopt;
use crate::end::after_withdrawal;
use crate::gate::{Gate, Way};
use crate::handle::{Handle, Kind};
use crate::incident::{Detail, IncidentKind};
use crate::platform::{CLibrary, System};
use crate::primitive::Ordering;
use crate::report::{Bound, Report};
use crate::slot::{ALL_SLOTS, Reader, Slot, Subject};
use crate::table::TableInfo;
use crate::table_type::TableType;
use crate::thread;

/// Which registrations a call may enter.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// Those of this host type.
    Host(TypeId),
    /// Those of this table type.
    Type(&'static TableType),
}

impl Key {
    #[inline(always)]
    pub(crate) fn is_of(&self, subject: &Subject) -> bool {
        match self {
            Key::Host(key) => subject.key == *key,
            Key::Type(table_type) => ptr::eq(subject.table_type, *table_type),
        }
    }

    /// Whether C passes no user data to them.
    fn is_of_instances(&self) -> bool {
        let table_type = match self {
            Key::Host(key) => TableType::known(*key),
            Key::Type(table_type) => Some(*table_type),
        };
        table_type.is_some_and(|table_type| !table_type.instances().is_empty())
    }
}

/// The place of a callback in its table type: what a refused call is reported with.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The table type's description.
    pub info: &'static TableInfo,
    /// The callback's number, or any other number for a call of the host's own.
    pub callback: usize,
}

/// Why a call was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The registration has ended, or is ending.
    Late,
    /// The user data is NULL, or made up: no registration ever had it.
    Unknown,
    /// The registration is bound to another thread.
    WrongThread,
    /// The registration is exclusive, and a call is inside.
    Concurrent,
    /// The user data is that of another type's table.
    OtherType,
}

impl Refusal {
    fn kind(self) -> IncidentKind {
        match self {
            Refusal::Late => IncidentKind::LateCall,
            Refusal::WrongThread => IncidentKind::WrongThread,
            Refusal::Concurrent => IncidentKind::ConcurrentCall,
            Refusal::Unknown | Refusal::OtherType => IncidentKind::BadArgument,
        }
    }
}

/// A call that was admitted. It must be left by [`Pass::leave`], once.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    pub(crate) slot: &'static Slot,
    pub(crate) way: Way<'static>,
}

impl core::fmt::Debug for Slot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

/// Admits an outermost call into a live registration. `None` says nothing but that this is not one, or that
/// something refuses the call: the caller goes on with [`admit`].
#[inline(always)]
pub(crate) fn enter_lightly(handle: Handle, is_it: impl FnOnce(&Subject) -> bool) -> Option<Pass> {
    // The thread's locals first: to find them may be a call.
    let record = thread::fast_record();
    let slot = ALL_SLOTS.get_lightly(handle)?;
    let way = Way::outermost(record, handle)?;
    // SAFETY: GUARDED (a): published, and read only after `admits` found the handle in the gate.
    let is_open = slot.gate.admits(handle) && is_it(unsafe { slot.subject() });
    if is_open && (handle.is_shared() || is_restriction_met(slot, handle)) {
        return Some(Pass { slot, way });
    }
    // A closer that has seen this is answered by `admit`, which withdraws once more.
    way.leave_lightly();
    None
}

/// Whether the kind of a registration that a call has found open admits it. An exclusive one is locked then.
#[inline(always)]
fn is_restriction_met(slot: &Slot, handle: Handle) -> bool {
    match handle.kind() {
        Kind::Shared => true,
        Kind::Exclusive => slot.try_lock(),
        Kind::Local => slot.thread() == thread::number(),
    }
}

/// Admits any call, or refuses it. One that takes back, or is C's last, is admitted as long as the value is lent.
pub(crate) fn enter(handle: Handle, key: &Key, takes_back: bool) -> Result<Pass, Refused> {
    adopt::check();
    let Some(slot) = ALL_SLOTS.get(handle).filter(|slot| slot.was_taken()) else {
        return Err(Refused { handle, why: late_or_unknown(handle, key), pass: None });
    };
    let pass = Pass { slot, way: thread::publish(&slot.details().callers, handle) };
    match refusal(slot, handle, key, takes_back) {
        None => Ok(pass),
        Some(why) => Err(Refused { handle, why, pass: Some(pass) }),
    }
}

/// As [`enter`]; a call that is refused is counted and reported, and has left.
#[inline(never)]
pub(crate) fn admit(handle: Handle, key: Key, site: &Site) -> Result<Pass, Refusal> {
    let takes_back = site.info.takes_back(site.callback);
    enter(handle, &key, takes_back).map_err(|refused| refused.report(&key, site))
}

/// What refuses a call that has published.
fn refusal(slot: &Slot, handle: Handle, key: &Key, takes_back: bool) -> Option<Refusal> {
    let admits = if takes_back { Gate::admits_taking_back } else { Gate::admits };
    if !admits(&slot.gate, handle) {
        return Some(late_or_unknown(handle, key));
    }
    // SAFETY: GUARDED (a): published, and the gate is open for this handle.
    if !key.is_of(unsafe { slot.subject() }) {
        return Some(Refusal::OtherType);
    }
    let refusal = if handle.is_exclusive() { Refusal::Concurrent } else { Refusal::WrongThread };
    (!is_restriction_met(slot, handle)).then_some(refusal)
}

/// Why a call is refused whose handle no open gate has. A free instance supplies what is none, and is called late.
pub(crate) fn late_or_unknown(handle: Handle, key: &Key) -> Refusal {
    let is_late = ALL_SLOTS.was_given(handle) || key.is_of_instances();
    if is_late { Refusal::Late } else { Refusal::Unknown }
}

/// A call that is refused, and that still stands among the callers.
pub(crate) struct Refused {
    handle: Handle,
    why: Refusal,
    pass: Option<Pass>,
}

impl Refused {
    /// Leaves without an incident: for the host's own side.
    pub(crate) fn leave(self) -> Refusal {
        if let Some(pass) = self.pass {
            pass.withdraw(self.handle);
        }
        self.why
    }

    /// Leaves, counts and reports the refused call.
    #[cold]
    fn report(self, key: &Key, site: &Site) -> Refusal {
        // Before it leaves, so that the registration stays if it is still there; but no close waits for
        // what comes next.
        let reader = Reader::of(self.handle);
        let handle = self.handle;
        let why = self.leave();
        let callback = site.info.callback_name(site.callback);
        let Some(reader) = reader else {
            unnamed(handle, why, site.info, callback).file();
            return why;
        };
        reader.slot.details().counts.refused.fetch_add(1, Ordering::Relaxed);
        if why == Refusal::Late && is_last_word(handle, &reader, key, site) {
            return why;
        }
        let detail = match why {
            Refusal::Concurrent if is_reentrant(handle) => {
                Detail::of(format_args!("re-entrant: this thread is inside already"))
            }
            Refusal::Late if was_dropped(handle, &reader) => {
                Detail::of(format_args!("its handle was dropped: keep it as long as C calls"))
            }
            _ => Detail::new(),
        };
        // SAFETY: GUARDED (b).
        let mut report = unsafe { incident_of(handle, reader.slot, why.kind(), callback, detail) };
        if why == Refusal::OtherType {
            // SAFETY: GUARDED (b).
            let info = unsafe { reader.slot.subject() }.table_type.info();
            let (table, host) = (info.table, info.host.get());
            let what = if site.info.by_address { "address" } else { "user data" };
            let called = site.info.host.get();
            report.detail = if called == host {
                Detail::of(format_args!("the {what} is of {table}, for another {host}"))
            } else {
                Detail::of(format_args!("the {what} is of {table}, for {host}, not {called}"))
            };
            report.table = site.info.table;
        }
        report.file();
        why
    }
}

/// Whether the calling thread's record has another call into the registration.
fn is_reentrant(handle: Handle) -> bool {
    thread::own_record().is_some_and(|record| record.holds(handle.bits()))
}

/// Whether the host has ended it by nothing but a drop, and so has no handle any more.
fn was_dropped(handle: Handle, reader: &Reader) -> bool {
    let state = reader.slot.life.state(handle);
    let is_cs_alone = state.is_some_and(|state| state.claims.c && !state.claims.host);
    is_cs_alone && reader.slot.details().ended().is_none()
}

/// Whether this is the call that C owes where the host has ended the registration: no fault of anybody's.
fn is_last_word(handle: Handle, reader: &Reader, key: &Key, site: &Site) -> bool {
    let state = reader.slot.life.state(handle);
    // SAFETY: GUARDED (b).
    let is_of_its_type = key.is_of(unsafe { reader.slot.subject() });
    is_of_its_type
        && site.info.is_last_call(site.callback)
        && state.is_some_and(|state| state.claims.c)
}

/// A call that was refused, of no registration that could be named.
pub(crate) fn unnamed(
    handle: Handle,
    why: Refusal,
    info: &'static TableInfo,
    callback: &'static str,
) -> Report<'static> {
    let mut report = Report::unnamed(why.kind(), info.table, callback);
    let host = info.host.get();
    report.bound = Bound::Unnamed(host);
    if why == Refusal::Late {
        report.detail = Detail::of(format_args!("released, for {host}"));
    }
    if why == Refusal::Unknown {
        report.detail = match handle.bits() {
            0 if info.by_address => Detail::of(format_args!("the address is of no table yet")),
            bits if info.by_address => {
                Detail::of(format_args!("before the table stands {bits:#x}, which is no table's"))
            }
            0 => Detail::of(format_args!("the user data is NULL")),
            bits => Detail::of(format_args!("{bits:#x} is the user data of no table")),
        };
    }
    report
}

impl Pass {
    /// The host value, which lives until the pass is left.
    #[inline(always)]
    pub fn value(&self) -> NonNull<()> {
        // SAFETY: GUARDED (a): the call is inside.
        unsafe { self.slot.value() }
    }

    /// As [`Pass::value`], of a type whose values stand in their slots, but for those that are borrowed.
    #[inline(always)]
    pub(crate) fn value_in_room(&self) -> NonNull<()> {
        // SAFETY: GUARDED (a): the call is inside.
        unsafe { self.slot.value_in_room() }
    }

    /// The table type of the registration.
    pub fn table_type(&self) -> &'static TableType {
        // SAFETY: GUARDED (a): the call is inside.
        unsafe { self.slot.subject() }.table_type
    }

    /// Leaves, and ends the host value where that was left to the last call out.
    ///
    /// # Safety
    ///
    /// The pass was entered by this handle and has not been left, and the host value is not used any more, nor the
    /// pass or a copy of it.
    #[inline(always)]
    pub unsafe fn leave(self, handle: Handle) {
        if self.way.is_light() && !handle.is_exclusive() {
            self.way.leave_lightly();
            self.look_back(handle);
        } else {
            self.leave_otherwise(handle);
        }
    }

    /// Stands apart, so that the trampolines, which are many, have little to do.
    #[inline(never)]
    fn leave_otherwise(self, handle: Handle) {
        if handle.is_exclusive() {
            self.slot.unlock();
        }
        if self.way.is_light() {
            self.way.leave_lightly();
            self.look_back(handle);
        } else {
            self.withdraw(handle);
        }
    }

    /// Leaves as a call does that was refused, or that is none of C's.
    pub(crate) fn withdraw(self, handle: Handle) {
        thread::withdraw(self.way, &self.slot.details().callers);
        self.look_back(handle);
    }

    /// LAST-OUT.
    #[inline(always)]
    fn look_back(self, handle: Handle) {
        if !self.slot.gate.admits(handle) {
            left_closed(handle, self.slot);
        }
    }
}

/// What a call does that finds its gate closed when it has left: it may have been the last one.
#[cold]
#[inline(never)]
fn left_closed(handle: Handle, slot: &'static Slot) {
    System::keep_errno(|| {
        adopt::check();
        thread::above_c(|| after_withdrawal(handle.index(), slot));
    });
}
