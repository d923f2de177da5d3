//! How a trampoline that is not Rust's enters and leaves: its pass stands on its own stack.

use core::mem::offset_of;
use core::ptr::NonNull;

use crate::call::{Call, Unserved};
use crate::enter::{Key, Pass, Site, admit, enter_lightly};
use crate::gate::Way;
use crate::handle::Handle;
use crate::outgoing::Outgoing;
use crate::primitive::Ordering;
use crate::slot::Slot;
use crate::table::{PanicPolicy, TableInfo};
use crate::table_type::TableType;

/// A call that was admitted, as whole words. It must be left by [`RawPass::leave`], on whatever thread.
#[derive(Debug)]
#[repr(C)]
pub struct RawPass {
    handle: Handle,
    /// Never 0: a trampoline may mark by 0 here that it has no pass.
    slot: &'static Slot,
    way: NonNull<()>,
    info: &'static TableInfo,
    callback: usize,
}

impl RawPass {
    /// Which of its words is the user data of the registration, as C would pass it.
    pub const USER_DATA: usize = offset_of!(RawPass, handle) / size_of::<usize>();
    /// Which of its words is never 0.
    pub const NEVER_0: usize = offset_of!(RawPass, slot) / size_of::<usize>();

    #[inline(always)]
    fn of(handle: Handle, pass: Pass, info: &'static TableInfo, callback: usize) -> Self {
        RawPass { handle, slot: pass.slot, way: pass.way.into_raw(), info, callback }
    }

    /// The pass of a call of the host's own; its callback has no name.
    ///
    /// # Safety
    ///
    /// The pass was entered by this handle and has not been left; nobody else leaves it.
    pub unsafe fn of_host(handle: Handle, pass: Pass) -> Self {
        RawPass::of(handle, pass, pass.table_type().info(), usize::MAX)
    }

    /// Where the host value stands that was moved into its slot ([`Storage::InSlot`](crate::Storage::InSlot)). It
    /// lives until the pass is left.
    #[inline(always)]
    pub fn value_in_slot(&self) -> NonNull<()> {
        self.slot.room()
    }

    #[inline(always)]
    fn pass(&self) -> Pass {
        // SAFETY: it came from a pass that has not left.
        Pass { slot: self.slot, way: unsafe { Way::from_raw(self.way) } }
    }

    fn with_call<R>(&self, f: impl FnOnce(&Call<'_>) -> R) -> R {
        let site = Site { info: self.info, callback: self.callback };
        // SAFETY: the pass is left later.
        f(&unsafe { Call::of(self.handle, &self.pass(), &site) })
    }

    /// Counts and reports a panic, or an exception, of the host's; aborts where the type asks for it.
    #[cold]
    pub fn panicked(&self, message: &str) {
        self.with_call(|call| {
            call.note_panic(message);
            if self.info.panic == PanicPolicy::Abort {
                call.abort();
            }
        });
    }

    /// Counts and reports an argument of C's that the host does not admit.
    #[cold]
    pub fn bad_argument(&self, argument: usize, reason: &str) {
        self.with_call(|call| call.note_argument(argument, reason));
    }

    /// What C has passed to this call.
    pub fn outgoing(&self) -> Outgoing {
        self.with_call(Outgoing::of)
    }

    /// Leaves, and ends the host value where that was left to the last call out.
    #[inline(always)]
    pub fn leave(self) {
        // SAFETY: this is the only one of its call, and what came from it is used until it is left.
        unsafe { self.pass().leave(self.handle) };
    }
}

impl TableType {
    /// Admits an outermost call of C's into a live shared table of this type. `None` says nothing but that
    /// this is not one: nothing was done.
    #[inline(always)]
    pub fn enter_lightly(&'static self, callback: u32, user_data: usize) -> Option<RawPass> {
        let handle = Handle::from_user_data(user_data);
        let pass = enter_lightly(handle, |subject| core::ptr::eq(subject.table_type, self))?;
        Some(self.admitted(handle, pass, callback))
    }

    /// Admits any call of C's into a table of this type; or refuses, counts and reports it.
    ///
    /// # Errors
    ///
    /// Why it was refused.
    pub fn enter(&'static self, callback: u32, user_data: usize) -> Result<RawPass, Unserved> {
        let handle = Handle::from_user_data(user_data);
        let site = Site { info: self.info(), callback: callback as usize };
        let pass = admit(handle, Key::Type(self), &site)?;
        Ok(self.admitted(handle, pass, callback))
    }

    #[inline(always)]
    fn admitted(&self, handle: Handle, pass: Pass, callback: u32) -> RawPass {
        if self.info().count {
            pass.slot.details().counts.served.fetch_add(1, Ordering::Relaxed);
        }
        RawPass::of(handle, pass, self.info(), callback as usize)
    }
}
