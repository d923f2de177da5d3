//! What a phase gets.

use std::time::Duration;

/// What a phase gets.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// How long it may take, about.
    pub time: Duration,
    /// How many clients exchange frames.
    pub clients: usize,
}
