//! Counting what is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts how many of its [`Witness`]es were dropped.
#[derive(Clone, Debug, Default)]
pub struct Drops(Arc<AtomicUsize>);

impl Drops {
    /// A witness to put into a host value.
    pub fn witness(&self) -> Witness {
        Witness(self.clone())
    }

    /// How many were dropped.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until `count` were dropped, where another thread may do it.
    pub fn wait_for(&self, count: usize) {
        crate::wait::until(|| self.count() == count);
    }
}

/// Tells its [`Drops`] when it is dropped.
#[derive(Debug)]
pub struct Witness(Drops);

impl Witness {
    /// Panics if this was dropped: a callback that runs after its value ended would see it.
    pub fn assert_alive(&self) {
        assert_eq!(self.0.count(), 0, "the host value has ended");
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}
