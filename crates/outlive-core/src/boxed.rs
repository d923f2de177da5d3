//! A box for a host value, for which the lack of memory is an error.

use core::alloc::Layout;
use core::ptr::NonNull;
use std::alloc::alloc;

/// Boxes a value.
///
/// # Errors
///
/// The value, where there is no memory.
pub fn boxed<T>(value: T) -> Result<Box<T>, T> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        return Ok(Box::new(value)); // allocates nothing
    }
    // SAFETY: the layout is not empty.
    let Some(room) = NonNull::new(unsafe { alloc(layout) }.cast::<T>()) else { return Err(value) };
    // SAFETY: there is room for a `T`.
    unsafe { room.write(value) };
    // SAFETY: it was allocated as a box is, and has a value.
    Ok(unsafe { Box::from_raw(room.as_ptr()) })
}

/// Ends a host value that was boxed: what [`Value::drop_value`](crate::Value::drop_value) is for it.
///
/// # Safety
///
/// `value` came from `Box::into_raw` of a `Box<T>`, and nobody else uses it.
pub unsafe fn drop_boxed<T>(value: NonNull<()>) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(value.cast::<T>().as_ptr()) });
}
