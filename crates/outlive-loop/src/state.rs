//! The books of a loop: who waits for what, and what was reported. The loop's type is a parameter, for it stands above.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use outlive::Token;

use crate::backend::{Report, Waker};
use crate::batch::{Batch, Since};
use crate::clock::Nanos;
use crate::descriptor::Descriptor;
use crate::error::WatchError;
use crate::flags::{Interest, Ready};
use crate::list::{List, OWNED};
use crate::names::Names;
use crate::registrations::Registrations;
use crate::slab::{Key, Slab};
use crate::timers::Timers;
use crate::watcher::{Callback, Event, Watched, Watcher};

/// Invariant `borrow`: nothing of the host's runs, or is dropped, while this is borrowed. So whatever takes a callback
/// out returns it.
pub(crate) struct State<L> {
    watchers: Slab<Watcher>,
    /// By the watchers' indices. One of Rust's is not here while it runs.
    callbacks: Vec<Option<Callback<L>>>,
    names: Names,
    sets: Slab<List<OWNED>>,
    registrations: Registrations,
    timers: Timers,
    batch: Batch,
    /// What is known to be ready without a wait, and what has happened since the first of it became known.
    known: Vec<Report>,
    known_since: Since,
    /// The last reports were not the system's.
    was_known: bool,
    /// The watcher whose callback is running, or was the last to run.
    running: Option<Key>,
    /// The loop runs: the clock will be read for what starts.
    is_inside: bool,
    /// The last reading of the clock, until a callback runs.
    now: Option<Nanos>,
    /// Ask the system before each call.
    is_strict: bool,
}

/// A callback that is about to be called. The books are up to date: it may change anything, or panic.
pub(crate) struct Call<L> {
    pub(crate) key: Key,
    pub(crate) event: Event,
    pub(crate) callback: Callback<L>,
}

/// What a report leads to.
pub(crate) enum Next<L> {
    Call(Call<L>),
    Woken,
    Interrupted,
    /// All reports are worked off.
    Done,
}

impl<L> State<L> {
    pub(crate) fn new(waker: Arc<Waker>, is_strict: bool) -> io::Result<Self> {
        Ok(State {
            watchers: Slab::default(),
            callbacks: Vec::new(),
            names: Names::default(),
            sets: Slab::default(),
            registrations: Registrations::new(waker)?,
            timers: Timers::new(),
            batch: Batch::new(),
            known: Vec::new(),
            known_since: Since::Callbacks,
            was_known: false,
            running: None,
            is_inside: false,
            now: None,
            is_strict,
        })
    }

    // Who there is.

    pub(crate) fn key(&self, token: Token) -> Option<Key> {
        self.names.key(token).filter(|key| self.watchers.get(*key).is_some())
    }

    pub(crate) fn len(&self) -> usize {
        self.watchers.len()
    }

    /// Opens what a watcher is to watch. It is kept next, or the registration is closed when it reports in vain.
    pub(crate) fn open(&mut self, fd: Descriptor, interest: Interest) -> io::Result<Watched> {
        let directions = interest.directions();
        let is_known = interest == Interest::WRITE && self.is_inside && !self.is_strict;
        let registration = match is_known.then(|| self.registrations.writable(fd)).flatten() {
            Some(registration) => {
                self.known.push(Report::Ready(registration.to_bits(), Ready::WRITE));
                registration
            }
            None => self.registrations.open(&mut self.watchers, fd, directions)?,
        };
        Ok(Watched { fd, registration, directions })
    }

    pub(crate) fn keep(
        &mut self,
        watcher: Watcher,
        timeout: Option<Duration>,
        callback: Callback<L>,
    ) -> Token {
        let set = watcher.set;
        let key = self.watchers.insert(watcher);
        let token = self.names.token(key);
        self.watchers.at(key.index).token = token;
        let place = key.index as usize;
        if place >= self.callbacks.len() {
            self.callbacks.resize_with(place + 1, || None);
        }
        self.callbacks[place] = Some(callback);
        if let Some(set) = set.and_then(|set| self.sets.get_mut(set)) {
            set.push_back(&mut self.watchers, key.index);
        }
        self.registrations.arm(&mut self.watchers, key.index);
        self.timers.set(key.index, timeout);
        self.start(key.index);
        token
    }

    /// Takes a watcher out, from `set` if that is given.
    pub(crate) fn remove(&mut self, token: Token, set: Option<Key>) -> Option<Option<Callback<L>>> {
        let key = self.key(token)?;
        let owner = self.watchers.get(key)?.set;
        (set.is_none() || set == owner).then(|| self.remove_key(key))
    }

    fn remove_key(&mut self, key: Key) -> Option<Callback<L>> {
        let index = key.index;
        self.timers.set(index, None);
        let was_spent = !self.watchers.at(index).armed;
        self.registrations.disarm(&mut self.watchers, index);
        let watcher = self.watchers.at(index);
        let (watched, owner) = (watcher.watched, watcher.set);
        if let Some(owner) = owner.and_then(|owner| self.sets.get_mut(owner)) {
            owner.remove(&mut self.watchers, index);
        }
        if let Some(watched) = watched {
            // A one-shot that its own callback removes is often added again there.
            let may_come_back = was_spent && self.running == Some(key);
            self.release(watched.registration, may_come_back);
        }
        self.watchers.remove(key);
        self.callbacks[index as usize].take()
    }

