//! A stream that is dropped in its own callback.
//!
//! A player plays what it has and then drops its stream, from the callback that C's audio thread is in. Closing the stream
//! waits for that very thread.
//!
//! Found in cpal, where `Stream::drop` joins the thread that calls its callback:
//! <https://github.com/RustAudio/cpal/pull/1187>; TigerBeetle's client for Rust has the same:
//! <https://github.com/tigerbeetle-rust/tigerbeetle-unofficial/issues/4>.
//!
//! With `outlive` the destructor knows whether a callback is below it, and closes the stream where none is.

mod mended;
mod naive;
mod program;
mod sys;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "stream_dropped_inside",
    about: "a stream is dropped in its own callback, and closing it waits for that callback",
    report: "https://github.com/RustAudio/cpal/pull/1187",
    right: "played 3 buffers, and dropped the stream",
    fails: Failure::WaitsFor(program::WAITS_FOR),
    naive: half!("stream_dropped_inside", naive),
    mended: half!("stream_dropped_inside", mended),
};
