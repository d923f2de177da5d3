//! A call that is in flight at teardown.
//!
//! A session's own thread delivers values. Unsubscribing takes the listener away, and does not wait for a call that is under
//! way: the binding frees the listener's closure while it runs, and the next subscriber gets its memory.
//!
//! Reported for Zenoh, whose undeclared subscribers could still be called, which is undefined behaviour in the bindings for C
//! and C++: <https://github.com/eclipse-zenoh/zenoh/issues/1818>. The same class in a C library:
//! <https://github.com/libusb/libusb/issues/1859>.
//!
//! With `outlive`, `revoke` has waited for the call when it returns.

mod mended;
mod naive;
mod program;
mod sys;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "call_in_flight",
    about: "a subscriber is freed while C's thread calls it, and the next subscriber gets its memory",
    report: "https://github.com/eclipse-zenoh/zenoh/issues/1818",
    right: "the first subscriber got 7, the second got nothing",
    fails: Failure::Sees("the first subscriber got nothing, the second got 7"),
    naive: half!("call_in_flight", naive),
    mended: half!("call_in_flight", mended),
};
