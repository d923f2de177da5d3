//! What the machine is made of under loom.

use std::cell::Cell;

pub(crate) use loom::sync::atomic::{
    AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use loom::{lazy_static, thread, thread_local};

std::thread_local! { static LIGHT_FENCES: Cell<bool> = const { Cell::new(true) }; }

/// Loom knows no asymmetric fences, so that both sides take a full one, but in a model
/// [without light fences](without_light_fences).
pub(crate) fn compiler_fence(order: Ordering) {
    if LIGHT_FENCES.get() {
        fence(order);
    }
}

/// Runs a model that orders the two sides itself, so that a full fence on the light side cannot hide what a
/// release or an acquire is for.
pub(crate) fn without_light_fences(model: impl FnOnce()) {
    LIGHT_FENCES.set(false);
    model();
    LIGHT_FENCES.set(true);
}

/// By this loom knows who reads and who writes what is not atomic.
#[derive(Debug)]
pub(crate) struct Tracked(loom::cell::UnsafeCell<()>);

// SAFETY: loom checks every access, and there is nothing inside.
unsafe impl Sync for Tracked {}
// SAFETY: as above.
unsafe impl Send for Tracked {}

impl Tracked {
    pub(crate) fn new() -> Self {
        Tracked(loom::cell::UnsafeCell::new(()))
    }

    #[track_caller]
    pub(crate) fn read(&self) {
        self.0.with(|_| ());
    }

    #[track_caller]
    pub(crate) fn write(&self) {
        self.0.with_mut(|_| ());
    }
}
