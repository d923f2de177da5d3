//! The atomics of the engine: std's, or a model checker's. Loom explores every interleaving and every
//! value that the memory model lets a load see (`raw/models`); shuttle runs long scenarios of many
//! threads in random ones (`raw/scenarios`).

#[cfg(any(outlive_loom, outlive_shuttle))]
mod model;

#[cfg(not(any(outlive_loom, outlive_shuttle)))]
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
};
#[cfg(not(any(outlive_loom, outlive_shuttle)))]
pub(crate) use std::thread::yield_now;

#[cfg(outlive_loom)]
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
#[cfg(outlive_loom)]
pub(crate) use loom::thread::yield_now;

#[cfg(outlive_shuttle)]
pub(crate) use shuttle::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
};
#[cfg(outlive_shuttle)]
pub(crate) use shuttle::thread::yield_now;

#[cfg(any(outlive_loom, outlive_shuttle))]
pub(crate) use model::*;

/// Whether a model checker runs this: what is many is few there.
pub(crate) const MODELLED: bool = cfg!(any(outlive_loom, outlive_shuttle));

/// A `const fn`, but for a model, whose atomics are made at run time.
macro_rules! const_fn {
    ($(#[$meta:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        #[cfg(not(any(outlive_loom, outlive_shuttle)))]
        $visibility const fn $($rest)*

        $(#[$meta])*
        #[cfg(any(outlive_loom, outlive_shuttle))]
        $visibility fn $($rest)*
    };
}
pub(crate) use const_fn;

/// A static, which each run of a model has anew.
macro_rules! per_process {
    ($(#[$meta:meta])* $(pub($path:tt))? static $name:ident: $type:ty = $value:expr;) => {
        $(#[$meta])*
        #[cfg(not(any(outlive_loom, outlive_shuttle)))]
        $(pub($path))? static $name: $type = $value;
        #[cfg(outlive_loom)]
        loom::lazy_static! { $(#[$meta])* $(pub($path))? static ref $name: $type = $value; }
        #[cfg(outlive_shuttle)]
        shuttle::lazy_static! { $(#[$meta])* $(pub($path))? static ref $name: $type = $value; }
    };
}
pub(crate) use per_process;

/// A static of each thread, which has no destructor.
macro_rules! per_thread {
    (static $name:ident: $type:ty = $value:expr;) => {
        #[cfg(not(any(outlive_loom, outlive_shuttle)))]
        std::thread_local! { static $name: $type = const { $value }; }
        #[cfg(outlive_loom)]
        loom::thread_local! { static $name: $type = $value; }
        #[cfg(outlive_shuttle)]
        shuttle::thread_local! { static $name: $type = $value; }
    };
}
pub(crate) use per_thread;

/// An array of such values, one made for each element.
#[cfg(not(any(outlive_loom, outlive_shuttle)))]
macro_rules! each {
    ($value:expr) => {
        [const { $value }; _]
    };
}
#[cfg(any(outlive_loom, outlive_shuttle))]
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
