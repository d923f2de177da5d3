//! The atomics of the engine: std's, or loom's where the gate is model-checked.

#[cfg(not(outlive_loom))]
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
};

#[cfg(outlive_loom)]
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

/// Loom knows no asymmetric fences, so that both sides take a full one there, but in a model
/// [without light fences](without_light_fences).
#[cfg(outlive_loom)]
pub(crate) fn compiler_fence(order: Ordering) {
    if LIGHT_FENCES.get() {
        fence(order);
    }
}

#[cfg(outlive_loom)]
std::thread_local! {
    static LIGHT_FENCES: core::cell::Cell<bool> = const { core::cell::Cell::new(true) };
}

/// Runs a model that orders the two sides itself, so that a full fence on the light side cannot hide
/// what a release or an acquire is for.
#[cfg(all(test, outlive_loom))]
pub(crate) fn without_light_fences(model: impl FnOnce()) {
    LIGHT_FENCES.set(false);
    model();
    LIGHT_FENCES.set(true);
}

/// A `const fn`, but for loom, whose atomics are made at run time.
macro_rules! const_fn {
    ($(#[$meta:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        #[cfg(not(outlive_loom))]
        $visibility const fn $($rest)*

        $(#[$meta])*
        #[cfg(outlive_loom)]
        $visibility fn $($rest)*
    };
}
pub(crate) use const_fn;

/// An array of such values, one made for each element.
#[cfg(not(outlive_loom))]
macro_rules! each {
    ($value:expr) => {
        [const { $value }; _]
    };
}
#[cfg(outlive_loom)]
macro_rules! each {
    ($value:expr) => {
        core::array::from_fn(|_| $value)
    };
}
pub(crate) use each;

/// What an invariant lets several threads reach, through pointers. Loom takes note of who asked.
#[cfg(not(outlive_loom))]
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Guarded<T>(core::cell::UnsafeCell<T>);

#[cfg(not(outlive_loom))]
impl<T> Guarded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Guarded(core::cell::UnsafeCell::new(value))
    }

    /// For reading.
    #[inline(always)]
    pub(crate) fn read(&self) -> *const T {
        self.0.get()
    }

    /// For writing, and for taking the value out.
    #[inline(always)]
    pub(crate) fn write(&self) -> *mut T {
        self.0.get()
    }
}

#[cfg(outlive_loom)]
#[derive(Debug)]
pub(crate) struct Guarded<T>(loom::cell::UnsafeCell<T>);

#[cfg(outlive_loom)]
impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Guarded(loom::cell::UnsafeCell::new(value))
    }

    pub(crate) fn read(&self) -> *const T {
        self.0.with(|value| value)
    }

    pub(crate) fn write(&self) -> *mut T {
        self.0.with_mut(|value| value)
    }
}
