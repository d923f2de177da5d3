//! For bindings: tables of hosts that are not written in Rust.
//!
//! A binding [describes](describe) a table type once, at run time: the C struct's members, and the struct as it
//! is given to C, filled with trampolines of the binding's own. What is held is a bare number, and a
//! function that is told when the number is let go. A trampoline [enters](TableType::enter), does its work
//! with the number that it finds, and [leaves](Pass::leave).
//!
//! Gate, slots, ledger, incidents and tokens are those of Rust's tables. The C library of `outlive-capi` is made
//! of this.

mod describe;
mod number;

pub use crate::raw::foreign::{EndFunction, ForeignPass as Pass, ForeignType as TableType};
pub use crate::raw::handle::Kind;
pub use describe::{DescribeError, Description, Member, describe};
pub use number::{HeldNumber, NotHeld, OwnError, revoke_all};

use crate::incident::Incident;
use crate::raw::Place;
use crate::tokens::Tokens;

/// The oldest incident that nobody has seen, as [`take_incidents`](crate::take_incidents) would have it.
pub fn next_incident() -> Option<Incident> {
    crate::raw::incident::next()
}

/// [`Tokens`] of a host whose source line is not Rust's. Each name takes a few bytes for good, the first
/// time.
pub fn tokens<T>(name: &str, created: Place) -> Tokens<T> {
    Tokens::made_at(crate::raw::place::text(name), created)
}
