//! What callbacks have seen.

use core::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many there are.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// A log that a program shares with its callbacks. All are counted, so that a callback shows that was never dropped.
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Log(Arc::default())
    }

    pub(crate) fn add(&self, line: impl fmt::Display) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_string());
    }

    /// How many logs there are, and with them callbacks.
    pub(crate) fn alive() -> usize {
        ALIVE.load(Ordering::SeqCst)
    }
}

impl Clone for Log {
    fn clone(&self) -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Log(Arc::clone(&self.0))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f.write_str(if lines.is_empty() { "nothing" } else { "" })?;
        f.write_str(&lines.join(", "))
    }
}
