//! The calling thread's `errno`.

use core::ffi::c_int;

unsafe extern "C" {
    #[cfg_attr(target_os = "linux", link_name = "__errno_location")]
    #[cfg_attr(windows, link_name = "_errno")]
    safe fn location() -> *mut c_int;
}

/// What it is.
pub fn errno() -> c_int {
    // SAFETY: the C library returns the calling thread's own, which lives as long as the thread.
    unsafe { location().read() }
}

/// Sets it.
pub fn set_errno(value: c_int) {
    // SAFETY: as above.
    unsafe { location().write(value) };
}
