//! The calling thread's `errno`.

use core::ffi::c_int;

/// Sets `errno` for the C code that this callback returns to.
#[inline]
pub fn set_errno(value: c_int) {
    // SAFETY: the location is a `c_int` of the calling thread and lives as long as the thread.
    unsafe { location().write(value) };
}

#[inline]
fn location() -> *mut c_int {
    #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "fuchsia"))]
    // SAFETY: has no conditions.
    return unsafe { libc::__errno_location() };
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    // SAFETY: has no conditions.
    return unsafe { libc::__error() };
    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    // SAFETY: has no conditions.
    return unsafe { libc::__errno() };
    #[cfg(any(target_os = "illumos", target_os = "solaris"))]
    // SAFETY: has no conditions.
    return unsafe { libc::___errno() };
    #[cfg(windows)]
    {
        unsafe extern "C" {
            fn _errno() -> *mut c_int;
        }
        // SAFETY: has no conditions; the C runtime's documented `_errno`.
        unsafe { _errno() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errno_is_what_was_set_last() {
        set_errno(libc::EBADF);
        assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EBADF));
        set_errno(libc::EAGAIN);
        assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EAGAIN));
    }
}
