//! A panic on the audio thread.
//!
//! A synthesizer's callback indexes a table out of bounds, once. On C's audio thread nobody catches that, and the whole program
//! is gone.
//!
//! Reported for the JACK bindings: <https://github.com/RustAudio/rust-jack/issues/41>; what it looks like to a program above
//! them: <https://github.com/tesselode/kira/issues/122>.
//!
//! With `outlive` the buffer is silence, C plays on, and the program gets the panic where it has called C.

mod mended;
mod naive;
mod program;
mod sys;

use outlive_child::Signal;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "panic_on_audio_thread",
    about: "a callback panics on C's audio thread",
    report: "https://github.com/RustAudio/rust-jack/issues/41",
    right: "heard [0.5, 0.25, 0.0, 0.5]; index out of bounds: the len is 2 but the index is 2",
    fails: Failure::Killed(Signal::Abort),
    naive: half!("panic_on_audio_thread", naive),
    mended: half!("panic_on_audio_thread", mended),
};
