//! Several watchers on one descriptor: the system knows one entry for each file and number.
//!
//! A registration is such an entry. It has a serial number that is never used twice, and that
//! number is what the system reports. So nothing here depends on what a descriptor's number means
//! today:
//!
//! * Whenever a watcher is added, the system is asked (`Backend::change`) whether the file under
//!   the number is still the registered one. If not, the old registration is cut off: its watchers
//!   keep their tokens and their timeouts, but no readiness reaches them any more. The new file gets
//!   a registration of its own.
//! * A file that was closed while a duplicate of it lives (`dup`, a forked child) stays in the set
//!   and cannot be taken out by its number any more. Its reports carry a serial that no registration
//!   has. Then the set is built anew from the live registrations, and the ghost is gone.
//!
//! The system may be asked for more than the armed watchers want (a one-shot has fired), never for
//! less. A report that no watcher wants narrows it. So a one-shot that is added again in its own
//! callback costs one system call, not two.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use crate::backend::{Backend, Waker};
use crate::descriptor::Descriptor;
use crate::flags::{Interest, Ready};
use crate::watcher::Watcher;

/// One entry of the system's set.
struct Registration<L> {
    fd: Descriptor,
    /// What the system is asked for: at least what `watchers` want.
    asked: Interest,
    /// The armed watchers; whoever was called last stands last.
    watchers: VecDeque<Rc<Watcher<L>>>,
}

impl<L> Registration<L> {
    fn wanted(&self) -> Interest {
        self.watchers.iter().fold(Interest::empty(), |all, watcher| all | watcher.interest())
    }
}

/// Who is to be called for a report.
pub(crate) enum Next<L> {
    Call(Rc<Watcher<L>>, Ready),
    /// Nobody: the set has been put right, so ask again.
    AskAgain,
}

pub(crate) struct Registrations<L> {
    backend: Backend,
    waker: Arc<Waker>,
    by_serial: HashMap<u64, Registration<L>>,
    by_fd: HashMap<Descriptor, u64>,
    last_serial: u64,
}

impl<L> Registrations<L> {
    pub(crate) fn new(waker: Arc<Waker>) -> io::Result<Self> {
        let backend = Backend::new(&waker)?;
        let (by_serial, by_fd) = (HashMap::new(), HashMap::new());
        Ok(Registrations { backend, waker, by_serial, by_fd, last_serial: 0 })
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Has the system wait for `interest` on `fd` too; gives the serial of the registration.
    pub(crate) fn open(&mut self, fd: Descriptor, interest: Interest) -> io::Result<u64> {
        if let Some(&serial) = self.by_fd.get(&fd) {
            if self.ask(serial, |wanted| wanted | interest) {
                return Ok(serial);
            }
        }
        let serial = self.last_serial + 1;
        self.backend.register(fd, interest, serial)?;
        self.last_serial = serial;
        self.by_fd.insert(fd, serial);
        let registration = Registration { fd, asked: interest, watchers: VecDeque::new() };
        self.by_serial.insert(serial, registration);
        Ok(serial)
    }

    /// Arms a watcher whose registration is open.
    pub(crate) fn arm(&mut self, watcher: &Rc<Watcher<L>>) {
        if let Some(registration) = self.of(watcher) {
            registration.watchers.push_back(watcher.clone());
        }
    }

    /// Disarms a watcher, if it is armed. The system is told when it next reports in vain.
    pub(crate) fn disarm(&mut self, watcher: &Rc<Watcher<L>>) {
        if let Some(registration) = self.of(watcher) {
            registration.watchers.retain(|other| !Rc::ptr_eq(other, watcher));
        }
    }

    /// Disarms a watcher and tells the system at once, for its descriptor may be closed next.
    pub(crate) fn remove(&mut self, watcher: &Rc<Watcher<L>>) {
        self.disarm(watcher);
        if let Some(watched) = watcher.watched {
            self.narrow(watched.registration);
        }
    }

    /// Whom to call for a report: the one whose last call is longest ago.
    pub(crate) fn next(&mut self, serial: u64, ready: Ready) -> io::Result<Next<L>> {
        let Some(registration) = self.by_serial.get_mut(&serial) else {
            self.rebuild()?;
            return Ok(Next::AskAgain);
        };
        let wants = |watcher: &Rc<Watcher<L>>| !ready.wanted_by(watcher.interest()).is_empty();
        let Some(place) = registration.watchers.iter().position(wants) else {
            self.narrow(serial);
            return Ok(Next::AskAgain);
        };
        let Some(watcher) = registration.watchers.remove(place) else { return Ok(Next::AskAgain) };
        if watcher.persist {
            registration.watchers.push_back(watcher.clone());
        }
        let ready = ready.wanted_by(watcher.interest());
        Ok(Next::Call(watcher, ready))
    }

    fn of(&mut self, watcher: &Watcher<L>) -> Option<&mut Registration<L>> {
        self.by_serial.get_mut(&watcher.watched?.registration)
    }

    /// Asks the system for what is wanted, and no more.
    fn narrow(&mut self, serial: u64) {
        let Some(registration) = self.by_serial.get(&serial) else { return };
        let wanted = registration.wanted();
        if wanted.is_empty() {
            // Not a change to nothing: hang-ups would still be reported.
            self.backend.forget(registration.fd);
            self.cut_off(serial);
        } else if wanted != registration.asked {
            self.ask(serial, |wanted| wanted);
        }
    }

    /// Asks the system for what `interest` makes of what is wanted, whether that is new or not. A
    /// registration whose file is not the one under its number any more is cut off: `false`.
    fn ask(&mut self, serial: u64, interest: impl FnOnce(Interest) -> Interest) -> bool {
        let Some(registration) = self.by_serial.get_mut(&serial) else { return false };
        let interest = interest(registration.wanted());
        let same_file = self.backend.change(registration.fd, interest, serial);
        registration.asked = interest;
        if !same_file {
            self.cut_off(serial);
        }
        same_file
    }

    fn cut_off(&mut self, serial: u64) {
        if let Some(registration) = self.by_serial.remove(&serial) {
            self.by_fd.remove(&registration.fd);
        }
    }

    /// A new set without ghosts. On an error the old one stays in use.
    fn rebuild(&mut self) -> io::Result<()> {
        let serials: Vec<u64> = self.by_serial.keys().copied().collect();
        let fresh = Backend::new(&self.waker)?;
        for serial in serials {
            self.narrow(serial);
            // The old set knows which file a number stood for; only then may the new one take it.
            if self.ask(serial, |wanted| wanted) {
                let Registration { fd, asked, .. } = self.by_serial[&serial];
                fresh.register(fd, asked, serial)?;
            }
        }
        self.backend = fresh;
        Ok(())
    }
}
