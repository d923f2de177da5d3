//! The time that the calling thread has spent on a processor.

use std::mem::MaybeUninit;

/// The CPU time of the calling thread, in nanoseconds.
pub fn thread_time() -> f64 {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the clock exists on each system that the library runs on, and there is room.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, time.as_mut_ptr()) };
    assert_eq!(failed, 0, "the system has a clock for each thread");
    // SAFETY: it was written.
    let time = unsafe { time.assume_init() };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
