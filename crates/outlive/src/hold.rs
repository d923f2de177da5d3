//! How a host value gets into a registration.

use core::ptr::NonNull;

use outlive_core::{HoldErrorKind, Kind, Owned, Place, Value, boxed, drop_boxed, hold, prepare};

use crate::callbacks::Callbacks;
use crate::error::HoldError;
use crate::private::table_type_of;

/// Boxes a host value and holds it. The caller has asked for what the kind needs.
pub(crate) fn hold_boxed<T: Callbacks + 'static>(
    value: T,
    kind: Kind,
    by_number: bool,
    created: Place,
) -> Result<Owned, HoldError<T>> {
    prepare();
    let boxed = match boxed(value) {
        Ok(boxed) => NonNull::from(Box::leak(boxed)),
        Err(value) => return Err(HoldError::new(value, HoldErrorKind::NoMemory)),
    };
    let (pointer, drop_value) = (boxed.cast(), Some(drop_boxed::<T> as unsafe fn(_)));
    let registered = Value { pointer, drop_value, kind, by_number };
    let held = table_type_of::<T>().map_err(HoldErrorKind::from).and_then(|table_type| {
        // SAFETY: the box is the registration's until it ends it; the rest is asked for by the constructors
        // of `Held`.
        unsafe { hold(table_type, registered, created) }
    });
    held.map_err(|kind| {
        // SAFETY: it was boxed above, and no registration has it.
        let value = unsafe { Box::from_raw(boxed.as_ptr()) };
        HoldError::new(*value, kind)
    })
}

/// Holds a host value that is borrowed until the registration has ended.
///
/// # Safety
///
/// It is, and it may be used as `kind` says.
pub(crate) unsafe fn hold_borrowed<T: Callbacks>(
    value: &T,
    kind: Kind,
    created: Place,
) -> Result<Owned, HoldErrorKind> {
    prepare();
    let pointer = NonNull::from(value).cast();
    let value = Value { pointer, drop_value: None, kind, by_number: false };
    // SAFETY: the caller's promise.
    unsafe { hold(table_type_of::<T>()?, value, created) }
}
