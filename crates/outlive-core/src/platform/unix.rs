//! Other Unixes: full fences in each call, no way to ask for a thread by number, waits that poll.

use core::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::contract::{CLibrary, Platform, System, ThreadName};
use crate::primitive::AtomicU32;

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

    fn mark() -> u64 {
        0
    }

    fn is_running(_thread: u32, _mark: u64) -> bool {
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

    /// write(2) is a cancellation point: a thread that is being cancelled must not call here.
    fn write_stderr(line: &[u8]) {
        let (start, length) = (line.as_ptr().cast(), line.len());
        // SAFETY: `line` is valid for its length.
        Self::keep_errno(|| unsafe { libc::write(libc::STDERR_FILENO, start, length) });
    }

    fn seed() -> u32 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |now| now.subsec_nanos() ^ now.as_secs() as u32) ^ Self::process()
    }
}
