//! Other Unixes: full fences in each call, no way to ask for a thread by number, waits that poll.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;
use core::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::contract::{Platform, ThreadName};
use super::posix;
use crate::primitive::AtomicU32;

/// The system that the program runs on.
pub(crate) enum System {}

#[cfg(any(target_os = "openbsd", target_os = "netbsd", target_os = "android"))]
use libc::__errno as errno_location;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
use libc::__error as errno_location;

fn keep_errno<R>(body: impl FnOnce() -> R) -> R {
    // SAFETY: it gives the calling thread's own.
    unsafe { posix::keep_errno(errno_location, body) }
}

impl Platform for System {
    fn register_barrier() -> bool {
        false
    }

    fn barrier() -> bool {
        false
    }

    fn process() -> u32 {
        // SAFETY: getpid(2) has no preconditions.
        (unsafe { libc::getpid() }) as u32
    }

    /// A number of our own for each thread: the kernel's is asked for in another way on each system.
    fn thread() -> u32 {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        std::thread_local! { static NUMBER: u32 = NEXT.fetch_add(1, Ordering::Relaxed).max(1); }
        NUMBER.try_with(|number| *number).unwrap_or(u32::MAX - 1)
    }

    /// Taken to be so: it is asked in a child, where most often it is.
    fn is_first_thread() -> bool {
        true
    }

    fn thread_address<T>(local: &T) -> usize {
        core::ptr::from_ref(local).addr()
    }

    fn now() -> u64 {
        0
    }

    fn is_running(_thread: u32, _since: u64) -> bool {
        true
    }

    fn thread_name(_thread: u32) -> ThreadName {
        ThreadName::default()
    }

    fn park(word: &AtomicU32, expected: u32, limit: Duration) {
        let begun = Instant::now();
        while word.load(Ordering::SeqCst) == expected && begun.elapsed() < limit {
            std::thread::sleep(Duration::from_micros(200).min(limit));
        }
    }

    fn wake_all(_word: &AtomicU32) {}

    fn word_wiped_in_children() -> Option<&'static AtomicU32> {
        None
    }

    fn reserve(length: usize, align: usize) -> Option<NonNull<u8>> {
        keep_errno(|| posix::reserve(length, align))
    }

    unsafe fn unreserve(start: NonNull<u8>, length: usize) {
        // SAFETY: the caller's promise.
        keep_errno(|| unsafe { posix::unmap(start, length) });
    }

    unsafe fn commit(start: NonNull<u8>, length: usize, _large: bool) -> bool {
        // SAFETY: the caller's promise.
        keep_errno(|| unsafe { posix::protect(start, length, libc::PROT_READ | libc::PROT_WRITE) })
    }

    fn are_roots(start: NonNull<u8>, length: usize) {
        posix::are_roots(start, length);
    }

    fn map(length: usize, align: usize) -> Option<NonNull<u8>> {
        keep_errno(|| posix::map(length, align))
    }

    unsafe fn seal(start: NonNull<u8>, length: usize, sealed: bool) -> bool {
        let write = if sealed { 0 } else { libc::PROT_WRITE };
        // SAFETY: the caller's promise.
        keep_errno(|| unsafe { posix::protect(start, length, libc::PROT_READ | write) })
    }

    fn malloc(layout: Layout) -> Option<NonNull<u8>> {
        posix::malloc(layout)
    }

    unsafe fn free(block: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe { libc::free(block.as_ptr().cast()) };
    }

    fn page_size() -> usize {
        posix::page_size()
    }

    fn errno() -> i32 {
        // SAFETY: it has no preconditions.
        let errno = unsafe { errno_location() };
        // SAFETY: it is valid while the thread runs.
        unsafe { errno.read() }
    }

    fn set_errno(value: i32) {
        // SAFETY: it has no preconditions.
        let errno = unsafe { errno_location() };
        // SAFETY: it is valid while the thread runs.
        unsafe { errno.write(value as c_int) };
    }

    /// write(2) is a cancellation point: a thread that is being cancelled must not call here.
    fn write_stderr(line: &[u8]) {
        let (start, length) = (line.as_ptr().cast(), line.len());
        // SAFETY: `line` is valid for its length.
        keep_errno(|| unsafe { libc::write(libc::STDERR_FILENO, start, length) });
    }

    fn pin(address: *const c_void) {
        keep_errno(|| posix::pin(address));
    }

    fn symbol(address: *const c_void) -> Option<String> {
        keep_errno(|| posix::symbol(address))
    }

    fn on_exit(handler: extern "C" fn()) {
        posix::on_exit(handler);
    }

    fn seed() -> u32 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |now| now.subsec_nanos() ^ now.as_secs() as u32) ^ Self::process()
    }
}
