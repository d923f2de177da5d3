//! The event handler that runs a hub on an [`outlive_loop::Loop`].

use core::cell::RefCell;
use core::ffi::{c_int, c_short, c_void};
use core::time::Duration;
use std::collections::HashSet;
use std::rc::Rc;

use libc::timeval;
use outlive::{Token, callbacks};
use outlive_loop::{Interest, Loop};

use crate::sys::{VDE_EV_PERSIST, event_cb, vde_event_handler};

/// Watches a hub's sockets and timeouts with a [`Loop`].
///
/// HUB-CALL: what the hub gives `event_add` or `timeout_add` may be called, on the hub's thread, until it is given
/// back to `event_del` or `timeout_del` (`vde_hub.h`).
///
/// It belongs to the loop's thread, so that it is held with [`Held::local`](outlive::Held::local), and it
/// lives until the release: a hub whose handler was ended watches nothing new, is called for what it
/// watches already, and gives that back. A release that comes too early, while the hub still has watchers, removes them.
#[derive(Debug)]
pub struct LoopHandler {
    event_loop: Rc<Loop>,
    watchers: RefCell<HashSet<Token>>,
}

impl LoopHandler {
    /// A handler that watches with `event_loop`.
    pub fn new(event_loop: Rc<Loop>) -> Self {
        LoopHandler { event_loop, watchers: RefCell::default() }
    }

    /// The loop it watches with.
    pub fn event_loop(&self) -> &Rc<Loop> {
        &self.event_loop
    }

    /// How many events and timeouts the hub has.
    pub fn watchers(&self) -> usize {
        self.watchers.borrow().len()
    }

    fn keep(&self, token: Token) -> Token {
        self.watchers.borrow_mut().insert(token);
        token
    }

    fn remove(&self, token: Token) {
        // A token that is not this hub's is left to the loop's watchers of others.
        if self.watchers.borrow_mut().remove(&token) || !self.event_loop.contains(token) {
            self.event_loop.remove(token);
        }
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
        // watcher, also after the end of the table.
        match unsafe { self.event_loop.add_c(fd, interest, timeout.map(duration), cb, arg) } {
            Ok(token) => Some(self.keep(token)),
            Err(error) => refuse(error.errno()),
        }
    }

    /// Called by the hub on the loop's thread, at most once for each token.
    #[callback(takes_back)]
    fn event_del(&self, event: Token) {
        self.remove(event);
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
        let token = unsafe { self.event_loop.timer_c(duration(timeout), persist, cb, arg) };
        Some(self.keep(token))
    }

    /// Called by the hub on the loop's thread, at most once for each token.
    #[callback(takes_back)]
    fn timeout_del(&self, timeout: Token) {
        self.remove(timeout);
    }
}

impl Drop for LoopHandler {
    /// The last resort, for a hub that was forgotten: it cannot give back any more.
    fn drop(&mut self) {
        for token in self.watchers.get_mut().drain() {
            self.event_loop.remove(token);
        }
    }
}

/// Tells the hub why, in `errno`.
fn refuse(errno: c_int) -> Option<Token> {
    outlive::__private::with_errno(None, errno)
}

/// Negative parts count as zero, as select(2) would refuse them.
fn duration(time: timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros))
}
