//! `poll(2)`, and what `fstat(2)` says of a file.

use core::ffi::{c_int, c_short};
use core::mem::MaybeUninit;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

pub(super) use libc::pollfd as Entry;
pub(super) use libc::{POLLHUP as HANG_UP, POLLIN as READ, POLLOUT as WRITE};

use libc::{POLLERR as ERROR, POLLNVAL as INVALID};

use crate::descriptor::{Descriptor, NOT_POLLABLE};

pub(super) type Stream = UnixStream;

pub(super) fn pair() -> io::Result<(Stream, Stream)> {
    UnixStream::pair()
}

pub(super) fn number(stream: &Stream) -> Descriptor {
    stream.as_raw_fd()
}

pub(super) fn entry(fd: Descriptor, events: c_short) -> Entry {
    Entry { fd, events, revents: 0 }
}

/// Fills in what is ready of each; negative milliseconds are without end.
pub(super) fn poll(entries: &mut [Entry], milliseconds: c_int) -> io::Result<()> {
    // SAFETY: the entries are valid for the call. `poll` takes any numbers, and says which ones are not open.
    match unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, milliseconds) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Whether the next read and the next write say what has happened.
pub(super) fn is_over(entry: &Entry) -> bool {
    entry.revents & (ERROR | HANG_UP | INVALID) != 0
}

/// What tells files apart that follow each other under one number: device, inode and kind. Where the system gives inodes
/// to no file of this kind (Linux to eventfds, the BSDs to network sockets), they look alike.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(libc::dev_t, libc::ino_t, libc::mode_t);

/// What is open under a number.
pub(super) fn identify(fd: Descriptor) -> io::Result<Identity> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `fstat` takes any number, and there is room for the answer.
    if unsafe { libc::fstat(fd, stat.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it has been filled in.
    let stat = unsafe { stat.assume_init() };
    Ok(Identity(stat.st_dev, stat.st_ino, stat.st_mode & libc::S_IFMT))
}

/// What is open under a number, if it can be waited on: files are always ready, and some systems poll no devices.
pub(super) fn identify_to_watch(fd: Descriptor) -> io::Result<Identity> {
    let identity = identify(fd)?;
    let mut entry = [entry(fd, READ)];
    poll(&mut entry, 0)?;
    let is_file = matches!(identity.2, libc::S_IFREG | libc::S_IFDIR | libc::S_IFBLK);
    if is_file || entry[0].revents & INVALID != 0 {
        return Err(io::Error::from_raw_os_error(NOT_POLLABLE));
    }
    Ok(identity)
}
