//! How a host value gets into a registration, and out again.

use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use outlive_core::{
    HoldErrorKind, KeptResult, Kind, Owned, Place, Storage, TableType, Value, boxed, drop_boxed,
    hold, prepare,
};

use crate::callbacks::Callbacks;
use crate::error::HoldError;
use crate::host_type::{is_in_slot, table_type_of};

/// How a host value is to be held.
#[derive(Clone, Copy)]
pub(crate) struct How {
    pub(crate) kind: Kind,
    pub(crate) by_number: bool,
    /// What refused calls return, where that is not in their code.
    pub(crate) result: Option<&'static KeptResult>,
    pub(crate) created: Place,
}

/// Holds a host value. The caller has asked for what the kind needs.
pub(crate) fn hold_value<T: Callbacks + 'static>(
    value: T,
    kind: Kind,
    by_number: bool,
    created: Place,
) -> Result<Owned, HoldError<T>> {
    prepare();
    let how = How { kind, by_number, result: None, created };
    match table_type_of::<T>() {
        // SAFETY: the trampolines of the type are for a `T`.
        Ok(table_type) => unsafe { hold_value_as(value, table_type, how) },
        Err(error) => Err(HoldError::new(value, error.into())),
    }
}

/// Holds a host value, after [`prepare`].
///
/// # Safety
///
/// The trampolines of the type are for a `T`, and the caller has asked for what the kind needs.
pub(crate) unsafe fn hold_value_as<T: 'static>(
    value: T,
    table_type: &'static TableType,
    how: How,
) -> Result<Owned, HoldError<T>> {
    let How { kind, by_number, result, created } = how;
    if is_in_slot::<T>() {
        let value = ManuallyDrop::new(value);
        let held = Value {
            pointer: NonNull::from(&value).cast(),
            storage: Storage::InSlot(size_of::<T>()),
            drop_value: Some(drop_in_place::<T>),
            kind,
            by_number,
            result,
        };
        // SAFETY: after a success it is not used here; the rest is the caller's promise.
        return unsafe { hold(table_type, held, created) }
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
        result,
    };
    // SAFETY: the box is the registration's until it ends it; the rest is the caller's promise.
    unsafe { hold(table_type, held, created) }.map_err(|kind| {
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
        result: None,
    };
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
