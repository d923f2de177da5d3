//! A handler that may be moved to another thread.

use std::ffi::{c_int, c_short, c_void};
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use libc::timeval;
use outlive::{Token, callbacks};
use outlive_loop::{Interest, Loop};
use outlive_vde::sys::{VDE_EV_PERSIST, event_cb, vde_event_handler};

thread_local! {
    static HERE: std::cell::OnceCell<Rc<Loop>> = const { std::cell::OnceCell::new() };
}

/// The loop of the calling thread.
pub fn here() -> Result<Rc<Loop>> {
    if let Some(event_loop) = HERE.with(|here| here.get().cloned()) {
        return Ok(event_loop);
    }
    let event_loop = Rc::new(Loop::new()?);
    Ok(HERE.with(|here| here.get_or_init(|| event_loop).clone()))
}

/// Watches with the loop of whatever thread the hub is on.
pub struct Anywhere;

#[callbacks(
    vde_event_handler,
    state = none,
    count = true,
    keep = release,
    required(event_add, event_del, timeout_add, timeout_del)
)]
impl Anywhere {
    /// Called by the hub on its thread; `arg` stays the hub's.
    #[callback(errno = libc::ECANCELED)]
    fn event_add(
        &self,
        fd: c_int,
        events: c_short,
        _timeout: Option<timeval>,
        cb: event_cb,
        arg: *mut c_void,
    ) -> Option<Token> {
        let interest = Interest::from_bits_truncate(events);
        // SAFETY: the hub's header lets `cb` be called until `event_del`, which removes the watcher.
        unsafe { here().ok()?.add_c(fd, interest, None, cb?, arg) }.ok()
    }

    /// Called by the hub on its thread, at most once for each token.
    #[callback(takes_back)]
    fn event_del(&self, event: Token) {
        remove(event);
    }

    /// Called by the hub on its thread; `arg` stays the hub's.
    #[callback(errno = libc::ECANCELED)]
    fn timeout_add(
        &self,
        timeout: Option<timeval>,
        events: c_short,
        cb: event_cb,
        arg: *mut c_void,
    ) -> Option<Token> {
        let timeout = timeout?;
        let seconds = Duration::from_secs(timeout.tv_sec.try_into().ok()?);
        let after = seconds + Duration::from_micros(timeout.tv_usec.try_into().ok()?);
        let persist = events & VDE_EV_PERSIST != 0;
        // SAFETY: as in `event_add`, with `timeout_del`.
        Some(unsafe { here().ok()?.timer_c(after, persist, cb?, arg) })
    }

    /// Called by the hub on its thread, at most once for each token.
    #[callback(takes_back)]
    fn timeout_del(&self, timeout: Token) {
        remove(timeout);
    }
}

fn remove(token: Token) {
    if let Ok(event_loop) = here() {
        event_loop.remove(token);
    }
}
