//! The loop: who adds what to it, changes it and removes it.

use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use core::ffi::{c_int, c_void};

use outlive::{Token, Tokens};

use crate::descriptor::{self, Descriptor};
use crate::error::WatchError;
use crate::flags::Interest;
use crate::shared::Shared;
use crate::slab::Key;
use crate::state::State;
use crate::watcher::{CFunction, Callback, Event, Watcher};

/// An event loop that is bound to the thread it was made on.
///
/// Every method may be called from inside any callback, except that a loop does not run inside
/// itself. The [crate's page](crate) says what a watcher may count on.
pub struct Loop {
    state: RefCell<State<Loop>>,
    shared: Arc<Shared<Loop>>,
    is_running: Cell<bool>,
    /// Somebody waits for its reports and its timers, who is to be woken where these change.
    is_driven: Cell<bool>,
    /// Always empty: reports the tokens that `remove` does not know, while `state` is not borrowed,
    /// so that an incident hook may use the loop.
    strangers: Tokens<()>,
    /// It belongs to its thread.
    _not_send: PhantomData<*mut ()>,
}

impl Loop {
    /// A loop that watches nothing.
    ///
    /// # Errors
    ///
    /// The system has no descriptors left; the loop needs two.
    #[track_caller]
    pub fn new() -> io::Result<Self> {
        Loop::make(false)
    }

    /// A loop that asks the system before each call, whatever it watches: no call without a reason, even of watchers
    /// whose descriptors do not block. That is a call of the system for each callback.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Loop::new).
    #[track_caller]
    pub fn strict() -> io::Result<Self> {
        Loop::make(true)
    }

    #[track_caller]
    fn make(is_strict: bool) -> io::Result<Self> {
        let shared = Arc::new(Shared::new()?);
        let state = RefCell::new(State::new(shared.waker.clone(), is_strict)?);
        let (is_running, is_driven) = (Cell::new(false), Cell::new(false));
        let strangers = Tokens::new("watcher");
        Ok(Loop { state, shared, is_running, is_driven, strangers, _not_send: PhantomData })
    }

    /// Watches `fd`, and calls `callback` when it is ready for `interest` or when `timeout` has
    /// passed without a call.
    ///
    /// With [`Interest::PERSIST`] it stays armed, and its timeout starts again at each call. Without
    /// it, it is called at most once. Either way its token, and the memory of its callback, live
    /// until [`remove`](Loop::remove). The descriptor stays the caller's, who removes the watcher
    /// before closing it (see the [crate's page](crate) for what happens otherwise).
    ///
    /// The callback is never called from inside this function.
    ///
    /// # Errors
    ///
    /// The interest has no direction, or the descriptor is not open or cannot be watched. Other
    /// watchers are unharmed, and the callback is dropped.
    pub fn add(
        &self,
        fd: Descriptor,
        interest: Interest,
        timeout: Option<Duration>,
        callback: impl FnMut(&Loop, Event) + 'static,
    ) -> Result<Token, WatchError> {
        self.watch(fd, interest, timeout, Callback::Rust(Box::new(callback)), None)
    }

    /// Watches `fd` like [`add`](Loop::add), for a C function.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Loop::add).
    ///
    /// # Safety
    ///
    /// Until the watcher is removed or the loop is dropped, it must be sound to call
    /// `function(fd, events, arg)` on this thread whenever the loop runs, as often as the interest
    /// and the timeout have it. `arg` stays the caller's: the loop neither reads nor frees it, and
    /// the caller keeps what it points to until then. A call that removes its own watcher may free
    /// `arg`; the loop does not touch it again.
    ///
    /// Where C's delete may be refused, or may not come at all (the table of callbacks that leads here has ended), add to
    /// a [`WatcherSet`](crate::WatcherSet) that the table's host value owns: its end removes what is left.
    pub unsafe fn add_c(
        &self,
        fd: c_int,
        interest: Interest,
        timeout: Option<Duration>,
        function: CFunction,
        arg: *mut c_void,
    ) -> Result<Token, WatchError> {
        self.watch(descriptor::from_c(fd), interest, timeout, Callback::C(function, arg), None)
    }

    /// Calls `callback` once `after` has passed; with `persist` again and again, the time counted
    /// from each call.
    ///
    /// A time of zero is due in the next turn of the loop; one that the clock cannot express, never.
    /// The token lives until [`remove`](Loop::remove), of a one-shot that was called too.
    pub fn timer(
        &self,
        after: Duration,
        persist: bool,
        callback: impl FnMut(&Loop, Event) + 'static,
    ) -> Token {
        self.time(after, persist, Callback::Rust(Box::new(callback)), None)
    }

    /// A timer like [`timer`](Loop::timer), for a C function, which gets -1 as its descriptor.
    ///
    /// # Safety
    ///
    /// That of [`add_c`](Loop::add_c).
    pub unsafe fn timer_c(
        &self,
        after: Duration,
        persist: bool,
        function: CFunction,
        arg: *mut c_void,
    ) -> Token {
        self.time(after, persist, Callback::C(function, arg), None)
    }

