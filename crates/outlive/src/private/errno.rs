//! What C finds in `errno` after a refused call.

use core::ffi::c_int;

/// `fallback`, with `errno` set for the C code that the callback returns to.
#[inline]
pub fn with_errno<R>(fallback: R, errno: c_int) -> R {
    outlive_core::set_errno(errno);
    fallback
}
