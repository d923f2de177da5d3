//! A latch between threads.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What is opened once, and waited for.
pub(crate) struct Latch {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Latch {
    pub(crate) const fn new() -> Self {
        Latch { is_open: Mutex::new(false), opened: Condvar::new() }
    }

    pub(crate) fn open(&self) {
        *self.is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }

    /// Waits until it is open, but no longer than `limit`.
    pub(crate) fn wait(&self, limit: Duration) {
        let is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.opened.wait_timeout_while(is_open, limit, |is_open| !*is_open);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}