    /// Ends a watcher, armed or spent: it is not called any more, and its callback is dropped, now
    /// or, from inside that callback, when it returns.
    ///
    /// `false` says that the token is not one of this loop's: removed before, or invented. That is
    /// harmless, and reported as an incident of `outlive`.
    pub fn remove(&self, token: Token) -> bool {
        self.remove_from(token, None)
    }

    /// Has a watcher wait for something else, and arms it again, if it is a one-shot that was called. Its timeout starts
    /// anew.
    ///
    /// Without `READ` and `WRITE` the watcher is disabled: it is not called any more, not for its timeout either, until the
    /// next update. Its descriptor may be closed then, if the watcher is not updated again. A timer has no descriptor: of the
    /// interest only `PERSIST` counts, and [`set_timeout`](Loop::set_timeout) disables it.
    ///
    /// # Errors
    ///
    /// The token is not one of this loop's, which is an incident too; or the descriptor is not open, or cannot be watched:
    /// the watcher then waits for what it waited for before.
    pub fn update(&self, token: Token, interest: Interest) -> Result<(), WatchError> {
        let updated = self.state.borrow_mut().update(token, interest);
        self.wake_driver();
        updated.unwrap_or_else(|| {
            self.strangers.get(token);
            Err(WatchError::Unknown(token))
        })
    }

    /// Gives a watcher another timeout, or a timer another time, which starts now. `None`: it has none, and a timer is
    /// disabled. A timer that was called may be armed again by this; a one-shot of a descriptor by
    /// [`update`](Loop::update), and its timeout starts then.
    ///
    /// `false` says that the token is not one of this loop's, as with [`remove`](Loop::remove).
    pub fn set_timeout(&self, token: Token, timeout: Option<Duration>) -> bool {
        let is_known = self.state.borrow_mut().set_timeout(token, timeout).is_some();
        self.wake_driver();
        if !is_known {
            self.strangers.get(token);
        }
        is_known
    }

    /// Whether `token` is one of this loop's watchers, armed or spent.
    pub fn contains(&self, token: Token) -> bool {
        self.state.borrow().key(token).is_some()
    }

    /// How many watchers there are, armed or spent.
    pub fn len(&self) -> usize {
        self.state.borrow().len()
    }

    /// Whether there is no watcher.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn shared(&self) -> &Arc<Shared<Loop>> {
        &self.shared
    }

    /// Has [`run`](Loop::run) return after the callback that it is in, or at once when it is called
    /// next. Nothing is lost: what was ready is ready when the loop runs again.
    pub fn stop(&self) {
        self.shared.stop();
        self.wake_driver();
    }

    pub(crate) fn is_running(&self) -> &Cell<bool> {
        &self.is_running
    }

    /// Nothing of the host's may run while it is borrowed.
    pub(crate) fn state(&self) -> RefMut<'_, State<Loop>> {
        self.state.borrow_mut()
    }

    pub(crate) fn watch(
        &self,
        fd: Descriptor,
        interest: Interest,
        timeout: Option<Duration>,
        callback: Callback<Loop>,
        set: Option<Key>,
    ) -> Result<Token, WatchError> {
        if interest.directions().is_empty() {
            return Err(WatchError::NoDirection);
        }
        let mut state = self.state.borrow_mut();
        let watched = match state.open(fd, interest) {
            Ok(watched) => watched,
            Err(error) => {
                drop(state); // before the callback
                return Err(WatchError::from_os(fd, error));
            }
        };
        let watcher = Watcher::new(Some(watched), interest.contains(Interest::PERSIST), set);
        let token = state.keep(watcher, timeout, callback);
        drop(state);
        if timeout.is_some() {
            self.wake_driver();
        }
        Ok(token)
    }

    pub(crate) fn time(
        &self,
        after: Duration,
        persist: bool,
        callback: Callback<Loop>,
        set: Option<Key>,
    ) -> Token {
        let watcher = Watcher::new(None, persist, set);
        let token = self.state.borrow_mut().keep(watcher, Some(after), callback);
        self.wake_driver();
        token
    }

    /// Has whoever drives the loop look again, where the change came from outside of a run.
    pub(crate) fn wake_driver(&self) {
        if self.is_driven.get() && !self.is_running.get() {
            self.shared.waker.wake();
        }
    }

    #[cfg(all(feature = "tokio", target_os = "linux", not(outlive_poll)))]
    pub(crate) fn is_driven(&self) -> &Cell<bool> {
        &self.is_driven
    }

    /// Removes a watcher of a set, or of any or none.
    pub(crate) fn remove_from(&self, token: Token, set: Option<Key>) -> bool {
        let removed = self.state.borrow_mut().remove(token, set);
        if removed.is_none() {
            self.strangers.get(token);
        }
        removed.is_some()
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop").field("watchers", &self.len()).finish_non_exhaustive()
    }
}
