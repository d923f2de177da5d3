//! What a loop and its remotes have in common. The loop's type is a parameter, for it stands above.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::Waker;
use crate::error::LoopGoneError;

type Job<L> = Box<dyn FnOnce(&L) + Send>;

/// What a loop and its remotes have in common.
pub(crate) struct Shared<L> {
    jobs: Mutex<Jobs<L>>,
    stopping: AtomicBool,
    pub(crate) waker: Arc<Waker>,
}

/// Invariant: while `waiting` is not empty the waker is awake, so that no job is overlooked.
struct Jobs<L> {
    waiting: VecDeque<Job<L>>,
    closed: bool,
}

impl<L> Shared<L> {
    pub(crate) fn new() -> io::Result<Self> {
        let jobs = Mutex::new(Jobs { waiting: VecDeque::new(), closed: false });
        let stopping = AtomicBool::new(false);
        Ok(Shared { jobs, stopping, waker: Arc::new(Waker::new()?) })
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

    /// The next job, and whether there are more. With the last one the waker settles, before the job runs: a job that panics
    /// loses no other.
    pub(crate) fn next_job(&self) -> (Option<Job<L>>, bool) {
        let mut jobs = self.lock();
        let job = jobs.waiting.pop_front();
        let has_more = !jobs.waiting.is_empty();
        if !has_more {
            self.waker.settle();
        }
        (job, has_more)
    }

    /// Refuses further jobs and drops those that wait.
    pub(crate) fn close(&self) {
        let mut jobs = self.lock();
        jobs.closed = true;
        let dropped = std::mem::take(&mut jobs.waiting);
        drop(jobs);
        drop(dropped); // may run code of the host: not under the lock
    }

    pub(crate) fn post(&self, job: Job<L>) -> Result<(), LoopGoneError> {
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

    fn lock(&self) -> MutexGuard<'_, Jobs<L>> {
        // Nothing of the host's runs under the lock, so the jobs are whole even after a panic.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
