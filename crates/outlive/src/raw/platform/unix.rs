//! Other Unixes: full fences in each call, and no way to ask for a thread by number.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

pub(crate) fn register_barrier() -> bool {
    false
}

pub(crate) fn barrier() -> bool {
    false
}

/// write(2). It is a cancellation point: a thread that is being cancelled must not call here.
pub(crate) fn write(fd: c_int, bytes: &[u8]) {
    // SAFETY: `bytes` is valid for its length.
    unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
}

/// A number of our own: the kernel's is not to be had without a system call.
pub(crate) fn thread_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).max(1)
}

/// Records are reclaimed by the address of the thread-locals alone.
pub(crate) fn is_alive(_thread: u32) -> bool {
    true
}

#[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
unsafe fn errno_location() -> *mut c_int {
    // SAFETY: the C library returns the calling thread's own errno.
    unsafe { libc::__error() }
}

#[cfg(any(target_os = "openbsd", target_os = "netbsd", target_os = "android"))]
unsafe fn errno_location() -> *mut c_int {
    // SAFETY: the C library returns the calling thread's own errno.
    unsafe { libc::__errno() }
}

pub(crate) fn errno() -> c_int {
    // SAFETY: it has no preconditions.
    let errno = unsafe { errno_location() };
    // SAFETY: it is valid while the thread runs.
    unsafe { *errno }
}

pub(crate) fn set_errno(value: c_int) {
    // SAFETY: it has no preconditions.
    let errno = unsafe { errno_location() };
    // SAFETY: it is valid while the thread runs.
    unsafe { *errno = value };
}
