//! The same binding: a completion is a value, which `complete` takes.

use core::cell::RefCell;
use core::ffi::{c_int, c_void};
use std::collections::VecDeque;

use outlive::{Call, Completion, Held, Local, callbacks};

use super::program::{self, TIMED_OUT};
use super::sys::{done_cb, queue_status, queue_submit, worker};

struct Job {
    number: c_int,
    done: Option<Completion<done_cb>>,
}

#[derive(Default)]
struct Worker(RefCell<VecDeque<Job>>);

#[callbacks(worker, state = arg)]
impl Worker {
    #[callback(fallback = done.map_or((), |done| unsafe { done(TIMED_OUT, cookie) }), panicked = ())]
    fn start(&self, call: &Call, number: c_int, done: done_cb, cookie: *mut c_void) {
        // SAFETY: C waits for one status, on its thread.
        let done = Some(unsafe { Completion::of(call, done, cookie, TIMED_OUT) });
        self.0.borrow_mut().push_back(Job { number, done });
    }
}

struct Queue(Option<Held<Worker, Local>>);

impl Queue {
    fn with<R: Default>(&self, f: impl FnOnce(&Worker) -> R) -> R {
        self.0.as_ref().and_then(|worker| worker.with(f).ok()).unwrap_or_default()
    }
}

impl program::Queue for Queue {
    fn new() -> Self {
        Queue(Some(Held::local(Worker::default()).expect("a slot is free")))
    }

    fn submit(&self, number: c_int) {
        let Some(worker) = &self.0 else { return };
        // SAFETY: C uses the table during the call.
        unsafe { queue_submit(worker.as_ptr(), worker.user_data(), number) };
    }

    // ANCHOR: bug
    fn time_out(&self) {
        let take = |worker: &Worker| worker.0.borrow_mut().front_mut()?.done.take();
        if let Some(done) = self.with(take) {
            done.complete(TIMED_OUT).expect("C is there"); // `done` is gone
        }
    }

    fn work(&self) {
        for Job { number, done } in self.with(|worker| worker.0.take()) {
            if let Some(done) = done {
                done.complete(number * 100).expect("C is there");
            }
        }
    }
    // ANCHOR_END: bug

    fn status(&self, number: c_int) -> c_int {
        // SAFETY: it takes an integer.
        unsafe { queue_status(number) }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if let Some(worker) = self.0.take() {
            // SAFETY: C calls only in `queue_submit`.
            let _ = unsafe { worker.release() };
        }
    }
}

pub(super) fn run() -> String {
    program::run::<Queue>()
}
