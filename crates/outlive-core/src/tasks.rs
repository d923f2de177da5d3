//! Tasks that await the end of a registration. A task does not sleep, as a thread does: it is woken, and looks again.
//!
//! QUEUED: a task is in at most one list, once. Whoever takes a list says of each task that
//! it is in none any more, and takes its waker and wakes it after that. A task puts its waker down before it asks whether it
//! is queued: so either it puts itself into the list once more, or whoever takes it from there finds the new waker. Wakers
//! are exchanged, and never cloned or dropped under a lock: both are code of the host's, which may end what is awaited.

use core::task::Waker;
use std::sync::Arc;

use crate::primitive::{AtomicPtr, AtomicU32, Ordering, const_fn};
use crate::stack::{Linked, Stack};

/// So many tasks that await nothing any more stay in a list.
const STALE: u32 = 32;

/// What awaits one registration.
#[derive(Debug)]
pub struct Task {
    /// What the last poll has put down, in a box; NULL where it was taken.
    waker: AtomicPtr<Waker>,
    is_queued: AtomicU32,
    next: AtomicPtr<Task>,
}

impl Task {
    /// A task that is in no list.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Task {
            waker: AtomicPtr::new(core::ptr::null_mut()),
            is_queued: AtomicU32::new(0),
            next: AtomicPtr::new(core::ptr::null_mut()),
        })
    }

    /// Has the task woken by this waker from here on.
    pub(crate) fn wake_by(&self, waker: &Waker) {
        drop(self.exchange(Box::into_raw(Box::new(waker.clone()))));
    }

    fn exchange(&self, new: *mut Waker) -> Option<Box<Waker>> {
        // AcqRel pairs with itself: whoever gets a waker sees it whole.
        let old = self.waker.swap(new, Ordering::AcqRel);
        // SAFETY: it came from a box, and whoever takes it out has it alone.
        (!old.is_null()).then(|| unsafe { Box::from_raw(old) })
    }

    fn take_waker(&self) -> Option<Box<Waker>> {
        self.exchange(core::ptr::null_mut())
    }
}

impl Linked for Task {
    fn below(&self) -> &AtomicPtr<Task> {
        &self.next
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        drop(self.take_waker());
    }
}

/// A list of tasks to which any thread adds, and of which any thread takes all.
pub(crate) struct Tasks {
    tasks: Stack<Task>,
    /// How many of them await nothing any more, at least.
    stale: AtomicU32,
}

impl Tasks {
    const_fn! {
        pub(crate) fn none() -> Self {
            Tasks { tasks: Stack::empty(), stale: AtomicU32::new(0) }
        }
    }

    /// Adds a task, which does nothing where it is in the list already.
    pub(crate) fn add(&self, task: &Arc<Task>) {
        // AcqRel pairs with that of `take_all` (QUEUED).
        if task.is_queued.swap(1, Ordering::AcqRel) == 0 {
            self.tasks.push(Arc::clone(task));
        }
    }

    /// A task awaits nothing any more, and its waker is dropped. Where it says `true`, the caller is to wake all that are in
    /// the list, so that those which stay there for nothing do not become many.
    pub(crate) fn forget(&self, task: &Task) -> bool {
        drop(task.take_waker());
        let is_queued = task.is_queued.load(Ordering::Relaxed) != 0;
        is_queued && self.stale.fetch_add(1, Ordering::Relaxed) + 1 >= STALE
    }

    /// Takes all tasks out, and gives their wakers.
    pub(crate) fn take_all(&self) -> Vec<Waker> {
        self.stale.store(0, Ordering::Relaxed);
        let waker_of = |task: Arc<Task>| {
            // AcqRel pairs with that of `add`.
            task.is_queued.swap(0, Ordering::AcqRel);
            task.take_waker().map(|waker| *waker)
        };
        self.tasks.take_all().into_iter().filter_map(waker_of).collect()
    }
}
