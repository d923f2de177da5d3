//! The host value of a host in another language: a number, and whom to tell when it is let go.

use core::ptr::NonNull;

use outlive_core::{HoldErrorKind, Kind, Owned, Place, TableType, Value, boxed, hold, prepare};

/// Called once when a number is let go.
pub(crate) type End = unsafe extern "C-unwind" fn(value: usize);

/// What is held.
struct Number {
    value: usize,
    end: Option<End>,
}

impl Number {
    /// Ends it without a word: it was not held.
    fn forget(mut self) -> HoldErrorKind {
        self.end = None;
        HoldErrorKind::NoMemory
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        if let Some(end) = self.end {
            // SAFETY: the promise of `hold_number`'s caller.
            unsafe { end(self.value) };
        }
    }
}

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
    let number = boxed(Number { value, end }).map_err(Number::forget)?;
    let pointer = NonNull::from(Box::leak(number));
    let drop_value = Some(outlive_core::drop_boxed::<Number> as unsafe fn(_));
    let registered = Value { pointer: pointer.cast(), drop_value, kind, by_number: true };
    // SAFETY: the box is the registration's until it ends it; the rest is the caller's promise.
    unsafe { hold(described, registered, created) }.inspect_err(|_| {
        // SAFETY: it was leaked above, and no registration has it.
        unsafe { Box::from_raw(pointer.as_ptr()) }.forget();
    })
}

/// The number that is held.
///
/// # Safety
///
/// `value` is the host value of a described type's registration, which a call is inside of.
#[inline(always)]
pub(crate) unsafe fn number_of(value: NonNull<()>) -> usize {
    // SAFETY: the caller's promise: all of them are boxed by `hold_number`.
    unsafe { value.cast::<Number>().as_ref() }.value
}
