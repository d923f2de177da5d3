//! The errors of the safe face.

use core::error::Error;
use core::fmt;
use std::io;

use crate::held::Held;
use crate::raw::Callbacks;
use crate::threads::Threads;

/// The table has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedError;

impl fmt::Display for ClosedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the table has ended: hold the value anew")
    }
}

impl Error for ClosedError {}

/// Why [`Held::with`] did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithError {
    /// The table has ended.
    Closed,
    /// The table is exclusive, and a call is inside.
    Busy,
}

impl fmt::Display for WithError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WithError::Closed => ClosedError.fmt(f),
            WithError::Busy => f.write_str("a call is inside the exclusive table: try again later"),
        }
    }
}

impl Error for WithError {}

/// Why a table could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum HoldErrorKind {
    /// All instances of a context-free table are taken; there are this many.
    NoInstanceLeft(usize),
    /// All slots are taken, or there is no memory for more.
    NoSlotLeft,
    /// The system gave no memory for the table.
    NoMemory(io::Error),
}

/// A table could not be made. The host value is in here, unharmed.
pub struct HoldError<T> {
    value: T,
    kind: HoldErrorKind,
}

impl<T> HoldError<T> {
    pub(crate) fn new(value: T, kind: HoldErrorKind) -> Self {
        HoldError { value, kind }
    }

    /// What was missing.
    pub fn kind(&self) -> &HoldErrorKind {
        &self.kind
    }

    /// What was missing, without the host value, which is dropped.
    pub fn into_kind(self) -> HoldErrorKind {
        self.kind
    }

    /// The host value.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl fmt::Display for HoldErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HoldErrorKind::NoInstanceLeft(limit) => write!(
                f,
                "all {limit} instances of the context-free table are taken: release some, or give \
                 the block a larger `instances = N`"
            ),
            HoldErrorKind::NoSlotLeft => {
                f.write_str("no slot is left for another table: release some")
            }
            HoldErrorKind::NoMemory(error) => write!(f, "no memory for the table: {error}"),
        }
    }
}

impl Error for HoldErrorKind {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            HoldErrorKind::NoMemory(error) => Some(error),
            _ => None,
        }
    }
}

impl<T> fmt::Display for HoldError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl<T> fmt::Debug for HoldError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HoldError").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<T> Error for HoldError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// Why [`Held::into_inner`] has no value to give.
pub enum IntoInnerError<T: Callbacks + 'static, K: Threads> {
    /// Calls are inside, and a close from inside a callback does not wait: here is the handle, whose
    /// table admits no new call.
    StillInside(Held<T, K>),
    /// The value has ended before.
    Ended(ClosedError),
}

impl<T: Callbacks, K: Threads> fmt::Display for IntoInnerError<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntoInnerError::StillInside(_) => {
                f.write_str("calls are still inside the table: try again when they have left")
            }
            IntoInnerError::Ended(closed) => closed.fmt(f),
        }
    }
}

impl<T: Callbacks, K: Threads> fmt::Debug for IntoInnerError<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntoInnerError::StillInside(held) => f.debug_tuple("StillInside").field(held).finish(),
            IntoInnerError::Ended(closed) => f.debug_tuple("Ended").field(closed).finish(),
        }
    }
}

impl<T: Callbacks, K: Threads> Error for IntoInnerError<T, K> {}
