//! Every other system: `poll`, and a pair of sockets that wakes it.
//!
//! `poll` is told the numbers at each call and keeps nothing, so that it asks about whatever is open under a number at
//! that moment. What was registered is told from what is open now by what the system says of both (`Identity`). That
//! is not exact: where the system says the same of two files, the second is taken for the first.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use core::cell::RefCell;
use core::ffi::{c_int, c_short};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use super::report::Report;
use crate::descriptor::Descriptor;
use crate::flags::{Interest, Ready};
use system::{Entry, Identity, Stream};
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// The longest single wait; the loop waits again.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Two ends of a connection: while a byte is on its way, the waker is awake.
pub(crate) struct Waker {
    here: Stream,
    there: Stream,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let (here, there) = system::pair()?;
        here.set_nonblocking(true)?;
        there.set_nonblocking(true)?;
        Ok(Waker { here, there })
    }

    pub(crate) fn wake(&self) {
        // The only failure is a full connection, and then it is awake.
        let _ = (&self.there).write(&[1]);
    }

    pub(crate) fn settle(&self) {
        let mut bytes = [0; 64];
        // The only failure is an empty connection, and then it is settled.
        while matches!((&self.here).read(&mut bytes), Ok(count) if count == bytes.len()) {}
    }
}

pub(crate) struct Backend(RefCell<Set>);

impl Backend {
    pub(crate) fn new(waker: &Arc<Waker>) -> io::Result<Self> {
        let entries = vec![system::entry(system::number(&waker.here), system::READ)];
        let set = Set { entries, registered: Vec::new(), next: 0, _waker: waker.clone() };
        Ok(Backend(RefCell::new(set)))
    }

    pub(crate) fn register(&self, fd: Descriptor, interest: Interest, key: u64) -> io::Result<()> {
        let identity = system::identify_to_watch(fd)?;
        let mut set = self.0.borrow_mut();
        set.entries.push(system::entry(fd, bits(interest)));
        set.registered.push(Registered { fd, key, identity });
        Ok(())
    }

    pub(crate) fn change(&self, fd: Descriptor, interest: Interest, key: u64) -> bool {
        let mut set = self.0.borrow_mut();
        let Some(place) = set.place_of(fd) else { return false };
        if !set.registered[place].is_open() {
            set.remove(place);
            return false;
        }
        set.registered[place].key = key;
        set.entries[place + 1] = system::entry(fd, bits(interest));
        true
    }

    pub(crate) fn forget(&self, fd: Descriptor) {
        let mut set = self.0.borrow_mut();
        if let Some(place) = set.place_of(fd) {
            set.remove(place);
        }
    }

    /// One event at a time: the next call of a watcher comes after a fresh question.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> io::Result<Report> {
        let mut set = self.0.borrow_mut();
        match system::poll(&mut set.entries, timeout.map_or(-1, whole_milliseconds)) {
            Ok(()) => Ok(set.report()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Report::Interrupted),
            Err(error) => Err(error),
        }
    }
}

/// What is waited on.
struct Set {
    /// What the system is asked: the waker's entry, then one for each of `registered`.
    entries: Vec<Entry>,
    registered: Vec<Registered>,
    /// The entry behind the one that was reported last, so that they take turns.
    next: usize,
    /// Its descriptor is among the entries.
    _waker: Arc<Waker>,
}

/// What was under a number when it was registered.
struct Registered {
    fd: Descriptor,
    key: u64,
    identity: Identity,
}

impl Registered {
    /// Whether it is open still.
    fn is_open(&self) -> bool {
        system::identify(self.fd).is_ok_and(|identity| identity == self.identity)
    }
}

impl Set {
    fn place_of(&self, fd: Descriptor) -> Option<usize> {
        self.registered.iter().position(|registered| registered.fd == fd)
    }

    fn remove(&mut self, place: usize) {
        self.registered.remove(place);
        self.entries.remove(place + 1);
        if place + 1 < self.next {
            self.next -= 1;
        }
    }

    /// The next of those that the system has just found ready. What is not open any more leaves the set.
    fn report(&mut self) -> Report {
        while let Some(entry) = self.next_ready() {
            self.next = entry + 1;
            let Some(place) = entry.checked_sub(1) else { return Report::Woken };
            if self.registered[place].is_open() {
                let ready = readiness(&self.entries[entry]);
                return Report::Ready(self.registered[place].key, ready);
            }
            self.remove(place);
        }
        Report::Nothing
    }

    fn next_ready(&self) -> Option<usize> {
        let next = self.next.min(self.entries.len());
        let mut in_turn = (next..self.entries.len()).chain(0..next);
        in_turn.find(|entry| self.entries[*entry].revents != 0)
    }
}

fn bits(interest: Interest) -> c_short {
    let read = if interest.contains(Interest::READ) { system::READ } else { 0 };
    let write = if interest.contains(Interest::WRITE) { system::WRITE } else { 0 };
    read | write
}

fn readiness(entry: &Entry) -> Ready {
    if entry.revents & (system::ERROR | system::HANG_UP | system::INVALID) != 0 {
        return Ready::READ | Ready::WRITE;
    }
    let mut ready = Ready::empty();
    ready.set(Ready::READ, entry.revents & system::READ != 0);
    ready.set(Ready::WRITE, entry.revents & system::WRITE != 0);
    ready
}

/// Rounded up, so that a timer is due when the wait is over.
fn whole_milliseconds(timeout: Duration) -> c_int {
    timeout.min(LONGEST).as_nanos().div_ceil(1_000_000) as c_int
}
