//! c-ares: a channel with its socket state callback, on an [`outlive_loop::Loop`].
//!
//! # What to write
//!
//! ```no_run
//! use std::rc::Rc;
//!
//! use c_ares_sys as sys;
//! use outlive_dialects::ares::Attached;
//! use outlive_loop::Loop;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let events = Rc::new(Loop::new()?);
//! unsafe { sys::ares_library_init(sys::ARES_LIB_INIT_ALL) };
//! let mut options: sys::ares_options = unsafe { std::mem::zeroed() };
//! options.timeout = 2000;
//! let attached = unsafe { Attached::new(events.clone(), &options, sys::ARES_OPT_TIMEOUTMS) }?;
//!
//! // ... ares_getaddrinfo(attached.channel(), ...), with a `Callback::local_once` ...
//! events.run()?; // or `events.run_on_tokio().await?`
//!
//! drop(attached); // what is still asked for is told that there is no answer
//! # Ok(())
//! # }
//! ```
//!
//! The callback is one of the options that a channel is made with, so [`Attached::new`] makes the channel. The loop calls
//! `ares_process_fd`, and asks `ares_timeout` how long it may wait.
//!
//! # Who owns what
//!
//! The handle owns the channel. The program calls what it likes on it, but for `ares_destroy`. What the loop watches is the
//! handler's, and ends with it.
//!
//! # Which thread
//!
//! The loop's, for everything on the channel. The event thread of c-ares (`ARES_OPT_EVENT_THREAD`) takes the place of a loop,
//! and is refused.
//!
//! c-ares says which sockets it has, but not that it waits for less time than before. It is asked after each change of a
//! socket and after all that the loop has it do; a query that needs no new socket, as with `ARES_FLAG_STAYOPEN`, or with a
//! connection that is up already, is followed by a call of [`Attached::query_started`].
//!
//! # At the end
//!
//! Drop the handle: it destroys the channel, for which the callback of each query is called with `ARES_EDESTRUCTION`, and
//! the handler goes after that. Dropped in a callback that the loop leads to, it destroys the channel when c-ares has returned. A
//! channel of `ares_dup` has the same callback: destroy it before.

use core::ffi::c_int;
use core::fmt;
use core::ptr;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use c_ares_sys as sys;
use outlive::{Callback, Ended, Local, Token};
use outlive_loop::{Interest, Loop, Ready, WatcherSet, from_timeval, timeval};

use crate::error::AttachError;
use crate::watches::Watches;

/// A channel whose sockets and timeouts a loop serves. Dropped, it destroys the channel.
pub struct Attached {
    events: Rc<Loop>,
    channel: Rc<Channel>,
}

impl Attached {
    /// Makes a channel that `events` drives. `options` and `mask` are those of `ares_init_options`, which copies them; the
    /// socket state callback is added to them.
    ///
    /// # Errors
    ///
    /// There is no slot for the callback; c-ares does not make the channel; or the mask has `ARES_OPT_EVENT_THREAD`
    /// (`ARES_ENOTIMP`).
    ///
    /// # Safety
    ///
    /// `ares_library_init` was called, and `options` are what `mask` says. The channel is used on this thread only, is
    /// destroyed by nobody else, and a callback of a function of c-ares' that the program itself has called does not drop the
    /// `Attached`. Channels that `ares_dup` has made of it are destroyed before it.
    #[track_caller]
    pub unsafe fn new(
        events: Rc<Loop>,
        options: &sys::ares_options,
        mask: c_int,
    ) -> Result<Self, AttachError> {
        if mask & sys::ARES_OPT_EVENT_THREAD != 0 {
            return Err(AttachError::Refused(sys::ares_status_t::ARES_ENOTIMP as c_int));
        }
        let channel = Rc::new(Channel::default());
        let sockets = Sockets::new(Rc::clone(&events), &channel);
        let timer = sockets.timer;
        channel.timer.set(Some(timer));
        let callback = Callback::<sys::ares_sock_state_cb>::user_data_first().local(
            move |socket, readable, writable| sockets.watch(socket, readable != 0, writable != 0),
        )?;
        let mut options = *options;
        options.sock_state_cb = callback.function();
        options.sock_state_cb_data = callback.user_data();
        channel.callback.replace(Some(callback));
        let mut raw = ptr::null_mut();
        let mask = mask | sys::ARES_OPT_SOCK_STATE_CB;
        // SAFETY: the caller's promise; the callback lives until the channel has been destroyed.
        match unsafe { sys::ares_init_options(&raw mut raw, &raw const options, mask) } {
            0 => channel.raw.set(raw),
            error => return Err(AttachError::Refused(error)),
        }
        Ok(Attached { events, channel })
    }

