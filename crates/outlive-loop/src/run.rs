//! How a loop runs: it waits, and calls.

use std::io;
use std::time::Duration;

use crate::clock::{Nanos, nanos};
use crate::error::NestedRunError;
use crate::event_loop::Loop;
use crate::slab::Key;
use crate::state::{Call, Next};
use crate::watcher::Callback;

/// What a turn has done.
#[derive(Default)]
struct Turn {
    /// How many callbacks and posted closures ran.
    calls: usize,
    /// The waker was used, or a signal arrived.
    is_woken: bool,
    /// There were reports, and all were out of date: there may be others to ask for.
    is_vain: bool,
}

/// What a look at a loop came to.
#[cfg(all(feature = "tokio", target_os = "linux", not(outlive_poll)))]
pub(crate) enum Polled {
    /// There may be more to do.
    Busy,
    /// There is nothing to do, until the next timer is due, if there is one.
    Idle(Option<Duration>),
    Stopped,
}

impl Loop {
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
        while !self.shared().take_stop() {
            self.turn(None, false, &mut || self.shared().is_stopping())?;
        }
        Ok(())
    }

    /// Runs until `time` has passed, or until [`stop`](Loop::stop), and says how many callbacks and posted closures ran.
    ///
    /// What is ready or due when the time is up is called still; so a time of zero does what there is to do, without
    /// waiting.
    ///
    /// # Errors
    ///
    /// Those of [`run_once`](Loop::run_once).
    ///
    /// # Panics
    ///
    /// A panic of a callback comes out here. The loop can be run again.
    pub fn run_for(&self, time: Duration) -> io::Result<usize> {
        let _running = self.enter()?;
        let end = self.state().now().saturating_add(nanos(time));
        let mut calls = 0;
        let mut is_over = self.shared().take_stop();
        while !is_over {
            let turn = self.turn(Some(end), false, &mut || self.shared().is_stopping())?;
            calls += turn.calls;
            is_over = self.shared().take_stop() || !turn.is_vain && self.state().now() >= end;
        }
        Ok(calls)
    }

    /// Runs until `condition` holds, or until [`stop`](Loop::stop), and says whether it held. The condition is asked before
    /// each wait and after each callback; it must not use what only a callback may.
    ///
    /// # Errors
    ///
    /// Those of [`run_once`](Loop::run_once).
    ///
    /// # Panics
    ///
    /// A panic of a callback, or of the condition, comes out here. The loop can be run again.
    pub fn run_until(&self, mut condition: impl FnMut() -> bool) -> io::Result<bool> {
        let _running = self.enter()?;
        while !self.shared().take_stop() {
            if condition() {
                return Ok(true);
            }
            let mut is_met = false;
            self.turn(None, false, &mut || {
                is_met = is_met || condition();
                is_met || self.shared().is_stopping()
            })?;
            if is_met {
                self.shared().take_stop();
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits for something to do, at most `timeout` (`None`: without end), does one turn of it, and
    /// says how many callbacks and posted closures ran.
    ///
    /// A turn is at most one readiness or one posted closure, and the timers that are due by then.
    /// Zero means that the time has passed, that a [`Remote`](crate::Remote) woke or stopped the loop, or that a
    /// signal arrived. `run_once(Some(Duration::ZERO))` does not wait.
    ///
    /// [`run`](Loop::run), [`run_for`](Loop::run_for) and [`run_until`](Loop::run_until) fetch many reports of the
    /// system at once, and are faster.
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
        let end = timeout.map(|timeout| self.state().now().saturating_add(nanos(timeout)));
        loop {
            let turn = self.turn(end, true, &mut || false)?;
            let is_over = |end| !turn.is_vain && self.state().now() >= end;
            if turn.calls > 0 || turn.is_woken || end.is_some_and(is_over) {
                return Ok(turn.calls);
            }
        }
    }

    /// Does what there is to do, without waiting: a batch of reports, and the timers that are due.
    #[cfg(all(feature = "tokio", target_os = "linux", not(outlive_poll)))]
    pub(crate) fn poll(&self) -> io::Result<Polled> {
        let mut running = self.enter()?;
        running.is_driver = true;
        if self.shared().take_stop() {
            return Ok(Polled::Stopped);
        }
        let now = self.state().now();
        let turn = self.turn(Some(now), false, &mut || self.shared().is_stopping())?;
        if self.shared().take_stop() {
            return Ok(Polled::Stopped);
        }
        let is_busy = turn.calls > 0 || turn.is_vain || turn.is_woken;
        Ok(if is_busy { Polled::Busy } else { Polled::Idle(self.state().next_timer()) })
    }

    /// The error of whoever runs a loop that runs.
    pub(crate) fn nested() -> io::Error {
        io::Error::new(io::ErrorKind::ResourceBusy, NestedRunError)
    }

    fn enter(&self) -> io::Result<Running<'_>> {
        if self.is_running().replace(true) {
            return Err(Loop::nested());
        }
        self.state().enter();
        Ok(Running { on: self, is_driver: false })
    }

    /// Waits until `end`, works off what is reported, all or one of it, then what is due; less if it `is_over` before.
    fn turn(
        &self,
        end: Option<Nanos>,
        is_single: bool,
        is_over: &mut dyn FnMut() -> bool,
    ) -> io::Result<Turn> {
        let is_reported = self.state().fetch(end, is_single)?;
        let mut turn = Turn::default();
        while !is_over() {
            let next = self.state().next()?;
            match next {
                Next::Call(call) => self.call(call),
                Next::Woken => {
                    turn.is_woken = true;
                    if !self.run_job() {
                        continue;
                    }
                }
                Next::Interrupted => {
                    turn.is_woken = true;
                    continue;
                }
                Next::Done => break,
            }
            turn.calls += 1;
            if is_single {
                break;
            }
        }
        turn.is_vain = is_reported && turn.calls == 0 && !turn.is_woken;
        turn.calls += self.run_timers(is_over);
        Ok(turn)
    }

    fn run_job(&self) -> bool {
        let (job, has_more) = self.shared().next_job();
        let Some(job) = job else { return false };
        if has_more {
            self.state().wake_again();
        }
        job(self);
        true
    }

    /// Calls the timers that are due now. What starts from here on waits for the next turn.
    fn run_timers(&self, is_over: &mut dyn FnMut() -> bool) -> usize {
        let mut state = self.state();
        if !state.has_timers() {
            return 0;
        }
        let now = state.now();
        drop(state);
        let mut calls = 0;
        while !is_over() {
            let due = self.state().take_due(now);
            let Some(call) = due else { break };
            self.call(call);
            calls += 1;
        }
        calls
    }

    /// Calls a callback. It may change anything, or panic; one of Rust's is kept here as long as it runs.
    fn call(&self, call: Call<Loop>) {
        let Call { key, event, mut callback } = call;
        if let Callback::C(..) = callback {
            return callback.call(self, event);
        }
        let mut called = Called { on: self, key, callback: Some(callback) };
        if let Some(callback) = &mut called.callback {
            callback.call(self, event);
        }
    }
}

/// A callback of Rust's that runs. Afterwards it is put back, or dropped if its watcher was removed.
struct Called<'a> {
    on: &'a Loop,
    key: Key,
    callback: Option<Callback<Loop>>,
}

impl Drop for Called<'_> {
    fn drop(&mut self) {
        let Some(callback) = self.callback.take() else { return };
        let left = self.on.state().put_back(self.key, callback);
        drop(left); // not while the books are open
    }
}

/// While it lives, the loop is running. It ends with a panic of a callback too.
struct Running<'a> {
    on: &'a Loop,
    /// Whoever runs it waits for its reports and its timers next.
    is_driver: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.on.is_running().set(false);
        self.on.state().exit();
        if !self.is_driver {
            // What the callbacks have changed, and what is left of the reports, is for the driver.
            self.on.wake_driver();
        }
    }
}
