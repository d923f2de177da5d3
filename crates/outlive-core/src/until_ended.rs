//! How a task awaits the end of a registration, or its close: it looks, and is woken by the next change where there is
//! more to come.

use core::task::{Poll, Waker};
use std::sync::Arc;

use crate::close::Reached;
use crate::end::{end_what_was_left, wake_tasks};
use crate::ended::Ended;
use crate::life::{Phase, State};
use crate::primitive::Ordering;
use crate::slot::SLEEPER;
use crate::tasks::Task;

/// What the end has come to, or `Pending`, and then the task is woken when there is something to see.
pub(crate) fn poll(at: Reached, task: &mut Option<Arc<Task>>, waker: &Waker) -> Poll<Ended> {
    poll_for(at, task, waker, || {
        if at.state().is_some_and(|state| state.phase == Phase::Left) {
            end_what_was_left();
        }
        end_of(at.state())
    })
}

/// Whether calls are refused, those too that take back where the caller asks for one that does; else as [`poll`].
pub(crate) fn poll_closed(
    at: Reached,
    takes_back: bool,
    task: &mut Option<Arc<Task>>,
    waker: &Waker,
) -> Poll<()> {
    poll_for(at, task, waker, || is_closed(at.state(), takes_back).then_some(()))
}

/// Whether a call into a registration of this state would be refused.
pub(crate) fn is_closed(state: Option<State>, takes_back: bool) -> bool {
    state.is_none_or(|state| match state.phase {
        Phase::Live => false,
        phase => !(takes_back && state.claims.lent && !phase.is_past_calls()),
    })
}

/// Whoever has polled awaits nothing any more.
pub(crate) fn forget(at: Reached, task: Option<Arc<Task>>) {
    let tasks = &at.slot.details().tasks;
    if task.is_some_and(|task| tasks.forget(&task)) {
        wake_tasks(at.slot);
    }
}

fn poll_for<R>(
    at: Reached,
    task: &mut Option<Arc<Task>>,
    waker: &Waker,
    is_over: impl Fn() -> Option<R>,
) -> Poll<R> {
    let slot = at.slot;
    let details = slot.details();
    loop {
        // Acquire pairs with the Release of `changed`.
        let seen = details.changes.load(Ordering::Acquire);
        if let Some(over) = is_over() {
            if task.is_some() {
                // It may stand in the list still, where nobody would look for it any more.
                wake_tasks(slot);
            }
            return Poll::Ready(over);
        }
        let task = task.get_or_insert_with(Task::new);
        task.wake_by(waker);
        details.tasks.add(task);
        // SLEEPER. Release pairs with the Acquire of `changed`: whoever takes the bit away finds the task.
        let announced = seen | SLEEPER;
        let changes = &details.changes;
        if changes.compare_exchange(seen, announced, Ordering::Release, Ordering::Relaxed).is_ok() {
            return Poll::Pending;
        }
    }
}

/// What a state comes to for whoever awaits the end; `None` where there is more to come.
fn end_of(state: Option<State>) -> Option<Ended> {
    let Some(state) = state else { return Some(Ended::Now) };
    match state.phase {
        Phase::Serving => Some(Ended::Serving),
        Phase::Kept if !state.claims.leaked => Some(Ended::Later),
        Phase::Kept | Phase::Ended | Phase::Freeing | Phase::Free => Some(Ended::Now),
        _ => None,
    }
}
