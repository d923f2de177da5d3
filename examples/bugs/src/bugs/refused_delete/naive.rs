//! The binding as it is often written: a flag says that the table has ended, and then nothing is served.

use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use std::rc::Rc;

use super::event_loop::{EventLoop, Watcher};
use super::program;
use super::sys::{client, client_close, client_heard, client_open, watch_api, watch_cb};

struct Watches {
    events: Rc<EventLoop>,
    has_ended: Cell<bool>,
}

static TABLE: watch_api = watch_api { watch_new: Some(watch_new), watch_free: Some(watch_free) };

/// C calls it in `client_open`.
unsafe extern "C" fn watch_new(
    fd: c_int,
    callback: watch_cb,
    arg: *mut c_void,
    user: *mut c_void,
) -> *mut c_void {
    // SAFETY: the client has it, and is there.
    let watches = unsafe { &*user.cast::<Watches>() };
    if watches.has_ended.get() {
        return null_mut();
    }
    watches.events.add(Watcher { fd, callback, arg })
}

// ANCHOR: bug
/// C calls it in `client_close`.
unsafe extern "C" fn watch_free(watch: *mut c_void, user: *mut c_void) {
    // SAFETY: the client has it, and is there.
    let watches = unsafe { &*user.cast::<Watches>() };
    if watches.has_ended.get() {
        return; // the watcher stays in the loop
    }
    watches.events.remove(watch);
}
// ANCHOR_END: bug

struct Client {
    raw: *mut client,
    watches: Box<Watches>,
}

impl program::Client for Client {
    fn open(events: Rc<EventLoop>, fd: c_int) -> Self {
        let watches = Box::new(Watches { events, has_ended: Cell::new(false) });
        let user = (&raw const *watches).cast_mut().cast();
        // SAFETY: the table is static, and the client keeps the rest.
        let raw = unsafe { client_open(&raw const TABLE, user, fd) };
        Client { raw, watches }
    }

    fn heard(&self) -> c_int {
        // SAFETY: the client is open.
        unsafe { client_heard(self.raw) }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.watches.has_ended.set(true); // no callbacks from here on
        // SAFETY: the client is open.
        unsafe { client_close(self.raw) };
    }
}

pub(super) fn run() -> String {
    program::run::<Client>()
}
