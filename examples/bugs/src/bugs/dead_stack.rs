//! User data on a stack that is gone.
//!
//! A decoder is configured with a callback, whose user data is the address of the closure: of the parameter of the very
//! function that configures it. When the decoder runs, its own buffer lies there.
//!
//! Reported for libipt-rs: <https://github.com/sum-catnip/libipt-rs/issues/9>; the timers of rust-sdl2 call into a frame that
//! was left, too: <https://github.com/Rust-SDL2/rust-sdl2/issues/264>.
//!
//! With `outlive` the closure is in the registration, and what C has is a number.

mod mended;
mod naive;
mod program;
mod sys;

use outlive_child::Signal;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "dead_stack",
    about: "a decoder's user data is the address of a closure on a stack frame that was left",
    report: "https://github.com/sum-catnip/libipt-rs/issues/9",
    right: "decoded 3 packets; unknown: 0x90",
    fails: Failure::Killed(Signal::Segv),
    naive: half!("dead_stack", naive),
    mended: half!("dead_stack", mended),
};
