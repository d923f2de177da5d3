//! The part of a loop that other threads may use.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::Waker;
use crate::{Loop, LoopGoneError};

type Job = Box<dyn FnOnce(&Loop) + Send>;

/// Wakes a loop, stops it, and runs closures on its thread. Any thread may use it, at any time; it
/// does not keep the loop alive.
#[derive(Clone)]
pub struct Remote(Arc<Shared>);

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

/// What a loop and its remotes have in common.
pub(crate) struct Shared {
    jobs: Mutex<Jobs>,
    stopping: AtomicBool,
    pub(crate) waker: Arc<Waker>,
}

/// Invariant: while `waiting` is not empty the waker is awake, so that no job is overlooked.
struct Jobs {
    waiting: VecDeque<Job>,
    closed: bool,
}

impl Shared {
    pub(crate) fn new() -> io::Result<Self> {
        let jobs = Mutex::new(Jobs { waiting: VecDeque::new(), closed: false });
        let stopping = AtomicBool::new(false);
        Ok(Shared { jobs, stopping, waker: Arc::new(Waker::new()?) })
    }

    pub(crate) fn remote(self: &Arc<Self>) -> Remote {
        Remote(self.clone())
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Takes a wish to stop, if there is one.
    pub(crate) fn take_stop(&self) -> bool {
        self.stopping.swap(false, Ordering::AcqRel)
    }

    /// The next job. With the last one the waker settles, before the job runs: a job that panics
    /// loses no other.
    pub(crate) fn next_job(&self) -> Option<Job> {
        let mut jobs = self.lock();
        let job = jobs.waiting.pop_front();
        if jobs.waiting.is_empty() {
            self.waker.settle();
        }
        job
    }

    /// Refuses further jobs and drops those that wait.
    pub(crate) fn close(&self) {
        let mut jobs = self.lock();
        jobs.closed = true;
        let dropped = std::mem::take(&mut jobs.waiting);
        drop(jobs);
        drop(dropped); // may run code of the host: not under the lock
    }

    fn post(&self, job: Job) -> Result<(), LoopGoneError> {
        let mut jobs = self.lock();
        if jobs.closed {
            return Err(LoopGoneError);
        }
        jobs.waiting.push_back(job);
        if jobs.waiting.len() == 1 {
            self.waker.wake();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        // Nothing of the host's runs under the lock, so the jobs are whole even after a panic.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
