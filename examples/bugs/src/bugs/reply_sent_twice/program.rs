//! A program whose first job takes too long.

use core::ffi::c_int;

pub(super) const TIMED_OUT: c_int = -110;

/// A binding of the queue, with the worker behind it.
pub(super) trait Queue {
    fn new() -> Self;
    /// Gives the worker a job.
    fn submit(&self, number: c_int);
    /// Reports a time-out for the job that has waited longest.
    fn time_out(&self);
    /// Does all the work that waits, in the order in which it came: the result of a job is its number times 100.
    fn work(&self);
    /// The status of a job that is done.
    fn status(&self, number: c_int) -> c_int;
}

pub(super) fn run<Q: Queue>() -> String {
    let queue = Q::new();
    queue.submit(1);
    queue.time_out();
    queue.submit(2);
    queue.work();
    format!("job 1: {}, job 2: {}", queue.status(1), queue.status(2))
}
