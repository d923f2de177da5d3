//! `WSAPoll`, which waits on sockets and on nothing else.

use core::ffi::{c_int, c_short};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::windows::io::AsRawSocket;

pub(super) use windows_sys::Win32::Networking::WinSock::WSAPOLLFD as Entry;
pub(super) use windows_sys::Win32::Networking::WinSock::{
    POLLERR as ERROR, POLLHUP as HANG_UP, POLLNVAL as INVALID, POLLRDNORM as READ,
    POLLWRNORM as WRITE,
};

use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE};
use windows_sys::Win32::Networking::WinSock::{
    INVALID_SOCKET, SO_TYPE, SOCKET, SOCKET_ERROR, SOL_SOCKET, WSAPoll, getsockopt,
};

use crate::descriptor::{Descriptor, NOT_OPEN, NOT_POLLABLE};

pub(super) type Stream = TcpStream;

/// A connection by way of the loopback interface. The first that connects may be another program.
pub(super) fn pair() -> io::Result<(Stream, Stream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let there = TcpStream::connect(listener.local_addr()?)?;
    there.set_nodelay(true)?;
    loop {
        let (here, peer) = listener.accept()?;
        if peer == there.local_addr()? {
            return Ok((here, there));
        }
    }
}

pub(super) fn number(stream: &Stream) -> Descriptor {
    stream.as_raw_socket()
}

pub(super) fn entry(fd: Descriptor, events: c_short) -> Entry {
    Entry { fd: fd as SOCKET, events, revents: 0 }
}

/// Fills in what is ready of each; negative milliseconds are without end.
pub(super) fn poll(entries: &mut [Entry], milliseconds: c_int) -> io::Result<()> {
    // SAFETY: the entries are valid for the call. `WSAPoll` takes any numbers, and says which ones are no sockets.
    match unsafe { WSAPoll(entries.as_mut_ptr(), entries.len() as u32, milliseconds) } {
        SOCKET_ERROR => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// What tells sockets apart that follow each other under one number: the type (stream, datagram), and no more. What else
/// the system says of a socket changes while that is bound and connected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(c_int);

/// What is open under a number.
pub(super) fn identify(fd: Descriptor) -> io::Result<Identity> {
    let mut kind: c_int = 0;
    let mut size = size_of::<c_int>() as c_int;
    let place = (&raw mut kind).cast();
    // SAFETY: `getsockopt` takes any number, and there is room for the answer.
    match unsafe { getsockopt(fd as SOCKET, SOL_SOCKET, SO_TYPE, place, &mut size) } {
        SOCKET_ERROR => Err(io::Error::last_os_error()),
        _ => Ok(Identity(kind)),
    }
}

/// What is open under a number, if it can be waited on.
pub(super) fn identify_to_watch(fd: Descriptor) -> io::Result<Identity> {
    identify(fd).map_err(|error| match error.raw_os_error() {
        Some(NOT_POLLABLE) if !is_handle(fd) => io::Error::from_raw_os_error(NOT_OPEN),
        _ => error,
    })
}

/// Whether anything is open under a number. The one that no socket has stands for this process.
fn is_handle(fd: Descriptor) -> bool {
    if fd as SOCKET == INVALID_SOCKET {
        return false;
    }
    let mut flags = 0;
    // SAFETY: it takes any number, and there is room for the answer.
    unsafe { GetHandleInformation(fd as HANDLE, &mut flags) != 0 }
}
