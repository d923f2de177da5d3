//! The loop: adds, removes, waits, calls.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use core::ffi::{c_int, c_void};

use outlive::{Token, Tokens};

use crate::backend::Report;
use crate::descriptor::{self, Descriptor};
use crate::error::{NestedRunError, WatchError};
use crate::flags::{Interest, Ready};
use crate::registrations::{Next, Registrations};
use crate::shared::Shared;
use crate::timers::Timers;
use crate::watcher::{CFunction, Callback, Event, Watched, Watcher};

/// An event loop that is bound to the thread it was made on.
///
/// Every method may be called from inside any callback, except that a loop does not run inside
/// itself. The [crate's page](crate) says what a watcher may count on.
pub struct Loop {
    state: RefCell<State>,
    shared: Arc<Shared<Loop>>,
    running: Cell<bool>,
    /// Always empty: reports the tokens that `remove` does not know, while `state` is not borrowed,
    /// so that an incident hook may use the loop.
    strangers: Tokens<()>,
}

/// Invariant `borrow`: nothing of the host's runs, or is dropped, while this is borrowed. What is
/// armed or queued is in `watchers` too, so that only the end of a token can drop a callback.
struct State {
    watchers: Tokens<Rc<Watcher<Loop>>>,
    registrations: Registrations<Loop>,
    timers: Timers<Loop>,
}

