//! The time that the calling thread, or processes that it has started, have spent on a processor.

#[cfg(unix)]
use std::mem::MaybeUninit;

/// The CPU time of the calling thread, in nanoseconds.
#[cfg(unix)]
pub fn thread_time() -> f64 {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the clock exists on each system that the library runs on, and there is room.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, time.as_mut_ptr()) };
    assert_eq!(failed, 0, "the system has a clock for each thread");
    // SAFETY: it was written.
    let time = unsafe { time.assume_init() };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The time on the wall, in nanoseconds: a thread's CPU time is counted in milliseconds here.
#[cfg(windows)]
pub fn thread_time() -> f64 {
    static BEGUN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    BEGUN.elapsed().as_nanos() as f64
}

/// The CPU time of the processes that this one has started and that have ended, in seconds.
#[cfg(unix)]
pub fn children_time() -> f64 {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: there is room.
    let failed = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) };
    assert_eq!(failed, 0, "the system counts the time of processes that have ended");
    // SAFETY: it was written.
    let usage = unsafe { usage.assume_init() };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
