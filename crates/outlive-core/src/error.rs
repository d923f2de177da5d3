//! What may go wrong when a value is held.

use core::error::Error;
use core::fmt;

use crate::table_type::NoMemoryError;

/// Why a table could not be made.
///
/// ```
#[doc = include_str!("hooks.md")]
/// use outlive::HoldErrorKind;
///
/// let more: Vec<_> = (0..15).map(|_| Held::new(Clock).unwrap()).collect();
/// let error = Held::new(Clock).err().expect("a table without user data has 16 instances");
/// assert_eq!(error.into_kind(), HoldErrorKind::NoInstanceLeft(16));
/// # drop((held, more));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HoldErrorKind {
    /// All instances of a context-free table are taken; there are this many.
    NoInstanceLeft(usize),
    /// There are as many tables as there can be.
    NoSlotLeft,
    /// There are more threads than can have thread-bound tables.
    NoRecordLeft,
    /// The system gave no memory for the table.
    NoMemory,
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
            HoldErrorKind::NoRecordLeft => f.write_str(
                "too many threads use tables: let some end before this one makes its own",
            ),
            HoldErrorKind::NoMemory => NoMemoryError.fmt(f),
        }
    }
}

impl Error for HoldErrorKind {}

impl From<NoMemoryError> for HoldErrorKind {
    fn from(_: NoMemoryError) -> Self {
        HoldErrorKind::NoMemory
    }
}
