//! The same binding: a table that has ended still serves what C takes back.

use core::ffi::{c_int, c_void};
use std::rc::Rc;

use outlive::{Ended, Held, Local, callbacks};

use super::event_loop::{EventLoop, Watcher};
use super::program;
use super::sys::{client, client_close, client_heard, client_open, watch_api, watch_cb};

struct Watches(Rc<EventLoop>);

// ANCHOR: bug
#[callbacks(watch_api, state = arg, keep = release)]
impl Watches {
    fn watch_new(&self, fd: c_int, callback: watch_cb, arg: *mut c_void) -> *mut c_void {
        self.0.add(Watcher { fd, callback, arg })
    }

    #[callback(takes_back)] // served until the release
    fn watch_free(&self, watch: *mut c_void) {
        self.0.remove(watch);
    }
}
// ANCHOR_END: bug

struct Client {
    raw: *mut client,
    watches: Option<Held<Watches, Local>>,
}

impl program::Client for Client {
    fn open(events: Rc<EventLoop>, fd: c_int) -> Self {
        let watches = Held::local(Watches(events)).expect("a slot is free");
        // SAFETY: the client keeps the table until C has closed it.
        let raw = unsafe { client_open(watches.as_ptr(), watches.user_data(), fd) };
        Client { raw, watches: Some(watches) }
    }

    fn heard(&self) -> c_int {
        // SAFETY: the client is open.
        unsafe { client_heard(self.raw) }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let Some(watches) = self.watches.take() else { return };
        let ended = watches.revoke(); // no callbacks from here on, but those that take back
        debug_assert_eq!(ended, Ended::Serving);
        // SAFETY: the client is open.
        unsafe { client_close(self.raw) };
        // SAFETY: C has forgotten the table.
        let _ = unsafe { watches.release() };
    }
}

pub(super) fn run() -> String {
    program::run::<Client>()
}
