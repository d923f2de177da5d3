//! What a model says of the machine that it runs on. A model's threads are all on one of the
//! kernel's, so that these belong to the model.

use core::cell::Cell;

#[cfg(outlive_loom)]
use super::{Ordering, fence};

std::thread_local! {
    #[cfg(outlive_loom)]
    static LIGHT_FENCES: Cell<bool> = const { Cell::new(true) };
    static BARRIERS_LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Loom knows no asymmetric fences, so that both sides take a full one there, but in a model
/// [without light fences](without_light_fences).
#[cfg(outlive_loom)]
pub(crate) fn compiler_fence(order: Ordering) {
    if LIGHT_FENCES.get() {
        fence(order);
    }
}

/// Runs a model that orders the two sides itself, so that a full fence on the light side cannot hide
/// what a release or an acquire is for.
#[cfg(all(test, outlive_loom))]
pub(crate) fn without_light_fences(model: impl FnOnce()) {
    LIGHT_FENCES.set(false);
    model();
    LIGHT_FENCES.set(true);
}

/// In the place of `membarrier`, whose work the full fences around it do: whether it is allowed.
pub(crate) fn barrier() -> bool {
    let left = BARRIERS_LEFT.get();
    BARRIERS_LEFT.set(left.saturating_sub(1));
    left > 0
}

/// Has the system forbid the barrier after `left` more, or allow it for good.
#[cfg(test)]
pub(crate) fn allow_barriers(left: Option<usize>) {
    BARRIERS_LEFT.set(left.unwrap_or(usize::MAX));
}
