//! The host's side of incidents: the hook, or the incidents one by one.

use core::cell::Cell;
use core::sync::atomic::{AtomicPtr, Ordering};
use core::task::Waker;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::incident::Incident;
use crate::report::{next_incident, replace_lines, waiting_incidents, write_line};
use crate::thread;

struct Hook {
    call: Box<dyn Fn(&Incident) + Send + Sync>,
    /// The hook before it, which another thread may be in. Never freed, as hooks are few, but not lost.
    _before: *mut Hook,
}

static HOOK: AtomicPtr<Hook> = AtomicPtr::new(core::ptr::null_mut());

/// Has `hook` called with each incident, on the host's side only: on a thread that makes, ends or
/// lists a table, waits for the end of one, or calls [`deliver_incidents`]. It takes the place of the lines on
/// stderr, and of the hook before it, which is kept in memory.
///
/// The hook may use tables; like a callback, it does not wait when it ends one. What C does while the hook
/// runs is for the next operation, so that a hook is never called inside of itself on one thread. A
/// panic of the hook stays in here; one line on stderr says so.
///
/// ```
#[doc = include_str!("late.md")]
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use outlive::{deliver_incidents, on_incident};
///
/// static LATE: AtomicU32 = AtomicU32::new(0);
/// on_incident(|incident| {
///     eprintln!("{incident}");
///     LATE.fetch_add(1, Ordering::Relaxed);
/// });
/// drop(done);
/// unsafe { function(user_data) }; // C calls late
/// deliver_incidents(); // or any operation of the host's
/// assert_eq!(LATE.load(Ordering::Relaxed), 1);
/// ```
pub fn on_incident(hook: impl Fn(&Incident) + Send + Sync + 'static) {
    let before = HOOK.load(Ordering::Relaxed);
    let hook = Box::leak(Box::new(Hook { call: Box::new(hook), _before: before }));
    // Release pairs with the Acquire of `deliver_incidents`.
    while let Err(before) =
        HOOK.compare_exchange(hook._before, hook, Ordering::Release, Ordering::Relaxed)
    {
        hook._before = before;
    }
    replace_lines();
}

/// Calls the hook with the incidents that it has not seen. Without a hook they stay for
/// [`take_incidents`].
///
/// ```
/// // In a program that makes and ends no table for long: now and then, on a thread of its own.
/// outlive::on_incident(|incident| eprintln!("{incident}"));
/// outlive::deliver_incidents();
/// ```
pub fn deliver_incidents() {
    // SAFETY: it is NULL or a hook that `on_incident` leaked.
    let Some(hook) = (unsafe { HOOK.load(Ordering::Acquire).as_ref() }) else { return };
    let waiting = waiting_incidents();
    if waiting == 0 {
        return;
    }
    let Some(_delivery) = Delivery::begin() else { return };
    // What the hook causes itself is not among these: it would never come to an end.
    for incident in core::iter::from_fn(next_incident).take(waiting) {
        let delivered = catch_unwind(AssertUnwindSafe(|| {
            thread::above_c(|| (hook.call)(&incident));
        }));
        if let Err(payload) = delivered {
            drop_payload(payload);
            write_line(&format_args!("the incident hook panicked at: {incident}"));
        }
    }
}

/// Drops a panic's payload. A payload that panics in turn is forgotten with its second one.
pub fn drop_payload(payload: Box<dyn core::any::Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        core::mem::forget(second);
    }
}

/// Calls a waker. It is code of the host's, which may run on a thread of C's, and in the midst of a close: what it ends it
/// does not wait for, and its panic stays here.
pub(crate) fn wake(waker: &Waker) {
    contain(|| waker.wake_by_ref());
}

/// As [`wake`], and drops the waker, which is code of the host's as well.
pub(crate) fn wake_and_drop(waker: Waker) {
    contain(|| waker.wake());
}

fn contain(waking: impl FnOnce()) {
    let waking = AssertUnwindSafe(|| thread::above_c(waking));
    if let Err(payload) = catch_unwind(waking) {
        drop_payload(payload);
    }
}

/// A thread that runs the hook.
struct Delivery;

std::thread_local! { static DELIVERING: Cell<bool> = const { Cell::new(false) }; }

impl Delivery {
    /// `None` inside of another one.
    fn begin() -> Option<Self> {
        // Made only here: its drop ends the delivery.
        (!DELIVERING.replace(true)).then(|| Delivery)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        DELIVERING.set(false);
    }
}

/// Takes the incidents that nobody has seen, oldest first. At most 256 wait; what comes on top is
/// counted by [`missed_incidents`](crate::missed_incidents), and in the ledger. One that a thread is just
/// about to file holds those behind it back until it has.
///
/// ```
#[doc = include_str!("late.md")]
/// drop(done);
/// unsafe { function(user_data) }; // C calls late
/// let incidents = outlive::take_incidents();
/// assert_eq!(incidents.len(), 1);
/// assert!(outlive::take_incidents().is_empty());
/// ```
pub fn take_incidents() -> Vec<Incident> {
    core::iter::from_fn(next_incident).collect()
}
