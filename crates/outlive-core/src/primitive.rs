//! The atomics of the engine, and how its statics are made. The models (`tests/models`) compile the
//! engine's files with another `primitive`, whose atomics belong to a model checker.

use core::cell::Cell;

pub(crate) use core::sync::atomic::{
    AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
};
pub(crate) use std::thread::yield_now;
pub(crate) use std::time::Instant;

/// A `const fn`, but for a model, whose atomics are made at run time.
macro_rules! const_fn {
    ($(#[$meta:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        $visibility const fn $($rest)*
    };
}
pub(crate) use const_fn;

/// A static, which each run of a model has anew.
macro_rules! per_process {
    ($(#[$meta:meta])* $(pub($path:tt))? static $name:ident: $type:ty = $value:expr;) => {
        $(#[$meta])*
        $(pub($path))? static $name: $type = $value;
    };
}
pub(crate) use per_process;

pub(crate) use crate::platform::local::per_thread;

/// Has the calling thread run `last` when it ends. One that is being torn down already has no later moment.
pub(crate) fn at_thread_exit(last: fn()) {
    struct Exit(Cell<Option<fn()>>);
    impl Drop for Exit {
        fn drop(&mut self) {
            if let Some(last) = self.0.get() {
                last();
            }
        }
    }
    std::thread_local! { static EXIT: Exit = const { Exit(Cell::new(None)) } }
    let _ = EXIT.try_with(|exit| exit.0.set(Some(last)));
}

/// An array of such values, one made for each element.
macro_rules! each {
    ($value:expr; $count:expr) => {
        [const { $value }; $count]
    };
}
pub(crate) use each;

/// What an invariant lets several threads reach, through pointers.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Guarded<T>(core::cell::UnsafeCell<T>);

impl<T> Guarded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Guarded(core::cell::UnsafeCell::new(value))
    }

    /// The pointer for reading.
    #[inline(always)]
    pub(crate) fn read(&self) -> *const T {
        self.0.get()
    }

    /// The pointer for writing, and for taking the value out.
    #[inline(always)]
    pub(crate) fn write(&self) -> *mut T {
        self.0.get()
    }
}
