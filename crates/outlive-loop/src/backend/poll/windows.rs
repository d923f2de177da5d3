//! `WSAPoll`, which waits on sockets and on nothing else.

use core::ffi::{c_int, c_short};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::windows::io::AsRawSocket;

pub(super) use windows_sys::Win32::Networking::WinSock::WSAPOLLFD as Entry;
pub(super) use windows_sys::Win32::Networking::WinSock::{
    POLLHUP as HANG_UP, POLLRDNORM as READ, POLLWRNORM as WRITE,
};

use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE};
use windows_sys::Win32::Networking::WinSock::{
    INVALID_SOCKET, MSG_PEEK, POLLERR as ERROR, POLLNVAL as INVALID, SO_TYPE, SOCKET, SOCKET_ERROR,
    SOL_SOCKET, WSAPoll, getsockopt, recv,
};

use crate::descriptor::{Descriptor, NOT_OPEN, NOT_POLLABLE};

pub(super) type Stream = TcpStream;

/// A connection by way of the loopback interface.
pub(super) fn pair() -> io::Result<(Stream, Stream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let there = TcpStream::connect(listener.local_addr()?)?;
    there.set_nodelay(true)?;
    let here = other_end(&there, || listener.accept())?;
    Ok((here, there))
}

/// The other end of a connection, among all that are accepted: other programs may connect, and give up again.
fn other_end(
    there: &TcpStream,
    mut accept: impl FnMut() -> io::Result<(TcpStream, SocketAddr)>,
) -> io::Result<TcpStream> {
    let own = there.local_addr()?;
    loop {
        match accept() {
            Ok((here, peer)) if peer == own => return Ok(here),
            Ok(_) => {}
            Err(error) if has_given_up(&error) => is_connected(there)?,
            Err(error) => return Err(error),
        }
    }
}

fn has_given_up(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
}

/// An error unless the connection is there, and nothing was sent on it.
fn is_connected(there: &TcpStream) -> io::Result<()> {
    there.set_nonblocking(true)?;
    match there.peek(&mut [0]) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::ConnectionReset.into()),
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

/// Whether the next read and the next write say what has happened. A connection is hung up when the other end writes no
/// more: it may still read, so that only one that is reset is over.
pub(super) fn is_over(entry: &Entry) -> bool {
    let is_unclear = entry.events & WRITE != 0 && entry.revents & (WRITE | HANG_UP) == HANG_UP;
    entry.revents & (ERROR | INVALID) != 0 || is_unclear && is_reset(entry.fd)
}

/// Whether a connection that is hung up is reset. It does not block, for there is an end to read, if not data. (Wine has
/// taken the error before, and reports it.)
fn is_reset(socket: SOCKET) -> bool {
    let mut byte = 0;
    // SAFETY: `recv` takes any number, and there is room for a byte.
    let is_refused = unsafe { recv(socket, &mut byte, 1, MSG_PEEK) == SOCKET_ERROR };
    is_refused && io::Error::last_os_error().kind() != io::ErrorKind::WouldBlock
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

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;
    use std::net::Shutdown;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use crate::backend::{Backend, Report, Waker};
    use crate::flags::Interest;

    fn connected() -> (TcpListener, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener, there)
    }

    #[test]
    fn strangers_that_connect_first_or_give_up_do_not_keep_a_pair_from_its_end() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (_stranger, there) = (connect(), connect());
        let given_up = [io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionAborted];
        let mut given_up = given_up.into_iter();
        let accept = || given_up.next().map_or_else(|| listener.accept(), |kind| Err(kind.into()));
        let here = other_end(&there, accept).unwrap();
        assert_eq!(here.peer_addr().unwrap(), there.local_addr().unwrap());
    }

    #[test]
    fn a_pair_whose_own_connection_is_closed_is_not_waited_for() {
        let (listener, there) = connected();
        drop(listener.accept().unwrap());
        while is_connected(&there).is_ok() {
            std::thread::yield_now();
        }
        let reset = || Err(io::ErrorKind::ConnectionReset.into());
        other_end(&there, reset).unwrap_err();
    }

    /// A connection in which there is no room.
    fn full() -> (TcpStream, TcpStream) {
        let (mut here, there) = pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let mut refused = 0;
        while refused < 5 {
            if here.write(&[0; 4096]).is_ok_and(|count| count > 0) {
                refused = 0;
                continue;
            }
            // What was written may still be on its way.
            refused += 1;
            std::thread::sleep(Duration::from_millis(10));
        }
        (here, there)
    }

    #[test]
    fn a_connection_that_the_other_end_has_half_closed_is_not_reset() {
        let (here, there) = full();
        there.shutdown(Shutdown::Write).unwrap();
        for _ in 0..10 {
            assert!(!is_reset(number(&here) as SOCKET));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_wait_rests_where_a_hang_up_is_all_that_there_is() {
        let waker = Arc::new(Waker::new().unwrap());
        let mut backend = Backend::new(&waker).unwrap();
        let (here, there) = full();
        there.shutdown(Shutdown::Write).unwrap();
        backend.register(number(&here), Interest::WRITE, 1).unwrap();
        let begun = Instant::now();
        for _ in 0..10 {
            let mut reports = Vec::new();
            backend.wait(Some(Duration::from_secs(60)), 1, &mut reports).unwrap();
            assert_eq!(reports, []);
        }
        assert!(begun.elapsed() >= Duration::from_millis(50));
        assert!(begun.elapsed() < Duration::from_secs(50), "each one rests for a moment only");
        waker.wake();
        let mut reports = Vec::new();
        backend.wait(None, 1, &mut reports).unwrap();
        assert_eq!(reports, [Report::Woken]);
    }

    #[test]
    fn another_error_is_told() {
        let (_listener, there) = connected();
        let error = other_end(&there, || Err(io::ErrorKind::OutOfMemory.into())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    }
}