impl Loop {
    /// A loop that watches nothing.
    ///
    /// # Errors
    ///
    /// The system has no descriptors left; the loop needs two.
    #[track_caller]
    pub fn new() -> io::Result<Self> {
        let shared = Arc::new(Shared::new()?);
        let watchers = Tokens::new("watcher");
        let registrations = Registrations::new(shared.waker.clone())?;
        let state = State { watchers, registrations, timers: Timers::default() };
        let strangers = Tokens::new("watcher");
        Ok(Loop { state: RefCell::new(state), shared, running: Cell::new(false), strangers })
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
        self.watch(fd, interest, timeout, Callback::Rust(Box::new(callback)))
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
    pub unsafe fn add_c(
        &self,
        fd: c_int,
        interest: Interest,
        timeout: Option<Duration>,
        function: CFunction,
        arg: *mut c_void,
    ) -> Result<Token, WatchError> {
        self.watch(descriptor::from_c(fd), interest, timeout, Callback::C(function, arg))
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
        let callback = Callback::Rust(Box::new(callback));
        self.keep(Watcher::new(None, persist, Some(after), callback))
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
        self.keep(Watcher::new(None, persist, Some(after), Callback::C(function, arg)))
    }

    /// Ends a watcher, armed or spent: it is not called any more, and its callback is dropped, now
    /// or, from inside that callback, when it returns.
    ///
    /// `false` says that the token is not one of this loop's: removed before, or invented. That is
    /// harmless, and reported as an incident of `outlive`.
    pub fn remove(&self, token: Token) -> bool {
        let removed = self.state.borrow_mut().remove(token);
        if removed.is_none() {
            self.strangers.get(token);
        }
        removed.is_some()
    }

    /// Whether `token` is one of this loop's watchers, armed or spent.
    pub fn contains(&self, token: Token) -> bool {
        self.state.borrow().watchers.contains(token)
    }

    /// How many watchers there are, armed or spent.
    pub fn len(&self) -> usize {
        self.state.borrow().watchers.len()
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
    }

    /// Runs until [`stop`](Loop::stop), also when there is nothing to watch: a [`Remote`](crate::Remote) may post.
    ///
    /// # Errors
    ///
    /// Those of [`run_once`](Loop::run_once).
    ///
    /// # Panics
    ///
    /// A panic of a callback comes out here. The loop can be run again.
    pub fn run(&self) -> io::Result<()> {
        let _running = self.enter()?;
        while !self.shared.take_stop() {
            self.turns(None, || self.shared.is_stopping())?;
        }
        Ok(())
    }

    /// Waits for something to do, at most `timeout` (`None`: without end), does one turn of it, and
    /// says how many callbacks and posted closures ran.
    ///
    /// A turn is at most one readiness or one posted closure, and the timers that are due by then.
    /// Zero means that the time has passed, that a [`Remote`](crate::Remote) woke or stopped the loop, or that a
    /// signal arrived. `run_once(Some(Duration::ZERO))` does not wait.
    ///
    /// # Errors
    ///
    /// From inside a callback: [`NestedRunError`]. The system's own errors; no watcher is lost.
    ///
    /// # Panics
    ///
    /// A panic of a callback comes out here. The loop can be run again.
    pub fn run_once(&self, timeout: Option<Duration>) -> io::Result<usize> {
        let _running = self.enter()?;
        self.turns(timeout, || false)
    }

    fn enter(&self) -> io::Result<Running<'_>> {
        if self.running.replace(true) {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, NestedRunError));
        }
        Ok(Running(&self.running))
    }

    fn watch(
        &self,
        fd: Descriptor,
        interest: Interest,
        timeout: Option<Duration>,
        callback: Callback<Loop>,
    ) -> Result<Token, WatchError> {
        if interest.directions().is_empty() {
            return Err(WatchError::NoDirection);
        }
        let opened = self.state.borrow_mut().registrations.open(fd, interest.directions());
        let registration = opened.map_err(|error| WatchError::from_os(fd, error))?;
        let watched = Watched { fd, registration, interest };
        let persist = interest.contains(Interest::PERSIST);
        Ok(self.keep(Watcher::new(Some(watched), persist, timeout, callback)))
    }

    fn keep(&self, watcher: Watcher<Loop>) -> Token {
        let watcher = Rc::new(watcher);
        let mut state = self.state.borrow_mut();
        let token = state.watchers.insert(watcher.clone());
        watcher.set_token(token);
        state.registrations.arm(&watcher);
        state.timers.arm(&watcher);
        token
    }

    /// Turns until one has done something, or the wait is over.
    fn turns(&self, timeout: Option<Duration>, stopping: impl Fn() -> bool) -> io::Result<usize> {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let (report, now) = self.state.borrow_mut().wait(end)?;
            let (mut calls, over) = match report {
                Report::Ready(serial, ready) => match self.ready(serial, ready)? {
                    0 => continue, // a leftover, not a readiness: ask again
                    calls => (calls, true),
                },
                Report::Woken => (self.run_job(), true),
                Report::Interrupted => (0, true),
                Report::Nothing => (0, end.is_some_and(|end| end <= now)),
            };
            calls += self.run_timers(now, &stopping);
            if over || calls > 0 {
                return Ok(calls);
            }
        }
    }

    fn ready(&self, serial: u64, ready: Ready) -> io::Result<usize> {
        let next = self.state.borrow_mut().registrations.next(serial, ready)?;
        let Next::Call(watcher, ready) = next else { return Ok(0) };
        self.call(watcher, ready);
        Ok(1)
    }

    fn run_job(&self) -> usize {
        let Some(job) = self.shared.next_job() else { return 0 };
        job(self);
        1
    }

    /// Calls the timers that were due at `now`, which lies before this turn's first call: what was
    /// armed during the turn waits for the next one.
    fn run_timers(&self, now: Instant, stopping: impl Fn() -> bool) -> usize {
        let mut calls = 0;
        while !stopping() {
            let due = self.state.borrow_mut().timers.take_due(now);
            let Some(watcher) = due else { break };
            self.call(watcher, Ready::TIMEOUT);
            calls += 1;
        }
        calls
    }

    /// Brings the books up to date, then calls: from here on the callback may change anything, or
    /// panic. The `Rc` keeps the callback whole if it removes itself.
    fn call(&self, watcher: Rc<Watcher<Loop>>, ready: Ready) {
        self.state.borrow_mut().called(&watcher);
        watcher.call(self, ready);
    }
}

impl State {
    fn wait(&mut self, end: Option<Instant>) -> io::Result<(Report, Instant)> {
        let until = match (self.timers.next(), end) {
            (Some(timer), Some(end)) => Some(timer.min(end)),
            (timer, end) => timer.or(end),
        };
        let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
        let report = self.registrations.backend().wait(timeout)?;
        Ok((report, Instant::now()))
    }

    fn called(&mut self, watcher: &Rc<Watcher<Loop>>) {
        if watcher.persist {
            self.timers.arm(watcher);
        } else {
            self.timers.disarm(watcher);
            self.registrations.disarm(watcher);
        }
    }

    fn remove(&mut self, token: Token) -> Option<Rc<Watcher<Loop>>> {
        if !self.watchers.contains(token) {
            return None;
        }
        let watcher = self.watchers.take(token)?;
        self.timers.disarm(&watcher);
        self.registrations.remove(&watcher);
        Some(watcher)
    }
}

/// While it lives, the loop is running. It ends with a panic of a callback too.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
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
