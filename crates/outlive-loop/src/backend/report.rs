//! What a wait finds.

use crate::flags::Ready;

/// One thing that a `wait` has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The descriptor registered with this key is ready.
    Ready(u64, Ready),
    /// The waker was used.
    Woken,
    /// A signal arrived.
    Interrupted,
}
