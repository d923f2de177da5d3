//! Sockets and the clock, on Unix.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::Duration;

use outlive_loop::Descriptor;

pub type Datagram = UnixDatagram;
pub type Stream = UnixStream;

pub fn datagrams() -> (Datagram, Datagram) {
    UnixDatagram::pair().unwrap()
}

pub fn streams() -> (Stream, Stream) {
    UnixStream::pair().unwrap()
}

pub fn fd(file: &impl AsRawFd) -> Descriptor {
    file.as_raw_fd()
}

pub fn fd_of_file(file: &File) -> Descriptor {
    fd(file)
}

/// What the calling thread has used of a processor.
pub fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
