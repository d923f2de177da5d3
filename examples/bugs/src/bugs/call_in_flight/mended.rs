//! The same binding: to unsubscribe waits for the call that is inside.

use core::ffi::c_int;
use core::ptr::null_mut;
use std::time::Duration;

use outlive::Callback;

use super::program;
use super::sys::{
    sample_cb, session, session_close, session_open, session_publish, session_subscribe,
};

struct Session {
    raw: *mut session,
    subscriber: Option<Callback<sample_cb>>,
    /// Those that C may still call, until the session is closed.
    ended: Vec<Callback<sample_cb>>,
}

impl program::Session for Session {
    fn open() -> Self {
        // SAFETY: it has no preconditions.
        Session { raw: unsafe { session_open() }, subscriber: None, ended: Vec::new() }
    }

    fn subscribe<F: Fn(c_int) + Send + Sync + 'static>(&mut self, on_sample: F) {
        self.unsubscribe();
        let subscriber = Callback::<sample_cb>::new(on_sample).expect("a slot is free");
        let (function, user) = (subscriber.function(), subscriber.user_data());
        // SAFETY: the session is open.
        unsafe { session_subscribe(self.raw, function, user) };
        self.subscriber = Some(subscriber);
    }

    // ANCHOR: bug
    fn unsubscribe(&mut self) {
        // SAFETY: the session is open.
        unsafe { session_subscribe(self.raw, None, null_mut()) };
        if let Some(subscriber) = self.subscriber.take() {
            let _ = subscriber.revoke(); // from outside it waits for C's thread to leave the closure
            self.ended.push(subscriber);
        }
    }
    // ANCHOR_END: bug

    fn publish(&mut self, value: c_int) {
        // SAFETY: the session is open.
        unsafe { session_publish(self.raw, value) };
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the session is open.
        unsafe { session_close(self.raw) };
        for callback in self.ended.drain(..).chain(self.subscriber.take()) {
            // SAFETY: C calls nothing after the close.
            let _ = unsafe { callback.release() };
        }
    }
}

pub(super) fn run() -> String {
    // The next subscriber comes when the first has left, so that the first waits in vain.
    program::run::<Session>(Duration::from_millis(300))
}
