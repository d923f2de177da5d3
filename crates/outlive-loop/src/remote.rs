//! The part of a loop that other threads may use.

use std::fmt;
use std::sync::Arc;

use crate::error::LoopGoneError;
use crate::event_loop::Loop;
use crate::shared::Shared;

/// Wakes a loop, stops it, and runs closures on its thread. Any thread may use it, at any time; it
/// does not keep the loop alive.
#[derive(Clone)]
pub struct Remote(Arc<Shared<Loop>>);

impl Loop {
    /// The handle for other threads.
    pub fn remote(&self) -> Remote {
        Remote(self.shared().clone())
    }
}

impl Remote {
    /// Runs `job` on the loop's thread, in the order of the posts of one thread.
    ///
    /// What was posted but never run is dropped with the loop, on the loop's thread.
    ///
    /// # Errors
    ///
    /// The loop is gone. The closure is dropped, here.
    pub fn post(&self, job: impl FnOnce(&Loop) + Send + 'static) -> Result<(), LoopGoneError> {
        self.0.post(Box::new(job))
    }

    /// Ends the wait that the loop is in, or its next one.
    pub fn wake(&self) {
        self.0.waker.wake();
    }

    /// Has [`Loop::run`] return after the callback that it is in, or at once when it is called next.
    pub fn stop(&self) {
        self.0.stop();
        self.wake();
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("stopping", &self.0.is_stopping()).finish()
    }
}
