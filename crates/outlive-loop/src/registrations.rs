//! Several watchers on one descriptor: the system knows one entry for each file and number.
//!
//! A registration is such an entry. It has a key that is never used twice, and that key is what the system
//! reports. So nothing here depends on what a descriptor's number means today:
//!
//! * Whenever a watcher is added, the system is asked (`Backend::change`) whether the file under
//!   the number is still the registered one. If not, the old registration is cut off: its watchers
//!   keep their tokens and their timeouts, but no readiness reaches them any more. The new file gets
//!   a registration of its own.
//! * A file that was closed while a duplicate of it lives (`dup`, a forked child) stays in the set
//!   and cannot be taken out by its number any more. Its reports carry a key that no registration
//!   has. Then the set is built anew from the live registrations, and the ghost is gone.
//!
//! The system may be asked for more than the armed watchers want (a one-shot has fired, a second watcher was removed).
//! It is told before the next wait, if it is still so by then: what is added again in the same turn
//! costs one call of the system, not two. The last watcher that is removed takes its descriptor out at once, for that
//! may be closed next. It is asked for less only where a one-shot waits until it may write to what can be written to now,
//! which is called without waiting: a library that writes each frame so costs no change of the system's set.

use std::io;
use std::sync::Arc;

use crate::backend::{Backend, Report, Waker};
use crate::descriptor::Descriptor;
use crate::flags::{Interest, Ready};
use crate::list::{ARMED, List};
use crate::numbers::Numbers;
use crate::slab::{Key, Slab};
use crate::watcher::{Watched, Watcher};

/// One entry of the system's set.
struct Registration {
    fd: Descriptor,
    /// What the system is asked for: at least what the watchers want, but for a one-shot that is called next anyway.
    asked: Interest,
    /// The armed watchers; whoever was called last stands last.
    watchers: List<ARMED>,
    /// Whether a read or a write may block, as far as it is known.
    is_blocking: Option<bool>,
    /// It is among those of which something else may be asked than is wanted.
    is_unadjusted: bool,
}

pub(crate) struct Registrations {
    backend: Backend,
    waker: Arc<Waker>,
    registrations: Slab<Registration>,
    by_number: Numbers,
    /// Those of which something else may be asked than is wanted.
    unadjusted: Vec<Key>,
}

impl Registrations {
    pub(crate) fn new(waker: Arc<Waker>) -> io::Result<Self> {
        let backend = Backend::new(&waker)?;
        let (registrations, by_number) = (Slab::default(), Numbers::default());
        Ok(Registrations { backend, waker, registrations, by_number, unadjusted: Vec::new() })
    }

    pub(crate) fn backend(&mut self) -> &mut Backend {
        &mut self.backend
    }

    pub(crate) fn is_live(&self, key: Key) -> bool {
        self.registrations.get(key).is_some()
    }

    /// Has the system wait for `directions` on `fd` too; gives the registration's key.
    pub(crate) fn open(
        &mut self,
        watchers: &mut Slab<Watcher>,
        fd: Descriptor,
        directions: Interest,
    ) -> io::Result<Key> {
        if let Some(key) = self.by_number.get(fd) {
            let wanted = self.wanted(watchers, key);
            if self.ask(key, wanted | directions) {
                return Ok(key);
            }
        }
        let registration = Registration {
            fd,
            asked: directions,
            watchers: List::default(),
            is_blocking: None,
            is_unadjusted: false,
        };
        let key = self.registrations.insert(registration);
        if let Err(error) = self.backend.register(fd, directions, key.to_bits()) {
            self.registrations.remove(key);
            return Err(error);
        }
        self.by_number.insert(fd, key);
        Ok(key)
    }

    /// As `open`, for one call when it can be written to, if it can be now, and the system waits for something else of it
    /// already: it is not asked to wait for that too.
    pub(crate) fn writable(&mut self, fd: Descriptor) -> Option<Key> {
        let key = self.by_number.get(fd)?;
        let asked = self.registrations.get(key)?.asked;
        let is_writable = || Backend::readiness(fd, Interest::WRITE).contains(Ready::WRITE);
        (!asked.contains(Interest::WRITE) && is_writable() && self.ask(key, asked)).then_some(key)
    }

    /// Arms a watcher whose registration is open.
    pub(crate) fn arm(&mut self, watchers: &mut Slab<Watcher>, index: u32) {
        let watcher = watchers.at(index);
        let Some(Watched { registration, .. }) = watcher.watched else { return };
        watcher.armed = true;
        if let Some(registration) = self.registrations.get_mut(registration) {
            registration.watchers.push_back(watchers, index);
        }
    }

    /// Disarms a watcher, if it is armed. The system is told when it next reports in vain.
    pub(crate) fn disarm(&mut self, watchers: &mut Slab<Watcher>, index: u32) {
        let watcher = watchers.at(index);
        let Some(Watched { registration, .. }) = watcher.watched else { return };
        if !std::mem::take(&mut watcher.armed) {
            return;
        }
        if let Some(registration) = self.registrations.get_mut(registration) {
            registration.watchers.remove(watchers, index);
        }
    }

