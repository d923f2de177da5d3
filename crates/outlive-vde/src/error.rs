//! Why a hub could not be made.

use core::fmt;
use std::error::Error;
use std::io;

use outlive::HoldErrorKind;

/// Why a [`VdeContext`](crate::VdeContext) could not be made. The hub never saw the table.
#[derive(Debug)]
#[non_exhaustive]
pub enum ContextError {
    /// The handler could not be held as a table.
    Hold(HoldErrorKind),
    /// The handler's block has no method for this member, which the hub requires.
    MissingMember(&'static str),
    /// The hub itself refused, for want of memory.
    Hub(io::Error),
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContextError::Hold(error) => error.fmt(f),
            ContextError::MissingMember(member) => write!(
                f,
                "the handler has no `{member}`, which the hub requires: add the method to its block"
            ),
            ContextError::Hub(error) => write!(f, "the hub cannot be made: {error}"),
        }
    }
}

impl Error for ContextError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ContextError::Hold(error) => Some(error),
            ContextError::MissingMember(_) => None,
            ContextError::Hub(error) => Some(error),
        }
    }
}
