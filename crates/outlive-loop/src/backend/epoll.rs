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

/// The key of the waker; no registration has it.
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

pub(crate) struct Backend {
    set: OwnedFd,
    /// A set with nothing but this one in it, for others to watch: it stays when this one is made anew.
    outer: Option<OwnedFd>,
    /// Where the system puts what it reports.
    room: Vec<MaybeUninit<epoll::Event>>,
}

impl Backend {
    pub(crate) fn new(waker: &Arc<Waker>) -> io::Result<Self> {
        let set = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let key = epoll::EventData::new_u64(WAKER);
        epoll::add(&set, waker.0.as_fd(), key, epoll::EventFlags::IN)?;
        Ok(Backend { set, outer: None, room: Vec::new() })
    }

    /// The descriptor that is readable where there is something to report, whatever set that is in.
    #[cfg(feature = "tokio")]
    pub(crate) fn watchable(&mut self) -> io::Result<std::os::fd::RawFd> {
        if let Some(outer) = &self.outer {
            return Ok(outer.as_raw_fd());
        }
        let outer = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        self.enter(&outer)?;
        Ok(self.outer.insert(outer).as_raw_fd())
    }

    fn enter(&self, outer: &OwnedFd) -> io::Result<()> {
        let key = epoll::EventData::new_u64(WAKER);
        Ok(epoll::add(outer, &self.set, key, epoll::EventFlags::IN)?)
    }

    /// Takes the place of another set, for whoever watches that.
    pub(crate) fn replace(&mut self, other: &mut Backend) -> io::Result<()> {
        if let Some(outer) = &other.outer {
            self.enter(outer)?;
        }
        self.outer = other.outer.take();
        Ok(())
    }

    pub(crate) fn register(
        &mut self,
        fd: Descriptor,
        interest: Interest,
        key: u64,
    ) -> io::Result<()> {
        match self.control(libc::EPOLL_CTL_ADD, fd, interest, key) {
            // An entry that outlived its watchers, because its file came back under its old number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.control(libc::EPOLL_CTL_MOD, fd, interest, key)
            }
            result => result,
        }
    }

    pub(crate) fn change(&mut self, fd: Descriptor, interest: Interest, key: u64) -> bool {
        // ENOENT, EBADF, EPERM, EINVAL: all say that it is another file, or none.
        self.control(libc::EPOLL_CTL_MOD, fd, interest, key).is_ok()
    }

    pub(crate) fn forget(&mut self, fd: Descriptor) {
        // A failure says that the file has left the set already.
        let _ = self.control(libc::EPOLL_CTL_DEL, fd, Interest::empty(), WAKER);
    }

    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        limit: usize,
        reports: &mut Vec<Report>,
    ) -> io::Result<()> {
        let timeout = timeout.map(whole_milliseconds);
        if self.room.len() < limit {
            self.room.resize(limit, MaybeUninit::uninit());
        }
        match epoll::wait(&self.set, &mut self.room[..limit], timeout.as_ref()) {
            Ok((events, _)) => reports.extend(events.iter().map(report)),
            Err(rustix::io::Errno::INTR) => reports.push(Report::Interrupted),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    pub(crate) fn readiness(fd: Descriptor, interest: Interest) -> Ready {
        let mut entry = libc::pollfd { fd, events: bits(interest) as libc::c_short, revents: 0 };
        // SAFETY: one entry, which is valid for the call. `poll` takes any number, and says which ones are not open.
        let found = unsafe { libc::poll(&raw mut entry, 1, 0) };
        if found < 1 || entry.revents & libc::POLLNVAL != 0 {
            return Ready::empty();
        }
        // The bits of `poll` are those of `epoll`.
        readiness(epoll::EventFlags::from_bits_retain(entry.revents as u32))
    }

    pub(crate) fn is_blocking(fd: Descriptor) -> bool {
        // SAFETY: `fcntl` takes any number, and says what is not open.
        let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
        flags < 0 || flags & libc::O_NONBLOCK == 0
    }

    fn control(&self, op: i32, fd: Descriptor, interest: Interest, key: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: bits(interest), u64: key };
        // SAFETY: `epoll_ctl` takes any number for `fd`, reads `event`, which outlives the call,
        // and reports what it does not like.
        match unsafe { libc::epoll_ctl(self.set.as_raw_fd(), op, fd, &raw mut event) } {
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

fn report(event: &epoll::Event) -> Report {
    match event.data.u64() {
        WAKER => Report::Woken,
        key => Report::Ready(key, readiness(event.flags)),
    }
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

/// `epoll_wait` counts milliseconds: rounded up, so that a timer is due when it returns. What is less than a call of the
/// system takes is none.
fn whole_milliseconds(timeout: Duration) -> Timespec {
    if timeout < Duration::from_nanos(200) {
        return Timespec { tv_sec: 0, tv_nsec: 0 };
    }
    let millis = timeout.min(LONGEST).as_nanos().div_ceil(1_000_000) as i64;
    Timespec { tv_sec: millis / 1000, tv_nsec: millis % 1000 * 1_000_000 }
}
