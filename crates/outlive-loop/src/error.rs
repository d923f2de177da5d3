//! Why a loop refuses something.

use core::fmt;
use std::error::Error;
use std::io;
use std::os::fd::RawFd;

/// Why a descriptor cannot be watched. Nothing that was watched before is changed by the refusal.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchError {
    /// The interest names neither `READ` nor `WRITE`.
    NoDirection,
    /// No file is open under this number (`EBADF`).
    NotOpen(RawFd),
    /// A regular file or a directory, which is always ready and cannot be watched (`EPERM`).
    NotPollable(RawFd),
    /// The system refused for another reason.
    Os(RawFd, io::Error),
}

impl WatchError {
    pub(crate) fn from_os(fd: RawFd, error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::EBADF) => WatchError::NotOpen(fd),
            Some(libc::EPERM) => WatchError::NotPollable(fd),
            _ => WatchError::Os(fd, error),
        }
    }

    /// The number to put into `errno` for a C caller.
    pub fn errno(&self) -> i32 {
        match self {
            WatchError::NoDirection => libc::EINVAL,
            WatchError::NotOpen(_) => libc::EBADF,
            WatchError::NotPollable(_) => libc::EPERM,
            WatchError::Os(_, error) => error.raw_os_error().unwrap_or(libc::EIO),
        }
    }
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WatchError::NoDirection => {
                f.write_str("nothing to watch for: ask for READ or WRITE, or use a timer")
            }
            WatchError::NotOpen(fd) => {
                write!(f, "fd {fd} is not open: delete its watchers first, close it after")
            }
            WatchError::NotPollable(fd) => {
                write!(f, "fd {fd} is a file that is always ready: read or write it directly")
            }
            WatchError::Os(fd, error) => write!(f, "fd {fd} cannot be watched: {error}"),
        }
    }
}

impl Error for WatchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            WatchError::Os(_, error) => Some(error),
            _ => None,
        }
    }
}

impl From<WatchError> for io::Error {
    fn from(error: WatchError) -> Self {
        io::Error::new(io::Error::from_raw_os_error(error.errno()).kind(), error)
    }
}

/// The loop was asked to run from inside one of its own callbacks.
///
/// It comes wrapped in an [`io::Error`]. Return from the callback instead: the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NestedRunError;

impl fmt::Display for NestedRunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the loop is running already: return from the callback, it goes on by itself")
    }
}

impl Error for NestedRunError {}

/// The loop of a [`Remote`](crate::Remote) has been dropped; what was posted to it is dropped too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopGoneError;

impl fmt::Display for LoopGoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the loop has been dropped: keep it alive for as long as its remotes are used")
    }
}

impl Error for LoopGoneError {}