    /// The channel, for the functions of c-ares. It is valid until this is dropped.
    pub fn channel(&self) -> *mut sys::ares_channel_t {
        self.channel.raw.get()
    }

    /// Has the loop ask c-ares how long it waits, after a query that needs no new socket.
    pub fn query_started(&self) {
        self.channel.set_timer(&self.events, Some(Duration::ZERO));
    }

    /// Ends the socket state callback without a word to c-ares, which keeps it: the watchers are removed at once, and what
    /// c-ares says of its sockets from now on is refused. The channel stands still.
    ///
    /// To be done with a channel, drop this instead.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        match &*self.channel.callback.borrow() {
            Some(callback) => callback.revoke(),
            None => Ended::Now,
        }
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").field("channel", &self.channel()).finish_non_exhaustive()
    }
}

/// What the socket state callback has.
struct Sockets {
    watches: Watches<sys::ares_socket_t>,
    timers: WatcherSet,
    timer: Token,
    channel: Weak<Channel>,
}

impl Sockets {
    fn new(events: Rc<Loop>, channel: &Rc<Channel>) -> Self {
        let timers = WatcherSet::new(Rc::clone(&events));
        let expires = Rc::downgrade(channel);
        let timer = timers.timer(Duration::MAX, false, move |events, _| {
            process(&expires, events, sys::ARES_SOCKET_BAD, sys::ARES_SOCKET_BAD);
        });
        events.set_timeout(timer, None);
        Sockets { watches: Watches::new(events), timers, timer, channel: Rc::downgrade(channel) }
    }

    /// Called by c-ares on the thread that uses the channel, from inside its own functions, with its lock held, when it has
    /// a socket, waits for something else at it, or is about to close it (neither).
    fn watch(&self, socket: sys::ares_socket_t, readable: bool, writable: bool) {
        // c-ares may not be asked in here; its timeouts may be others now.
        self.timers.event_loop().set_timeout(self.timer, Some(Duration::ZERO));
        let mut interest = Interest::empty();
        interest.set(Interest::READ, readable);
        interest.set(Interest::WRITE, writable);
        if interest.is_empty() {
            return self.watches.forget(socket);
        }
        let channel = Weak::clone(&self.channel);
        // A socket that cannot be watched has no way to fail here: its query times out.
        let _ = self.watches.want(socket, socket, interest, move |events, event| {
            let ready =
                |what| if event.ready.contains(what) { socket } else { sys::ARES_SOCKET_BAD };
            process(&channel, events, ready(Ready::READ), ready(Ready::WRITE));
        });
    }
}

/// Has c-ares do what can be done, and asks how long it waits. What it calls may drop the `Attached`: the channel is destroyed
/// when this returns.
fn process(
    channel: &Weak<Channel>,
    events: &Loop,
    read: sys::ares_socket_t,
    write: sys::ares_socket_t,
) {
    let Some(channel) = channel.upgrade() else { return };
    // SAFETY: CHANNEL.
    unsafe { sys::ares_process_fd(channel.raw.get(), read, write) };
    let mut time = timeval { tv_sec: 0, tv_usec: 0 };
    // SAFETY: CHANNEL; without a limit of ours, the result is NULL or `time`.
    let waits = unsafe { sys::ares_timeout(channel.raw.get(), ptr::null_mut(), &raw mut time) };
    channel.set_timer(events, (!waits.is_null()).then(|| from_timeval(time)));
}

/// A channel with its callback, which goes after it.
///
/// CHANNEL: once it is made it is valid until this is dropped, and so while somebody has a reference to this.
#[derive(Default)]
struct Channel {
    raw: Cell<*mut sys::ares_channel_t>,
    callback: RefCell<Option<Callback<sys::ares_sock_state_cb, Local>>>,
    timer: Cell<Option<Token>>,
}

impl Channel {
    /// The timer ends with the callback.
    fn set_timer(&self, events: &Loop, after: Option<Duration>) {
        if let Some(timer) = self.timer.get().filter(|timer| events.contains(*timer)) {
            events.set_timeout(timer, after);
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if !self.raw.get().is_null() {
            // SAFETY: CHANNEL; no function of c-ares' is running: the loop's calls have a reference, and who made the channel
            // has promised it for others.
            unsafe { sys::ares_destroy(self.raw.get()) };
        }
        if let Some(callback) = self.callback.take() {
            // SAFETY: the channel is gone, or was never made, and so are those of `ares_dup`.
            let _ = unsafe { callback.release() };
        }
    }
}
