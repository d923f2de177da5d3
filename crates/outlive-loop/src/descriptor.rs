//! What a loop waits on, as each system numbers it, and as C does.

use core::ffi::c_int;

pub use system::Descriptor;
pub(crate) use system::{NOT_OPEN, NOT_POLLABLE, NOT_POLLABLE_TEXT};

#[cfg(unix)]
mod system {
    /// The number of what a loop waits on: a file descriptor, or on Windows a socket ([`RawSocket`]).
    ///
    /// [`RawSocket`]: https://doc.rust-lang.org/std/os/windows/io/type.RawSocket.html
    pub type Descriptor = std::os::fd::RawFd;

    /// The system's error where no file is open under a number.
    pub(crate) const NOT_OPEN: i32 = libc::EBADF;

    /// The system's error where what is open cannot be waited on.
    pub(crate) const NOT_POLLABLE: i32 = libc::EPERM;
    pub(crate) const NOT_POLLABLE_TEXT: &str =
        "a file that is always ready: read or write it directly";

    pub(super) fn from_c(fd: core::ffi::c_int) -> Descriptor {
        fd
    }

    pub(super) fn to_c(fd: Descriptor) -> core::ffi::c_int {
        fd
    }
}

#[cfg(windows)]
mod system {
    use windows_sys::Win32::Foundation::ERROR_INVALID_HANDLE;
    use windows_sys::Win32::Networking::WinSock::WSAENOTSOCK;

    /// The number of what a loop waits on: a socket, or on other systems a file descriptor (`RawFd`).
    pub type Descriptor = std::os::windows::io::RawSocket;

    /// The system's error where nothing is open under a number.
    pub(crate) const NOT_OPEN: i32 = ERROR_INVALID_HANDLE as i32;

    /// The system's error where what is open is no socket.
    pub(crate) const NOT_POLLABLE: i32 = WSAENOTSOCK;
    pub(crate) const NOT_POLLABLE_TEXT: &str =
        "no socket: use it on a thread of its own, which posts to the loop";

    /// The sign is extended, so that -1 is the number that no socket has.
    pub(super) fn from_c(fd: core::ffi::c_int) -> Descriptor {
        fd as Descriptor
    }

    /// Windows uses the lower 32 bits of a handle alone.
    pub(super) fn to_c(fd: Descriptor) -> core::ffi::c_int {
        fd as core::ffi::c_int
    }
}

/// A descriptor that C has given.
pub(crate) fn from_c(fd: c_int) -> Descriptor {
    system::from_c(fd)
}

/// A descriptor as C gets it; -1 where there is none.
pub(crate) fn to_c(fd: Option<Descriptor>) -> c_int {
    fd.map_or(-1, system::to_c)
}
