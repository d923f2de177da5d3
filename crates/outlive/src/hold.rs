//! How a host value gets into a registration, and out again.

use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use outlive_core::{
    HoldErrorKind, Kind, Owned, Place, Storage, Value, boxed, drop_boxed, hold, prepare,
};

use crate::callbacks::Callbacks;
use crate::error::HoldError;
use crate::host_type::{is_in_slot, table_type_of};

/// Holds a host value. The caller has asked for what the kind needs.
pub(crate) fn hold_value<T: Callbacks + 'static>(
    value: T,
    kind: Kind,
    by_number: bool,
    created: Place,
) -> Result<Owned, HoldError<T>> {
    prepare();
    if is_in_slot::<T>() {
        let value = ManuallyDrop::new(value);
        let held = Value {
            pointer: NonNull::from(&value).cast(),
            storage: Storage::InSlot(size_of::<T>()),
            drop_value: Some(drop_in_place::<T>),
            kind,
            by_number,
        };
        // SAFETY: after a success it is not used here.
        return unsafe { hold_as::<T>(held, created) }
            .map_err(|kind| HoldError::new(ManuallyDrop::into_inner(value), kind));
    }
    let boxed = match boxed(value) {
        Ok(boxed) => NonNull::from(Box::leak(boxed)),
        Err(value) => return Err(HoldError::new(value, HoldErrorKind::NoMemory)),
    };
    let held = Value {
        pointer: boxed.cast(),
        storage: Storage::Outside,
        drop_value: Some(drop_boxed::<T>),
        kind,
        by_number,
    };
    // SAFETY: the box is the registration's until it ends it.
    unsafe { hold_as::<T>(held, created) }.map_err(|kind| {
        // SAFETY: it was boxed above, and no registration has it.
        let value = unsafe { Box::from_raw(boxed.as_ptr()) };
        HoldError::new(*value, kind)
    })
}

/// Takes a value out that [`hold_value`] has held.
///
/// # Safety
///
/// It is the value of a registration that has given it out, and is taken once.
pub(crate) unsafe fn take_value<T>(value: NonNull<()>) -> T {
    let value = value.cast::<T>();
    if is_in_slot::<T>() {
        // SAFETY: the caller's promise: it stands in the slot.
        return unsafe { value.read() };
    }
    // SAFETY: the caller's promise: it was boxed.
    *unsafe { Box::from_raw(value.as_ptr()) }
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
    let held = Value {
        pointer: NonNull::from(value).cast(),
        storage: Storage::Lent,
        drop_value: None,
        kind,
        by_number: false,
    };
    // SAFETY: the caller's promise.
    unsafe { hold_as::<T>(held, created) }
}

/// # Safety
///
/// As for [`hold`], of a `T`.
unsafe fn hold_as<T: Callbacks>(held: Value, created: Place) -> Result<Owned, HoldErrorKind> {
    // SAFETY: the caller's promise; the trampolines of the type are for a `T`.
    unsafe { hold(table_type_of::<T>()?, held, created) }
}

/// Ends a value in its slot.
///
/// # Safety
///
/// It is a `T`, and nobody else uses it.
unsafe fn drop_in_place<T>(value: NonNull<()>) {
    // SAFETY: the caller's promise.
    unsafe { value.cast::<T>().drop_in_place() };
}
