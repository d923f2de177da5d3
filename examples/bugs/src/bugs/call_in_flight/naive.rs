//! The binding as it is often written: to unsubscribe frees the closure.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use std::time::Duration;

use super::program;
use super::sys::{session, session_close, session_open, session_publish, session_subscribe};
use crate::memory::Box;

struct Session {
    raw: *mut session,
    /// Frees the subscriber's closure.
    subscriber: Option<std::boxed::Box<dyn FnOnce()>>,
}

impl program::Session for Session {
    fn open() -> Self {
        // SAFETY: it has no preconditions.
        Session { raw: unsafe { session_open() }, subscriber: None }
    }

    fn subscribe<F: Fn(c_int) + Send + Sync + 'static>(&mut self, on_sample: F) {
        self.unsubscribe();
        let on_sample = Box::into_raw(Box::new(on_sample));
        // SAFETY: the session is open.
        unsafe { session_subscribe(self.raw, Some(sample::<F>), on_sample.cast()) };
        // SAFETY: none: C's thread may be in the closure when this is called.
        let free = move || drop(unsafe { Box::from_raw(on_sample) });
        self.subscriber = Some(std::boxed::Box::new(free));
    }

    // ANCHOR: bug
    fn unsubscribe(&mut self) {
        // SAFETY: the session is open.
        unsafe { session_subscribe(self.raw, None, null_mut()) };
        if let Some(free) = self.subscriber.take() {
            free(); // C's thread may be in the closure
        }
    }
    // ANCHOR_END: bug

    fn publish(&mut self, value: c_int) {
        // SAFETY: the session is open.
        unsafe { session_publish(self.raw, value) };
    }
}

/// C calls it on a thread of its own, for each value.
unsafe extern "C" fn sample<F: Fn(c_int)>(value: c_int, on_sample: *mut c_void) {
    // SAFETY: none: nothing keeps the closure for as long as it runs.
    let on_sample = unsafe { &*on_sample.cast::<F>() };
    on_sample(value);
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the session is open.
        unsafe { session_close(self.raw) };
        if let Some(free) = self.subscriber.take() {
            free();
        }
    }
}

pub(super) fn run() -> String {
    // The next subscriber comes at once.
    program::run::<Session>(Duration::from_secs(10))
}
