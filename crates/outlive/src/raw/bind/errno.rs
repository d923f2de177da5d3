//! The calling thread's `errno`.

use core::ffi::c_int;

/// `fallback`, with `errno` set for the C code that the callback returns to.
#[inline]
pub fn with_errno<R>(fallback: R, errno: c_int) -> R {
    set_errno(errno);
    fallback
}

#[inline]
fn set_errno(value: c_int) {
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
        assert_eq!(with_errno(-1, libc::EBADF), -1);
        assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EBADF));
        set_errno(libc::EAGAIN);
        assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EAGAIN));
    }
}
