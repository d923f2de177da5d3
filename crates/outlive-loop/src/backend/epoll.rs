//! Linux: `epoll` and `eventfd`.
//!
//! `epoll` keeps its entries by file AND number, and `EPOLL_CTL_MOD` looks up the file that is open
//! under the number at that moment. That makes `change` exact, where comparing inode numbers is
//! not (all eventfds share one inode) and keeping a duplicate would hold the file open.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};

use super::report::Report;
use crate::descriptor::Descriptor;
use crate::flags::{Interest, Ready};

/// The key of the waker; those of registrations start at 1.
const WAKER: u64 = 0;

/// The longest single wait; the loop waits again.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) struct Waker(OwnedFd);

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Waker(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(crate) fn wake(&self) {
        // The only failure is a full counter, and then it is awake.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    pub(crate) fn settle(&self) {
        // The only failure is an empty counter, and then it is settled.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

pub(crate) struct Backend(OwnedFd);

impl Backend {
    pub(crate) fn new(waker: &Arc<Waker>) -> io::Result<Self> {
        let backend = Backend(epoll::create(epoll::CreateFlags::CLOEXEC)?);
        let key = epoll::EventData::new_u64(WAKER);
        epoll::add(&backend.0, waker.0.as_fd(), key, epoll::EventFlags::IN)?;
        Ok(backend)
    }

    pub(crate) fn register(&self, fd: Descriptor, interest: Interest, key: u64) -> io::Result<()> {
        match self.control(libc::EPOLL_CTL_ADD, fd, interest, key) {
            // An entry that outlived its watchers, because its file came back under its old number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.control(libc::EPOLL_CTL_MOD, fd, interest, key)
            }
            result => result,
        }
    }

    pub(crate) fn change(&self, fd: Descriptor, interest: Interest, key: u64) -> bool {
        // ENOENT, EBADF, EPERM, EINVAL: all say that it is another file, or none.
        self.control(libc::EPOLL_CTL_MOD, fd, interest, key).is_ok()
    }

    pub(crate) fn forget(&self, fd: Descriptor) {
        // A failure says that the file has left the set already.
        let _ = self.control(libc::EPOLL_CTL_DEL, fd, Interest::empty(), WAKER);
    }

    /// One event at a time: the next call of a watcher comes after a fresh question.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> io::Result<Report> {
        let timeout = timeout.map(whole_milliseconds);
        let mut space = [MaybeUninit::<epoll::Event>::uninit()];
        match epoll::wait(&self.0, &mut space, timeout.as_ref()) {
            Ok(([event], _)) if event.data.u64() == WAKER => Ok(Report::Woken),
            Ok(([event], _)) => Ok(Report::Ready(event.data.u64(), readiness(event.flags))),
            Ok(_) => Ok(Report::Nothing),
            Err(rustix::io::Errno::INTR) => Ok(Report::Interrupted),
            Err(error) => Err(error.into()),
        }
    }

    fn control(&self, op: i32, fd: Descriptor, interest: Interest, key: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: bits(interest), u64: key };
        // SAFETY: `epoll_ctl` takes any number for `fd`, reads `event`, which outlives the call,
        // and reports what it does not like.
        match unsafe { libc::epoll_ctl(self.0.as_raw_fd(), op, fd, &raw mut event) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn bits(interest: Interest) -> u32 {
    let read = if interest.contains(Interest::READ) { libc::EPOLLIN } else { 0 };
    let write = if interest.contains(Interest::WRITE) { libc::EPOLLOUT } else { 0 };
    (read | write) as u32
}

fn readiness(flags: epoll::EventFlags) -> Ready {
    if flags.intersects(epoll::EventFlags::ERR | epoll::EventFlags::HUP) {
        return Ready::READ | Ready::WRITE;
    }
    let mut ready = Ready::empty();
    ready.set(Ready::READ, flags.contains(epoll::EventFlags::IN));
    ready.set(Ready::WRITE, flags.contains(epoll::EventFlags::OUT));
    ready
}

/// `epoll_wait` counts milliseconds: rounded up, so that a timer is due when it returns.
fn whole_milliseconds(timeout: Duration) -> Timespec {
    let millis = timeout.min(LONGEST).as_nanos().div_ceil(1_000_000) as i64;
    Timespec { tv_sec: millis / 1000, tv_nsec: millis % 1000 * 1_000_000 }
}
