//! A lock for what is rare, and short: the filling of memory for tables.

use crate::child;
use crate::primitive::{AtomicU32, Ordering, yield_now};

/// A lock that is held. It belongs to a process, so that a child does not wait for a thread of its parent's; what that
/// one had in hand is then lost, and nothing else.
pub(crate) struct Locked<'a>(&'a AtomicU32);

impl<'a> Locked<'a> {
    /// Waits until `lock` is free, and takes it: the number of the process that has it, or 0.
    pub(crate) fn wait(lock: &'a AtomicU32) -> Self {
        let process = child::process();
        let mut free = 0;
        loop {
            match lock.compare_exchange(free, process, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Locked(lock),
                // A parent's: no thread of this process has it.
                Err(seen) if seen != process => free = seen,
                Err(_) => {
                    free = 0;
                    yield_now();
                }
            }
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    #[test]
    fn a_child_does_not_wait_for_its_parents_lock() {
        let lock = AtomicU32::new(child::process() ^ 1);
        drop(Locked::wait(&lock));
        assert_eq!(lock.load(Ordering::Relaxed), 0);
    }
}
