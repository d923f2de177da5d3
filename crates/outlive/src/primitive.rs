//! The atomics of the engine: std's, or loom's where the gate is model-checked.

#[cfg(not(outlive_loom))]
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence,
    fence,
};

#[cfg(outlive_loom)]
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

/// Loom knows no asymmetric fences, so that both sides take a full one there.
#[cfg(outlive_loom)]
pub(crate) fn compiler_fence(order: Ordering) {
    fence(order);
}
