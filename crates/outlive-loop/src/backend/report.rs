//! What a wait finds.

use crate::flags::Ready;

/// What one `wait` found.
pub(crate) enum Report {
    /// The descriptor registered with this key is ready.
    Ready(u64, Ready),
    /// The waker was used.
    Woken,
    /// A signal arrived.
    Interrupted,
    /// Nothing, until the timeout.
    Nothing,
}
