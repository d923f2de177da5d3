//! The binding as it is often written: a completion is a function and a pointer, which anybody may call again.

use core::cell::RefCell;
use core::ffi::{c_int, c_void};
use std::collections::VecDeque;

use super::program::{self, TIMED_OUT};
use super::sys::{done_cb, queue_status, queue_submit, worker};

#[derive(Clone, Copy)]
struct Job {
    number: c_int,
    done: done_cb,
    cookie: *mut c_void,
}

impl Job {
    fn complete(&self, status: c_int) {
        if let Some(done) = self.done {
            // SAFETY: none: nobody knows whether C still has the cookie.
            unsafe { done(status, self.cookie) };
        }
    }
}

#[derive(Default)]
struct Worker(RefCell<VecDeque<Job>>);

/// C calls it in `queue_submit`.
unsafe extern "C" fn start(number: c_int, done: done_cb, cookie: *mut c_void, user: *mut c_void) {
    // SAFETY: the queue has it, and is there.
    let worker = unsafe { &*user.cast::<Worker>() };
    worker.0.borrow_mut().push_back(Job { number, done, cookie });
}

struct Queue(Box<Worker>);

impl program::Queue for Queue {
    fn new() -> Self {
        Queue(Box::default())
    }

    fn submit(&self, number: c_int) {
        let table = worker { start: Some(start) };
        let user = (&raw const *self.0).cast_mut().cast();
        // SAFETY: C uses the table during the call.
        unsafe { queue_submit(&raw const table, user, number) };
    }

    // ANCHOR: bug
    fn time_out(&self) {
        let longest = self.0.0.borrow().front().copied();
        if let Some(job) = longest {
            job.complete(TIMED_OUT); // it stays in the list
        }
    }

    fn work(&self) {
        for job in self.0.0.take() {
            job.complete(job.number * 100);
        }
    }
    // ANCHOR_END: bug

    fn status(&self, number: c_int) -> c_int {
        // SAFETY: it takes an integer.
        unsafe { queue_status(number) }
    }
}

pub(super) fn run() -> String {
    program::run::<Queue>()
}
