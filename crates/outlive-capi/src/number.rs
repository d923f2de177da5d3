//! The host value of a host in another language: a number, and whom to tell when it is let go.

use core::alloc::Layout;
use core::ptr::NonNull;

use outlive_core::{
    HoldErrorKind, Kind, Owned, Place, Storage, TableType, Value, fits_in_slot, hold, prepare,
};

/// Called once when a number is let go.
pub(crate) type End = unsafe extern "C-unwind" fn(value: usize);

/// What is held.
struct Number {
    value: usize,
    end: Option<End>,
}

const _: () = assert!(fits_in_slot(Layout::new::<Number>()));

/// Holds a number, to be owned by number.
///
/// # Errors
///
/// What was missing; `end` is not called then.
///
/// # Safety
///
/// `end` may be called once with `value`, on any thread for which `kind` allows that.
pub(crate) unsafe fn hold_number(
    described: &'static TableType,
    (value, end): (usize, Option<End>),
    kind: Kind,
    created: Place,
) -> Result<Owned, HoldErrorKind> {
    prepare();
    let number = Number { value, end };
    let registered = Value {
        pointer: NonNull::from(&number).cast(),
        storage: Storage::InSlot(size_of::<Number>()),
        drop_value: Some(let_go),
        kind,
        by_number: true,
        result: None,
    };
    // SAFETY: after a success it is not used here; the rest is the caller's promise.
    unsafe { hold(described, registered, created) }
}

/// Tells the host that a number is let go.
///
/// # Safety
///
/// It is a number that [`hold_number`] holds, and nobody else uses it.
unsafe fn let_go(number: NonNull<()>) {
    // SAFETY: the caller's promise.
    let Number { value, end } = unsafe { number.cast::<Number>().read() };
    if let Some(end) = end {
        // SAFETY: the promise of `hold_number`'s caller.
        unsafe { end(value) };
    }
}

/// The number that is held.
///
/// # Safety
///
/// `value` is where the host value of a described type's registration stands, which a call is inside of.
#[inline(always)]
pub(crate) unsafe fn number_of(value: NonNull<()>) -> usize {
    // SAFETY: the caller's promise: all of them are held by `hold_number`.
    unsafe { value.cast::<Number>().as_ref() }.value
}
