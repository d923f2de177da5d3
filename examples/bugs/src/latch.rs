//! A latch between threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What is opened once, and waited for.
pub(crate) struct Latch(AtomicBool);

impl Latch {
    pub(crate) const fn new() -> Self {
        Latch(AtomicBool::new(false))
    }

    pub(crate) fn open(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Waits until it is open, but no longer than `limit`.
    pub(crate) fn wait(&self, limit: Duration) {
        let begun = Instant::now();
        while !self.0.load(Ordering::Acquire) && begun.elapsed() < limit {
            sleep(Duration::from_millis(1));
        }
    }
}
