//! Every other system: `poll`, and a pair of sockets that wakes it.
//!
//! `poll` is told the numbers at each call and keeps nothing, so that it asks about whatever is open under a number at
//! that moment. What was registered is told from what is open now by what the system says of both (`Identity`). That
//! is not exact: where the system says the same of two files, the second is taken for the first.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use core::ffi::{c_int, c_short};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// In milliseconds, how long a socket goes unnoticed that is hung up, and that can be written to again.
const A_MOMENT: c_int = 10;

/// A connection: while a byte is on its way, the waker is awake. Others may break it (on Windows, whoever closes
/// connections); the loop then finds its end ready, and makes a new one.
pub(crate) struct Waker(Mutex<Pair>);

struct Pair {
    here: Stream,
    there: Stream,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Waker(Mutex::new(Pair::new()?)))
    }

    pub(crate) fn wake(&self) {
        self.lock().wake();
    }

    /// Only the loop's thread settles, which is not waiting then.
    pub(crate) fn settle(&self) {
        let mut pair = self.lock();
        if pair.drain().is_err() {
            // A wake-up may be lost. Where there is no new connection the old one goes on waking the loop.
            if let Ok(new) = Pair::new() {
                new.wake();
                *pair = new;
            }
        }
    }

    fn number(&self) -> Descriptor {
        system::number(&self.lock().here)
    }

    fn lock(&self) -> MutexGuard<'_, Pair> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pair {
    fn new() -> io::Result<Self> {
        let (here, there) = system::pair()?;
        here.set_nonblocking(true)?;
        there.set_nonblocking(true)?;
        Ok(Pair { here, there })
    }

    fn wake(&self) {
        match (&self.there).write(&[1]) {
            Ok(_) => {}
            // It is full, and so awake.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Whatever it was (there may be no memory): the other end is ready then, and the loop makes a new one.
            Err(_) => {
                let _ = self.there.shutdown(Shutdown::Both);
            }
        }
    }

    /// Reads until nothing is there; an error if the connection is broken.
    fn drain(&self) -> io::Result<()> {
        let mut bytes = [0; 64];
        loop {
            match (&self.here).read(&mut bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

pub(crate) struct Backend(Set);

impl Backend {
    pub(crate) fn new(waker: &Arc<Waker>) -> io::Result<Self> {
        let entries = vec![system::entry(waker.number(), system::READ)];
        let set = Set { entries, registered: Vec::new(), next: 0, waker: waker.clone() };
        Ok(Backend(set))
    }

    /// Takes the place of another set, which nobody can watch.
    pub(crate) fn replace(&mut self, _other: &mut Backend) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn register(
        &mut self,
        fd: Descriptor,
        interest: Interest,
        key: u64,
    ) -> io::Result<()> {
        let identity = system::identify_to_watch(fd)?;
        let set = &mut self.0;
        set.entries.push(system::entry(fd, bits(interest)));
        set.registered.push(Registered { fd, key, identity });
        Ok(())
    }

    pub(crate) fn change(&mut self, fd: Descriptor, interest: Interest, key: u64) -> bool {
        let set = &mut self.0;
        let Some(place) = set.place_of(fd) else { return false };
        if !set.registered[place].is_open() {
            set.remove(place);
            return false;
        }
        set.registered[place].key = key;
        set.entries[place + 1] = system::entry(fd, bits(interest));
        true
    }

    pub(crate) fn forget(&mut self, fd: Descriptor) {
        let set = &mut self.0;
        if let Some(place) = set.place_of(fd) {
            set.remove(place);
        }
    }

    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        limit: usize,
        reports: &mut Vec<Report>,
    ) -> io::Result<()> {
        let timeout = timeout.map_or(-1, whole_milliseconds);
        match self.0.wait(timeout, limit, reports) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                reports.push(Report::Interrupted);
                Ok(())
            }
            result => result,
        }
    }

    pub(crate) fn readiness(fd: Descriptor, interest: Interest) -> Ready {
        let mut entry = [system::entry(fd, bits(interest))];
        match system::poll(&mut entry, 0) {
            Ok(()) if system::identify(fd).is_ok() => readiness(&entry[0]),
            _ => Ready::empty(),
        }
    }

    /// Not every system says.
    pub(crate) fn is_blocking(_fd: Descriptor) -> bool {
        true
    }
}

/// What is waited on.
struct Set {
    /// What the system is asked: the waker's entry, then one for each of `registered`.
    entries: Vec<Entry>,
    registered: Vec<Registered>,
    /// The entry behind the one that was reported last, so that they take turns.
    next: usize,
    waker: Arc<Waker>,
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

