//! The destroy notify: C says that it has used a registration's user data for the last time.

use core::ffi::c_void;

use super::callbacks::{Arg, Callbacks};
use super::close::{self, Purpose, Wait};
use super::custody::Notice;
use super::enter::Standing;
use super::handle::Handle;
use super::slot::{Memory, Slot};

/// The name of the notify in reports, where it is no member of the table.
pub(crate) const NAME: &str = "destroy notify";

/// C calls this when it has used the user data for the last time, on whatever thread it likes, from
/// inside a callback of the table too. The host value is C's no longer: it is dropped here, or when
/// the last call inside has left, or on its own thread.
///
/// # Safety
///
/// None beyond C's: `user_data` is a number, and any is refused that is not of a live `H`.
pub unsafe extern "C" fn destroy_notify<H: Callbacks<State = Arg>>(user_data: *mut c_void) {
    let handle = Handle::from_user_data(user_data.addr());
    if let Some(standing) = Standing::enter::<H>(handle, NAME) {
        notified(standing);
    }
}

/// What a destroy notify does that has found its registration.
pub(crate) fn notified(standing: Standing) {
    let (handle, slot) = (standing.handle(), standing.slot());
    let notice = slot.custody.notify();
    if notice == Notice::Again {
        standing.report_again(NAME);
        return;
    }
    // SAFETY: we stand in the gate, so that the slot is not released meanwhile.
    unsafe { close::close(handle, slot, Wait::Never, Purpose::End) };
    // SAFETY: GUARDED (a): published, and its word was this registration's.
    let is_static = unsafe { is_static(slot) };
    standing.leave();
    if notice == Notice::Last && is_static {
        // NOTICE: the release is ours, and nobody else's.
        close::release(handle, slot, Wait::Never);
    }
}

/// Gives a registration to C; the caller owned it until now.
pub(crate) fn hand_over(handle: Handle, slot: &'static Slot) {
    // SAFETY: GUARDED (b).
    let is_static = unsafe { is_static(slot) };
    if !slot.custody.hand_over() && is_static {
        // NOTICE: C's notice came first and left the release to us.
        close::release(handle, slot, Wait::Never);
    }
}

/// Whether C reads nothing of this registration but static memory, so that the slot may be reused
/// without C's word: later calls are refused by their handle. Memory of the table's own stays.
///
/// # Safety
///
/// The caller is one of those that GUARDED names.
unsafe fn is_static(slot: &Slot) -> bool {
    // SAFETY: the caller's promise.
    let registration = unsafe { slot.registration() };
    matches!(registration.memory, Memory::Static)
}
