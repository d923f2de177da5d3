//! The bugs.

pub mod call_in_flight;
pub mod dead_stack;
pub mod panic_on_audio_thread;
pub mod refused_delete;
pub mod reply_never_sent;
pub mod reply_sent_twice;
pub mod self_replaced_hook;
pub mod stream_dropped_inside;

use crate::bug::Bug;

/// All of them, in the order in which they are best read.
pub const BUGS: [Bug; 8] = [
    self_replaced_hook::BUG,
    stream_dropped_inside::BUG,
    call_in_flight::BUG,
    dead_stack::BUG,
    panic_on_audio_thread::BUG,
    reply_never_sent::BUG,
    reply_sent_twice::BUG,
    refused_delete::BUG,
];

/// The bug of this name.
pub fn find(name: &str) -> Option<Bug> {
    BUGS.into_iter().find(|bug| bug.name == name)
}
