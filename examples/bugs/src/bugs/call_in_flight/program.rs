//! A program that changes its subscriber while a value is delivered.

use core::ffi::c_int;
use std::time::Duration;

use crate::latch::Latch;
use crate::log::Log;

/// A binding of the session, which closes it when dropped.
pub(super) trait Session {
    fn open() -> Self;
    /// Has `on_sample` called with each value, on a thread of C's.
    fn subscribe<F: Fn(c_int) + Send + Sync + 'static>(&mut self, on_sample: F);
    /// Ends the subscription.
    fn unsubscribe(&mut self);
    fn publish(&mut self, value: c_int);
}

/// The first subscriber is inside.
static INSIDE: Latch = Latch::new();
/// The second one is there.
static REPLACED: Latch = Latch::new();

/// `patience` is how long a subscriber waits for the next one: as a subscriber does that works for a while.
pub(super) fn run<S: Session>(patience: Duration) -> String {
    let (first, second) = (Log::new(), Log::new());
    let subscriber = |log: Log| {
        move |value| {
            INSIDE.open();
            REPLACED.wait(patience);
            log.add(value);
        }
    };
    let mut session = S::open();
    session.subscribe(subscriber(first.clone()));
    session.publish(7);
    INSIDE.wait(Duration::from_secs(60));
    session.unsubscribe();
    session.subscribe(subscriber(second.clone()));
    REPLACED.open();
    drop(session);
    format!("the first subscriber got {first}, the second got {second}")
}