    /// A watcher of this registration is not there any more.
    fn release(&mut self, registration: Key, may_come_back: bool) {
        if self.registrations.is_idle(registration) && !may_come_back {
            self.registrations.close(registration);
        } else {
            self.registrations.adjust_later(registration);
        }
    }

    /// Starts the watcher's time, if it has one.
    fn start(&mut self, index: u32) {
        self.timers.start(index);
        if !self.is_inside {
            self.timers.settle();
        }
    }

    // What changes.

    /// Has a watcher wait for something else, or disables it, and arms it again. `None`: there is no such watcher.
    pub(crate) fn update(
        &mut self,
        token: Token,
        interest: Interest,
    ) -> Option<Result<(), WatchError>> {
        let index = self.key(token)?.index;
        let watcher = self.watchers.at(index);
        watcher.persist = interest.contains(Interest::PERSIST);
        let Some(watched) = watcher.watched else { return Some(Ok(())) };
        Some(self.watch_anew(index, watched, interest))
    }

    fn watch_anew(
        &mut self,
        index: u32,
        old: Watched,
        interest: Interest,
    ) -> Result<(), WatchError> {
        let fd = old.fd;
        let mut new = Watched { directions: Interest::empty(), ..old };
        if !interest.directions().is_empty() {
            new = self.open(fd, interest).map_err(|error| WatchError::from_os(fd, error))?;
        }
        self.registrations.disarm(&mut self.watchers, index);
        self.timers.stop(index);
        self.watchers.at(index).watched = Some(new);
        if !new.directions.is_empty() {
            self.registrations.arm(&mut self.watchers, index);
            self.start(index);
        }
        self.release(old.registration, false);
        Ok(())
    }

    /// Sets how long a watcher waits, from now on. `None`: there is no such watcher.
    pub(crate) fn set_timeout(&mut self, token: Token, timeout: Option<Duration>) -> Option<()> {
        let index = self.key(token)?.index;
        self.timers.set(index, timeout);
        let watcher = self.watchers.at(index);
        if watcher.armed || watcher.watched.is_none() {
            self.start(index);
        }
        Some(())
    }

    // Sets.

    pub(crate) fn new_set(&mut self) -> Key {
        self.sets.insert(List::default())
    }

    pub(crate) fn is_in_set(&self, token: Token, set: Key) -> bool {
        let watcher = self.key(token).and_then(|key| self.watchers.get(key));
        watcher.is_some_and(|watcher| watcher.set == Some(set))
    }

    pub(crate) fn len_of_set(&mut self, set: Key) -> usize {
        let first = self.sets.get(set).and_then(List::first);
        let next = |index: &u32| List::<OWNED>::after(&mut self.watchers, *index);
        std::iter::successors(first, next).count()
    }

    /// Takes out one watcher of a set, or the set if it has none.
    pub(crate) fn remove_of_set(&mut self, set: Key) -> Option<Option<Callback<L>>> {
        let Some(index) = self.sets.get(set)?.first() else {
            self.sets.remove(set);
            return None;
        };
        let key = self.watchers.key_at(index)?;
        Some(self.remove_key(key))
    }

    // A turn.

    /// The loop runs again: the host may have done anything since.
    pub(crate) fn enter(&mut self) {
        self.batch.happens(Since::Host);
        if !self.known.is_empty() {
            self.known_since = Since::Host;
        }
        (self.is_inside, self.now) = (true, None);
    }

    /// The loop does not run any more.
    pub(crate) fn exit(&mut self) {
        (self.is_inside, self.running) = (false, None);
        self.timers.settle();
    }

    pub(crate) fn now(&mut self) -> Nanos {
        let Self { now, timers, .. } = self;
        *now.get_or_insert_with(|| timers.now())
    }

    /// Waits until something is reported, a time is up, or it is `end`, unless there are reports already. Whether there
    /// are any then.
    pub(crate) fn fetch(&mut self, end: Option<Nanos>, is_single: bool) -> io::Result<bool> {
        if !self.batch.is_done() {
            return Ok(true);
        }
        // In turn, so that neither starves the other.
        if !self.was_known && self.take_known(is_single) {
            return Ok(true);
        }
        self.was_known = false;
        self.registrations.adjust(&mut self.watchers);
        let timeout =
            if self.known.is_empty() { self.time_left(end) } else { Some(Duration::ZERO) };
        self.now = None;
        let (limit, reports) = self.batch.refill(is_single || self.is_strict);
        self.registrations.backend().wait(timeout, limit, reports)?;
        if let [_, _, ..] = reports[..] {
            for report in &*reports {
                self.registrations.look_at(report);
            }
        }
        Ok(!self.batch.is_done() || self.take_known(is_single))
    }

