//! C's arguments, and what is done around each function.

use core::ffi::{CStr, c_char};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use outlive_core::Place;

/// Runs what a function does; a panic ends here, and `failed` is returned.
pub(crate) fn guard<R>(failed: R, body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        core::mem::forget(payload); // its drop may panic too
        failed
    })
}

/// A text of C's; NULL is "".
///
/// # Safety
///
/// It is NULL, or ends with a NUL and stays as it is for `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char) -> Cow<'a, str> {
    if text.is_null() {
        return Cow::Borrowed("");
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_string_lossy()
}

/// A source line of C's; where `file` is NULL, "?" stands for it.
///
/// # Safety
///
/// As for [`text`], during the call.
pub(crate) unsafe fn place(file: *const c_char, line: u32) -> Place {
    // SAFETY: the caller's promise.
    let file = unsafe { text(file) };
    Place::foreign(if file.is_empty() { "?" } else { &file }, line)
}

/// Whether C has given a place that can be read or written as far as its address tells.
#[inline(always)]
pub(crate) fn is_usable<T>(place: *const T) -> bool {
    !place.is_null() && place.is_aligned()
}

/// Writes a result where C wants it.
///
/// # Safety
///
/// `to` is NULL or writable, if it is aligned.
pub(crate) unsafe fn give<T>(to: *mut T, value: T) -> bool {
    if !is_usable(to) {
        return false;
    }
    // SAFETY: the caller's promise.
    unsafe { to.write(value) };
    true
}

/// An array of C's for results, whose elements are `stride` bytes long: those of a header that is older
/// or newer than this library.
pub(crate) struct Array<T> {
    start: *mut T,
    capacity: usize,
    stride: usize,
}

impl<T> Array<T> {
    /// # Safety
    ///
    /// `start` is NULL or writable for `capacity` elements of `stride` bytes.
    pub(crate) unsafe fn new(start: *mut T, capacity: usize, stride: usize) -> Self {
        let is_array = is_usable(start) && stride != 0;
        Array { start, capacity: if is_array { capacity } else { 0 }, stride }
    }

    /// How many elements there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Writes an element, if there is room for it.
    pub(crate) fn set(&mut self, index: usize, value: &T) {
        if index >= self.capacity {
            return;
        }
        let length = size_of::<T>().min(self.stride);
        // SAFETY: the contract of `new`: the array has more elements than `index`.
        let element = unsafe { self.start.byte_add(index * self.stride) };
        // SAFETY: as above; at most the element's own bytes are written.
        unsafe { element.cast::<u8>().write_bytes(0, self.stride) };
        let value = core::ptr::from_ref(value).cast::<u8>();
        // SAFETY: as above, and both are as long.
        unsafe { element.cast::<u8>().copy_from_nonoverlapping(value, length) };
    }
}
