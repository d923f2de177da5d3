//! Why a loop refuses something.

use core::fmt;
use std::error::Error;
use std::io;

use outlive::Token;

use crate::descriptor::{Descriptor, NOT_OPEN, NOT_POLLABLE, NOT_POLLABLE_TEXT};

/// Why a descriptor cannot be watched. Nothing that was watched before is changed by the refusal.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchError {
    /// The interest names neither `READ` nor `WRITE`.
    NoDirection,
    /// No file is open under this number (`EBADF`).
    NotOpen(Descriptor),
    /// A regular file or a directory, which is always ready and cannot be watched (`EPERM`); on Windows, what is no
    /// socket.
    NotPollable(Descriptor),
    /// The token is not one of the loop's watchers (`ENOENT`).
    Unknown(Token),
    /// The system refused for another reason.
    Os(Descriptor, io::Error),
}

impl WatchError {
    pub(crate) fn from_os(fd: Descriptor, error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(NOT_OPEN) => WatchError::NotOpen(fd),
            Some(NOT_POLLABLE) => WatchError::NotPollable(fd),
            _ => WatchError::Os(fd, error),
        }
    }

    /// The number to put into `errno` for a C caller. On Windows, whose own errors are other numbers, it is `EIO` where
    /// the system refused for another reason.
    pub fn errno(&self) -> i32 {
        match self {
            WatchError::NoDirection => libc::EINVAL,
            WatchError::NotOpen(_) => libc::EBADF,
            WatchError::NotPollable(_) => libc::EPERM,
            WatchError::Unknown(_) => libc::ENOENT,
            WatchError::Os(_, error) if cfg!(unix) => error.raw_os_error().unwrap_or(libc::EIO),
            WatchError::Os(..) => libc::EIO,
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
                write!(f, "fd {fd} is {NOT_POLLABLE_TEXT}")
            }
            WatchError::Unknown(token) => {
                write!(
                    f,
                    "{token:?} is not a watcher: it was removed before, or is of another loop"
                )
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
        let kind = match &error {
            WatchError::Os(_, error) => error.kind(),
            _ => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, error)
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