    /// Works off what is known to be ready next, if there is any.
    fn take_known(&mut self, is_single: bool) -> bool {
        self.was_known = !self.known.is_empty();
        if self.was_known {
            let since = std::mem::replace(&mut self.known_since, Since::Callbacks);
            self.batch.refill_with(&mut self.known, is_single, since);
        }
        self.was_known
    }

    /// The descriptor for others to watch.
    #[cfg(all(feature = "tokio", target_os = "linux", not(outlive_poll)))]
    pub(crate) fn watchable(&mut self) -> io::Result<std::os::fd::RawFd> {
        self.registrations.backend().watchable()
    }

    /// How long it takes until a timer is due.
    #[cfg(all(feature = "tokio", target_os = "linux", not(outlive_poll)))]
    pub(crate) fn next_timer(&mut self) -> Option<Duration> {
        self.time_left(None)
    }

    fn time_left(&mut self, end: Option<Nanos>) -> Option<Duration> {
        if end.is_none() && self.timers.is_empty() {
            return None;
        }
        let now = self.now();
        let until = match (self.timers.next(now), end) {
            (Some(timer), Some(end)) => timer.min(end),
            (timer, end) => timer.or(end)?,
        };
        Some(Duration::from_nanos(until.saturating_sub(now)))
    }

    /// What the next report leads to.
    pub(crate) fn next(&mut self) -> io::Result<Next<L>> {
        while let Some(report) = self.batch.current() {
            let (bits, ready) = match report {
                Report::Ready(bits, ready) => (bits, ready),
                Report::Woken => {
                    self.batch.advance();
                    self.happens();
                    return Ok(Next::Woken);
                }
                Report::Interrupted => {
                    self.batch.advance();
                    return Ok(Next::Interrupted);
                }
            };
            if let Some(call) = self.call_for(bits, ready)? {
                return Ok(Next::Call(call));
            }
            if let Some(registration) = Key::from_bits(bits).filter(|_| !self.batch.is_used()) {
                self.registrations.adjust_later(registration);
            }
            self.batch.advance();
        }
        Ok(Next::Done)
    }

    /// The waker was used for more than was done.
    pub(crate) fn wake_again(&mut self) {
        self.batch.append(Report::Woken);
    }

    fn call_for(&mut self, bits: u64, ready: Ready) -> io::Result<Option<Call<L>>> {
        let Some(registration) = Key::from_bits(bits) else { return Ok(None) };
        let ready = self.still(registration, ready)?;
        if ready.is_empty() {
            return Ok(None);
        }
        let next = self.registrations.next(&mut self.watchers, registration, ready);
        let Some((index, ready)) = next else { return Ok(None) };
        // Whoever is called for both directions may have used up both.
        let directions = self.watchers.at(index).directions();
        self.batch.used_for(Ready::from_bits_truncate(directions.bits()));
        Ok(self.call(index, ready))
    }

    /// Which part of a report may be believed. See the rules on the crate's page.
    fn still(&mut self, registration: Key, ready: Ready) -> io::Result<Ready> {
        let since = self.batch.since();
        if !self.registrations.is_live(registration) {
            if since == Since::Nothing {
                self.registrations.rebuild(&mut self.watchers)?;
            } // else it may have been closed by a callback since: a ghost is reported again
            return Ok(Ready::empty());
        }
        Ok(match since {
            Since::Nothing => ready,
            Since::Callbacks if !self.registrations.is_blocking(registration) => ready,
            _ => self.registrations.confirm(registration, ready),
        })
    }

    /// The next timer that was due at `now`.
    pub(crate) fn take_due(&mut self, now: Nanos) -> Option<Call<L>> {
        let index = self.timers.take_due(now)?;
        self.call(index, Ready::TIMEOUT)
    }

    /// Whether a time runs that may be up.
    pub(crate) fn has_timers(&self) -> bool {
        !self.timers.is_empty()
    }

    fn call(&mut self, index: u32, ready: Ready) -> Option<Call<L>> {
        let key = self.watchers.key_at(index)?;
        let watcher = self.watchers.at(index);
        let (token, fd) = (watcher.token, watcher.watched.map(|watched| watched.fd));
        if watcher.persist {
            self.start(index);
        } else {
            self.timers.stop(index);
            self.registrations.disarm(&mut self.watchers, index);
        }
        let event = Event { token, fd, ready };
        let callback = Callback::take(self.callbacks.get_mut(index as usize)?)?;
        self.running = Some(key);
        self.happens();
        Some(Call { key, event, callback })
    }

    /// Code of the host's is about to run.
    fn happens(&mut self) {
        self.batch.happens(Since::Callbacks);
        self.now = None;
    }

    /// Puts back the callback of a watcher that was called, or returns it if the watcher is gone.
    pub(crate) fn put_back(&mut self, key: Key, callback: Callback<L>) -> Option<Callback<L>> {
        if self.watchers.get(key).is_none() {
            return Some(callback);
        }
        self.callbacks[key.index as usize].replace(callback)
    }
}
