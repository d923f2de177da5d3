//! The watchers that wait for a time.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::watcher::Watcher;

/// Armed timers by the instant at which to look at them, then by age.
///
/// A timeout that restarts at every call only moves its watcher's `deadline`; the place in the
/// queue is put right when it comes to the front. So a busy descriptor with a timeout costs no
/// queue operation per call. Deadlines of one watcher only grow, so `queued <= deadline` holds.
pub(crate) struct Timers<L> {
    queue: BTreeMap<(Instant, usize), Rc<Watcher<L>>>,
}

impl<L> Default for Timers<L> {
    fn default() -> Self {
        Timers { queue: BTreeMap::new() }
    }
}

impl<L> Timers<L> {
    /// Starts, or starts again, the watcher's timeout, if it has one.
    pub(crate) fn arm(&mut self, watcher: &Rc<Watcher<L>>) {
        let Some(timeout) = watcher.timeout else { return };
        // At least one nanosecond: what is armed now is never due in the turn that arms it.
        let deadline = Instant::now().checked_add(timeout.max(Duration::from_nanos(1)));
        watcher.deadline.set(deadline);
        match deadline {
            None => self.unqueue(watcher), // past the end of the clock: never
            Some(deadline) if watcher.queued.get().is_none() => self.queue(watcher, deadline),
            Some(_) => {}
        }
    }

    pub(crate) fn disarm(&mut self, watcher: &Watcher<L>) {
        watcher.deadline.set(None);
        self.unqueue(watcher);
    }

    /// When the first timer is due.
    pub(crate) fn next(&mut self) -> Option<Instant> {
        loop {
            let ((queued, _), watcher) = self.queue.first_key_value()?;
            match watcher.deadline.get() {
                Some(deadline) if deadline > *queued => {
                    let watcher = watcher.clone();
                    self.unqueue(&watcher);
                    self.queue(&watcher, deadline);
                }
                _ => return Some(*queued),
            }
        }
    }

    /// Takes the first timer that is due at `now` out of the queue.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Rc<Watcher<L>>> {
        self.next().filter(|next| *next <= now)?;
        let (_, watcher) = self.queue.pop_first()?;
        watcher.queued.set(None);
        Some(watcher)
    }

    fn queue(&mut self, watcher: &Rc<Watcher<L>>, at: Instant) {
        watcher.queued.set(Some(at));
        self.queue.insert((at, age(watcher)), watcher.clone());
    }

    fn unqueue(&mut self, watcher: &Watcher<L>) {
        if let Some(at) = watcher.queued.take() {
            self.queue.remove(&(at, age(watcher)));
        }
    }
}

/// Tokens are serial numbers: unique, and in the order of their making.
fn age<L>(watcher: &Watcher<L>) -> usize {
    watcher.token().as_ptr().addr()
}
