//! Why a library cannot be attached to a loop.

use core::error::Error;
use core::ffi::c_int;
use core::fmt;

use outlive::{HoldError, HoldErrorKind};

/// Why a library was not attached.
#[derive(Debug)]
#[non_exhaustive]
pub enum AttachError {
    /// The handler could not be held: there is no slot or no memory left.
    Hold(HoldErrorKind),
    /// The library refused the handler, with the result of the function that took it. libdbus, which says no more than
    /// that there is no memory, counts as 0.
    Refused(c_int),
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttachError::Hold(kind) => write!(f, "the handler cannot be held: {kind}"),
            AttachError::Refused(result) => {
                write!(
                    f,
                    "the library refused the handler with {result}: its manual has the number"
                )
            }
        }
    }
}

impl Error for AttachError {}

impl<T> From<HoldError<T>> for AttachError {
    fn from(error: HoldError<T>) -> Self {
        AttachError::Hold(error.into_kind())
    }
}