    /// Whether no watcher of a registration is armed.
    pub(crate) fn is_idle(&self, key: Key) -> bool {
        self.registrations.get(key).is_some_and(|one| one.watchers.first().is_none())
    }

    /// Takes a registration that is idle out of the system's set, for its descriptor may be closed next.
    pub(crate) fn close(&mut self, key: Key) {
        if let Some(registration) = self.registrations.get(key) {
            // Not a change to nothing: hang-ups would still be reported.
            self.backend.forget(registration.fd);
            self.cut_off(key);
        }
    }

    /// Asks for what is wanted, and no more, before the next wait.
    pub(crate) fn adjust_later(&mut self, key: Key) {
        let Some(registration) = self.registrations.get_mut(key) else { return };
        if !std::mem::replace(&mut registration.is_unadjusted, true) {
            self.unadjusted.push(key);
        }
    }

    /// Asks for what is wanted, and no more, where it may be something else.
    pub(crate) fn adjust(&mut self, watchers: &mut Slab<Watcher>) {
        while let Some(key) = self.unadjusted.pop() {
            if let Some(registration) = self.registrations.get_mut(key) {
                registration.is_unadjusted = false;
                self.adjust_one(watchers, key);
            }
        }
    }

    /// Whom to call for a report, and for what: the one whose last call is longest ago.
    pub(crate) fn next(
        &mut self,
        watchers: &mut Slab<Watcher>,
        key: Key,
        ready: Ready,
    ) -> Option<(u32, Ready)> {
        let registration = self.registrations.get_mut(key)?;
        let mut place = registration.watchers.first();
        while let Some(index) = place {
            let wanted = ready.wanted_by(watchers.at(index).directions());
            if wanted.is_empty() {
                place = List::<ARMED>::after(watchers, index);
                continue;
            }
            if !registration.watchers.is_last(index) {
                registration.watchers.remove(watchers, index);
                registration.watchers.push_back(watchers, index);
            }
            return Some((index, wanted));
        }
        None
    }

    /// Looks up whether the descriptor blocks, if it is reported for the first time, before a callback changes that.
    pub(crate) fn look_at(&mut self, report: &Report) {
        if let Report::Ready(bits, _) = *report {
            Key::from_bits(bits).map(|key| self.is_blocking(key));
        }
    }

    /// Whether a read or a write of the descriptor may block. It is looked up once.
    pub(crate) fn is_blocking(&mut self, key: Key) -> bool {
        let Some(registration) = self.registrations.get_mut(key) else { return true };
        let fd = registration.fd;
        *registration.is_blocking.get_or_insert_with(|| Backend::is_blocking(fd))
    }

    /// Which part of a report is true now. Nothing, if the file is not open under its number any more.
    pub(crate) fn confirm(&mut self, key: Key, ready: Ready) -> Ready {
        let Some(registration) = self.registrations.get(key) else { return Ready::empty() };
        let (asked, reported) = (registration.asked, Interest::from_bits_truncate(ready.bits()));
        let now = ready & Backend::readiness(registration.fd, reported);
        if !now.is_empty() && self.ask(key, asked) { now } else { Ready::empty() }
    }

    /// A new set without ghosts. On an error the old one stays in use.
    pub(crate) fn rebuild(&mut self, watchers: &mut Slab<Watcher>) -> io::Result<()> {
        let mut fresh = Backend::new(&self.waker)?;
        for key in self.registrations.keys() {
            self.adjust_one(watchers, key);
            // The old set knows which file a number stood for; only then may the new one take it.
            let Some(&Registration { fd, asked, .. }) = self.registrations.get(key) else {
                continue;
            };
            if self.ask(key, asked) {
                fresh.register(fd, asked, key.to_bits())?;
            }
        }
        fresh.replace(&mut self.backend)?;
        self.backend = fresh;
        Ok(())
    }

    fn wanted(&self, watchers: &mut Slab<Watcher>, key: Key) -> Interest {
        let mut wanted = Interest::empty();
        let mut place = self.registrations.get(key).and_then(|one| one.watchers.first());
        while let Some(index) = place {
            wanted |= watchers.at(index).directions();
            place = List::<ARMED>::after(watchers, index);
        }
        wanted
    }

    fn adjust_one(&mut self, watchers: &mut Slab<Watcher>, key: Key) {
        let wanted = self.wanted(watchers, key);
        let Some(registration) = self.registrations.get(key) else { return };
        if wanted.is_empty() {
            self.close(key);
        } else if wanted != registration.asked {
            self.ask(key, wanted);
        }
    }

    /// Asks the system for `interest`, whether that is new or not. A registration whose file is not the one under its
    /// number any more is cut off: `false`.
    fn ask(&mut self, key: Key, interest: Interest) -> bool {
        let Some(registration) = self.registrations.get_mut(key) else { return false };
        registration.asked = interest;
        let same_file = self.backend.change(registration.fd, interest, key.to_bits());
        if !same_file {
            self.cut_off(key);
        }
        same_file
    }

    fn cut_off(&mut self, key: Key) {
        if let Some(registration) = self.registrations.remove(key) {
            self.by_number.remove(registration.fd);
        }
    }
}
