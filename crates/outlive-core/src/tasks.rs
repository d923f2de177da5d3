//! Tasks that await the end of a registration. A task does not sleep, as a thread does: it is woken, and looks again.
//!
//! QUEUED: a task is in at most one list, whose owner has one of its counts. Whoever takes a list says of each task that
//! it is in none any more, and wakes it after that. A task puts its waker down before it asks whether it is queued: so
//! either it puts itself into the list once more, or whoever takes it from there finds the new waker.

use core::task::Waker;
use std::sync::{Arc, Mutex, PoisonError};

use crate::primitive::{AtomicPtr, AtomicU32, Ordering, const_fn};

/// What awaits one registration.
pub struct Task {
    waker: Mutex<Waker>,
    is_queued: AtomicU32,
    next: AtomicPtr<Task>,
}

impl Task {
    /// A task that is in no list.
    pub fn new(waker: &Waker) -> Arc<Self> {
        Arc::new(Task {
            waker: Mutex::new(waker.clone()),
            is_queued: AtomicU32::new(0),
            next: AtomicPtr::new(core::ptr::null_mut()),
        })
    }

    /// Has the task woken by this waker from here on.
    pub(crate) fn wake_by(&self, waker: &Waker) {
        let mut own = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        own.clone_from(waker);
    }

    fn waker(&self) -> Waker {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A list of tasks to which any thread adds, and of which any thread takes all.
pub(crate) struct Tasks(AtomicPtr<Task>);

impl Tasks {
    const_fn! {
        pub(crate) fn none() -> Self {
            Tasks(AtomicPtr::new(core::ptr::null_mut()))
        }
    }

    /// Adds a task, which does nothing where it is in the list already.
    pub(crate) fn add(&self, task: &Arc<Task>) {
        // AcqRel pairs with that of `take_all` (QUEUED).
        if task.is_queued.swap(1, Ordering::AcqRel) != 0 {
            return;
        }
        let added = Arc::into_raw(Arc::clone(task)).cast_mut();
        let mut first = self.0.load(Ordering::Relaxed);
        loop {
            task.next.store(first, Ordering::Relaxed);
            // Release pairs with the Acquire of `take_all`.
            match self.0.compare_exchange(first, added, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => first = seen,
            }
        }
    }

    /// Takes all tasks out, and gives their wakers.
    pub(crate) fn take_all(&self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let mut next = self.0.swap(core::ptr::null_mut(), Ordering::Acquire);
        while !next.is_null() {
            // SAFETY: QUEUED: the list had this count, and was taken as a whole.
            let task = unsafe { Arc::from_raw(next) };
            next = task.next.load(Ordering::Relaxed);
            // AcqRel pairs with that of `add`.
            task.is_queued.swap(0, Ordering::AcqRel);
            wakers.push(task.waker());
        }
        wakers
    }
}