    fn wait(
        &mut self,
        milliseconds: c_int,
        limit: usize,
        reports: &mut Vec<Report>,
    ) -> io::Result<()> {
        self.entries[0] = system::entry(self.waker.number(), system::READ);
        system::poll(&mut self.entries, milliseconds)?;
        while reports.len() < limit {
            let Some(report) = self.report() else { break };
            reports.push(report);
        }
        if reports.is_empty() { self.rest(milliseconds) } else { Ok(()) }
    }

    /// Where the system goes on to report what nobody asked for, waits a moment for all else.
    fn rest(&self, milliseconds: c_int) -> io::Result<()> {
        let is_quiet = |entry: &&Entry| entry.revents == 0;
        let mut quiet: Vec<Entry> = self.entries.iter().filter(is_quiet).copied().collect();
        if quiet.len() == self.entries.len() {
            return Ok(());
        }
        let moment = if milliseconds < 0 { A_MOMENT } else { milliseconds.min(A_MOMENT) };
        system::poll(&mut quiet, moment)
    }

    /// The next of those that the system has just found ready. What is not open any more leaves the set.
    fn report(&mut self) -> Option<Report> {
        while let Some(entry) = self.next_ready() {
            self.next = entry + 1;
            let ready = readiness(&self.entries[entry]);
            self.entries[entry].revents = 0;
            let Some(place) = entry.checked_sub(1) else { return Some(Report::Woken) };
            if self.registered[place].is_open() {
                return Some(Report::Ready(self.registered[place].key, ready));
            }
            self.remove(place);
        }
        None
    }

    fn next_ready(&self) -> Option<usize> {
        let next = self.next.min(self.entries.len());
        let mut in_turn = (next..self.entries.len()).chain(0..next);
        in_turn.find(|entry| is_ready(&self.entries[*entry]))
    }
}

fn bits(interest: Interest) -> c_short {
    let read = if interest.contains(Interest::READ) { system::READ } else { 0 };
    let write = if interest.contains(Interest::WRITE) { system::WRITE } else { 0 };
    read | write
}

/// Whether it is ready for anything that was asked.
fn is_ready(entry: &Entry) -> bool {
    let ready = readiness(entry);
    ready.contains(Ready::READ) && entry.events & system::READ != 0
        || ready.contains(Ready::WRITE) && entry.events & system::WRITE != 0
}

fn readiness(entry: &Entry) -> Ready {
    let mut ready = Ready::empty();
    if entry.revents == 0 {
        return ready;
    }
    let is_over = system::is_over(entry);
    ready.set(Ready::READ, is_over || entry.revents & (system::READ | system::HANG_UP) != 0);
    ready.set(Ready::WRITE, is_over || entry.revents & system::WRITE != 0);
    ready
}

/// Rounded up, so that a timer is due when the wait is over.
fn whole_milliseconds(timeout: Duration) -> c_int {
    timeout.min(LONGEST).as_nanos().div_ceil(1_000_000) as c_int
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_woken(backend: &mut Backend, timeout: Duration) -> bool {
        let mut reports = Vec::new();
        backend.wait(Some(timeout), 1, &mut reports).unwrap();
        reports == [Report::Woken]
    }

    #[test]
    fn a_broken_waker_is_made_anew_and_loses_no_wake_up() {
        let breaks: [fn(&Pair) -> io::Result<()>; 4] = [
            |pair| pair.there.shutdown(Shutdown::Both),
            |pair| pair.there.shutdown(Shutdown::Write),
            |pair| pair.here.shutdown(Shutdown::Both),
            |pair| pair.here.shutdown(Shutdown::Read),
        ];
        let waker = Arc::new(Waker::new().unwrap());
        let mut backend = Backend::new(&waker).unwrap();
        for breaks in breaks {
            breaks(&waker.lock()).unwrap();
            waker.wake();
            assert!(is_woken(&mut backend, LONGEST), "by the break, if not by the byte");
            // What is on its way may come before the break.
            while is_woken(&mut backend, Duration::from_millis(100)) {
                waker.settle();
            }
            waker.wake();
            assert!(is_woken(&mut backend, LONGEST));
            waker.settle();
            assert!(!is_woken(&mut backend, Duration::ZERO), "it is settled");
        }
    }

    #[test]
    fn a_waker_that_was_made_anew_is_awake() {
        let waker = Arc::new(Waker::new().unwrap());
        let mut backend = Backend::new(&waker).unwrap();
        waker.lock().there.shutdown(Shutdown::Both).unwrap();
        assert!(is_woken(&mut backend, LONGEST));
        waker.settle();
        assert!(is_woken(&mut backend, LONGEST), "whoever woke the broken one is not forgotten");
        waker.settle();
        assert!(!is_woken(&mut backend, Duration::ZERO));
    }
}
