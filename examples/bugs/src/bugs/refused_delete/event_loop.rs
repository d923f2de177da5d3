//! The program's event loop, which has watchers of all kinds.

use core::ffi::{c_int, c_void};
use core::ptr::without_provenance_mut;
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::sys::watch_cb;

#[derive(Clone, Copy)]
pub(super) struct Watcher {
    pub(super) fd: c_int,
    pub(super) callback: watch_cb,
    pub(super) arg: *mut c_void,
}

/// The watchers by their numbers.
#[derive(Default)]
pub(super) struct EventLoop(RefCell<BTreeMap<usize, Watcher>>);

impl EventLoop {
    /// Adds a watcher; the pointer stands for its number, which is not 0.
    pub(super) fn add(&self, watcher: Watcher) -> *mut c_void {
        let mut watchers = self.0.borrow_mut();
        let number = watchers.last_key_value().map_or(1, |(last, _)| last + 1);
        watchers.insert(number, watcher);
        without_provenance_mut(number)
    }

    pub(super) fn remove(&self, watch: *mut c_void) {
        self.0.borrow_mut().remove(&watch.addr());
    }

    /// Calls the watchers of a descriptor; how many there were.
    ///
    /// # Safety
    ///
    /// C may be called by each watcher that was added and not removed.
    pub(super) unsafe fn fire(&self, fd: c_int) -> usize {
        let watchers = self.0.borrow().clone();
        let ready = watchers.values().filter(|watcher| watcher.fd == fd);
        let fired = ready.filter_map(|watcher| {
            // SAFETY: the caller's promise.
            watcher.callback.map(|callback| unsafe { callback(fd, watcher.arg) })
        });
        fired.count()
    }
}
