//! The watchers of one owner, which end with it.

use core::ffi::{c_int, c_void};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use outlive::Token;

use crate::descriptor::{self, Descriptor};
use crate::error::WatchError;
use crate::event_loop::Loop;
use crate::flags::Interest;
use crate::slab::Key;
use crate::watcher::{CFunction, Callback, Event};

/// The watchers that one owner has added to a [`Loop`]. When it is dropped, those that are left are removed.
///
/// It is for the host value of a table of callbacks by which a C library adds and deletes watchers. When the table ends,
/// C's deletes are refused, and a watcher that nobody can delete any more would be called into memory that C has freed. A
/// set that the host value owns ends with it, and so with the table, whether or not C has deleted, or has tried to.
///
/// Its tokens are good for itself: another set's, or those of watchers that were added to the loop directly, are not known
/// here. The loop knows them all ([`Loop::remove`]).
///
/// The set keeps the loop alive. A callback that owns a set of its own loop keeps both for ever, unless it is removed.
///
/// ```
/// use std::rc::Rc;
/// use std::time::Duration;
/// use outlive_loop::{Loop, WatcherSet};
///
/// # fn main() -> std::io::Result<()> {
/// let events = Rc::new(Loop::new()?);
/// let of_library = WatcherSet::new(events.clone());
/// of_library.timer(Duration::from_millis(1), true, |_, _| {});
/// let own = events.timer(Duration::from_millis(1), false, |_, _| {});
/// assert!(!of_library.remove(own)); // an incident: it is not the library's
/// drop(of_library);
/// assert_eq!(events.len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct WatcherSet {
    events: Rc<Loop>,
    key: Key,
}

impl WatcherSet {
    /// A set without watchers.
    pub fn new(events: Rc<Loop>) -> Self {
        let key = events.state().new_set();
        WatcherSet { events, key }
    }

    /// The loop that calls its watchers.
    pub fn event_loop(&self) -> &Rc<Loop> {
        &self.events
    }

    /// As [`Loop::add`].
    ///
    /// # Errors
    ///
    /// Those of [`Loop::add`].
    pub fn add(
        &self,
        fd: Descriptor,
        interest: Interest,
        timeout: Option<Duration>,
        callback: impl FnMut(&Loop, Event) + 'static,
    ) -> Result<Token, WatchError> {
        let callback = Callback::Rust(Box::new(callback));
        self.events.watch(fd, interest, timeout, callback, Some(self.key))
    }

    /// As [`Loop::add_c`].
    ///
    /// # Errors
    ///
    /// Those of [`Loop::add`].
    ///
    /// # Safety
    ///
    /// Until the watcher is removed, or the set or the loop is dropped, it must be sound to call
    /// `function(fd, events, arg)` on this thread whenever the loop runs. `arg` stays the caller's, as in [`Loop::add_c`].
    pub unsafe fn add_c(
        &self,
        fd: c_int,
        interest: Interest,
        timeout: Option<Duration>,
        function: CFunction,
        arg: *mut c_void,
    ) -> Result<Token, WatchError> {
        let (fd, callback) = (descriptor::from_c(fd), Callback::C(function, arg));
        self.events.watch(fd, interest, timeout, callback, Some(self.key))
    }

    /// As [`Loop::timer`].
    pub fn timer(
        &self,
        after: Duration,
        persist: bool,
        callback: impl FnMut(&Loop, Event) + 'static,
    ) -> Token {
        self.events.time(after, persist, Callback::Rust(Box::new(callback)), Some(self.key))
    }

    /// As [`Loop::timer_c`].
    ///
    /// # Safety
    ///
    /// That of [`add_c`](WatcherSet::add_c).
    pub unsafe fn timer_c(
        &self,
        after: Duration,
        persist: bool,
        function: CFunction,
        arg: *mut c_void,
    ) -> Token {
        self.events.time(after, persist, Callback::C(function, arg), Some(self.key))
    }

    /// As [`Loop::remove`], for a watcher of this set. Any other token is `false` and an incident.
    pub fn remove(&self, token: Token) -> bool {
        self.events.remove_from(token, Some(self.key))
    }

    /// Whether `token` is a watcher of this set, armed or spent.
    pub fn contains(&self, token: Token) -> bool {
        self.events.state().is_in_set(token, self.key)
    }

    /// How many watchers it has, armed or spent. It counts them, one by one.
    pub fn len(&self) -> usize {
        self.events.state().len_of_set(self.key)
    }

    /// Whether it has no watcher.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for WatcherSet {
    fn drop(&mut self) {
        loop {
            let removed = self.events.state().remove_of_set(self.key);
            // What a callback owns may add to the loop when it is dropped, but not to this set.
            let Some(callback) = removed else { break };
            drop(callback);
        }
    }
}

impl fmt::Debug for WatcherSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatcherSet").field("watchers", &self.len()).finish_non_exhaustive()
    }
}
