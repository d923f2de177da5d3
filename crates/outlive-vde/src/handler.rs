//! The event handler that runs a hub on an [`outlive_loop::Loop`].

use core::ffi::{c_int, c_short, c_void};
use std::rc::Rc;

use libc::timeval;
use outlive::{Token, callbacks};
use outlive_loop::{Interest, Loop, WatcherSet, from_timeval};

use crate::sys::{VDE_EV_PERSIST, event_cb, vde_event_handler};

/// Watches a hub's sockets and timeouts with a [`Loop`].
///
/// HUB-CALL: what the hub gives `event_add` or `timeout_add` may be called, on the hub's thread, until it is given
/// back to `event_del` or `timeout_del` (`vde_hub.h`).
///
/// It belongs to the loop's thread, so that it is held with [`Held::local`](outlive::Held::local), and it
/// lives until the release: a hub whose handler was ended watches nothing new, is called for what it
/// watches already, and gives that back. A release that comes too early, while the hub still has watchers, removes them, for
/// they are in a [`WatcherSet`] of the handler's.
#[derive(Debug)]
pub struct LoopHandler {
    watchers: WatcherSet,
}

impl LoopHandler {
    /// A handler that watches with `event_loop`.
    pub fn new(event_loop: Rc<Loop>) -> Self {
        LoopHandler { watchers: WatcherSet::new(event_loop) }
    }

    /// The loop it watches with.
    pub fn event_loop(&self) -> &Rc<Loop> {
        self.watchers.event_loop()
    }

    /// How many events and timeouts the hub has.
    pub fn watchers(&self) -> usize {
        self.watchers.len()
    }
}

#[callbacks(
    vde_event_handler,
    state = none,
    required(event_add, event_del, timeout_add, timeout_del),
    instances = 64,
    count = true,
    keep = release
)]
impl LoopHandler {
    /// Called by the hub on the loop's thread, from inside its own functions and event callbacks.
    /// `arg` stays the hub's.
    #[callback(errno = libc::ECANCELED)]
    fn event_add(
        &self,
        fd: c_int,
        events: c_short,
        timeout: Option<timeval>,
        cb: event_cb,
        arg: *mut c_void,
    ) -> Option<Token> {
        let interest = Interest::from_bits_truncate(events);
        let Some(cb) = cb else { return refuse(libc::EINVAL) };
        // SAFETY: HUB-CALL: the hub's header lets `cb` be called until `event_del`, which removes the
        // watcher, also after the end of the table. If that cannot come any more, the set has ended.
        match unsafe { self.watchers.add_c(fd, interest, timeout.map(from_timeval), cb, arg) } {
            Ok(token) => Some(token),
            Err(error) => refuse(error.errno()),
        }
    }

    /// Called by the hub on the loop's thread, at most once for each token.
    #[callback(takes_back)]
    fn event_del(&self, event: Token) {
        self.watchers.remove(event);
    }

    /// Called by the hub on the loop's thread. `arg` stays the hub's.
    #[callback(errno = libc::ECANCELED)]
    fn timeout_add(
        &self,
        timeout: Option<timeval>,
        events: c_short,
        cb: event_cb,
        arg: *mut c_void,
    ) -> Option<Token> {
        let (Some(timeout), Some(cb)) = (timeout, cb) else { return refuse(libc::EINVAL) };
        let persist = events & VDE_EV_PERSIST != 0;
        // SAFETY: HUB-CALL: as in `event_add`, with `timeout_del`.
        Some(unsafe { self.watchers.timer_c(from_timeval(timeout), persist, cb, arg) })
    }

    /// Called by the hub on the loop's thread, at most once for each token.
    #[callback(takes_back)]
    fn timeout_del(&self, timeout: Token) {
        self.watchers.remove(timeout);
    }
}

/// Tells the hub why, in `errno`.
fn refuse(errno: c_int) -> Option<Token> {
    outlive::__private::with_errno(None, errno)
}
