//! One call of C's that another thread is to serve, and how its caller waits for that.
//!
//! ERRAND: whoever moves an errand from WAITING to RUNNING does its work, once, and moves it to DONE. Work that is lent is
//! the caller's: it is there until the caller has seen DONE, or has itself moved the errand from WAITING to REFUSED, or
//! knows that the thread which was at it is gone.

use core::task::Waker;
use std::sync::Arc;
use std::task::Wake;
use std::time::Duration;

use crate::close::Reached;
use crate::platform::{Platform, System};
use crate::primitive::{AtomicPtr, AtomicU32, Guarded, Instant, Ordering};
use crate::stack::Linked;
use crate::tasks::Task;
use crate::until_ended::{forget, poll_closed};
use crate::wait::A_SECOND;

const WAITING: u32 = 0;
const RUNNING: u32 = 1;
const DONE: u32 = 2;
const REFUSED: u32 = 3;
/// The bits of a stage. Above them is counted how often the caller was told to look again.
const STAGE: u32 = 3;
const NUDGE: u32 = 4;

/// What is to be done on the other thread.
pub(crate) enum Work {
    /// The caller's, who waits (ERRAND).
    Lent(*mut (dyn FnMut() + 'static)),
    /// Nobody waits for it.
    Own(Box<dyn FnOnce()>),
}

pub(crate) struct Errand {
    stage: AtomicU32,
    work: Guarded<Option<Work>>,
    /// The one before it in its queue (`inbox.rs`).
    before: AtomicPtr<Errand>,
}

// SAFETY: ERRAND: one thread touches the work at a time; whoever makes an errand may have it done on the other thread.
unsafe impl Send for Errand {}
// SAFETY: as above.
unsafe impl Sync for Errand {}

impl Errand {
    /// # Safety
    ///
    /// The work may be done on the other thread; ERRAND holds for what is lent.
    pub(crate) unsafe fn new(work: Work) -> Arc<Self> {
        Arc::new(Errand {
            stage: AtomicU32::new(WAITING),
            work: Guarded::new(Some(work)),
            before: AtomicPtr::new(core::ptr::null_mut()),
        })
    }

    fn advance(&self, from: u32, to: u32) -> bool {
        let next = |seen: u32| (seen & STAGE == from).then_some(seen & !STAGE | to);
        // AcqRel pairs with itself: whoever sees a stage sees what was done in those before.
        self.stage.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }

    /// Does the work, on the other thread, unless the caller has given up.
    pub(crate) fn run(&self) -> bool {
        if !self.advance(WAITING, RUNNING) {
            return false;
        }
        // SAFETY: ERRAND: it is this thread's turn.
        let work = unsafe { &mut *self.work.write() }.take();
        let mut running = Running { errand: self, outcome: REFUSED };
        match work {
            // SAFETY: ERRAND: the caller waits.
            Some(Work::Lent(work)) => unsafe { (*work)() },
            Some(Work::Own(work)) => work(),
            None => {}
        }
        running.outcome = DONE;
        true
    }

    /// Nobody will do the work.
    pub(crate) fn refuse(&self) {
        if self.advance(WAITING, REFUSED) {
            System::wake_all(&self.stage);
        }
    }

    /// Waits until the work is done: `false` where it was refused, for the registration is closed, the time is up, or the
    /// thread is gone.
    ///
    /// # Safety
    ///
    /// The caller may read the registration (GUARDED), and has made this errand.
    pub(crate) unsafe fn wait(
        self: &Arc<Self>,
        at: Reached,
        takes_back: bool,
        limit: Duration,
        is_gone: impl Fn() -> bool,
    ) -> bool {
        let mut task = None;
        let is_done = self.wait_by(&mut task, at, takes_back, limit, is_gone);
        forget(at, task);
        is_done
    }

    fn wait_by(
        self: &Arc<Self>,
        task: &mut Option<Arc<Task>>,
        at: Reached,
        takes_back: bool,
        limit: Duration,
        is_gone: impl Fn() -> bool,
    ) -> bool {
        let deadline = Instant::now().checked_add(limit);
        let waker = Waker::from(Arc::clone(self));
        let mut is_first = true;
        loop {
            let seen = self.stage.load(Ordering::Acquire);
            match seen & STAGE {
                DONE => return true,
                REFUSED => return false,
                RUNNING if is_gone() => return false,
                RUNNING => System::park(&self.stage, seen, A_SECOND),
                _ => {
                    let left = deadline.map_or(A_SECOND, |deadline| {
                        deadline.saturating_duration_since(Instant::now())
                    });
                    let is_over = poll_closed(at, takes_back, task, &waker).is_ready();
                    let was_first = core::mem::replace(&mut is_first, false);
                    if is_over || left.is_zero() || !was_first && is_gone() {
                        self.refuse();
                    } else {
                        System::park(&self.stage, seen, left.min(A_SECOND));
                    }
                }
            }
        }
    }
}

impl Linked for Errand {
    fn below(&self) -> &AtomicPtr<Errand> {
        &self.before
    }
}

/// An errand whose work is being done. Where that panics it is refused.
struct Running<'a> {
    errand: &'a Errand,
    outcome: u32,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.errand.advance(RUNNING, self.outcome);
        System::wake_all(&self.errand.stage);
    }
}

impl Wake for Errand {
    /// The registration has changed: whoever waits looks again.
    fn wake(self: Arc<Self>) {
        // Release pairs with the Acquire of `wait`.
        self.stage.fetch_add(NUDGE, Ordering::Release);
        System::wake_all(&self.stage);
    }
}
