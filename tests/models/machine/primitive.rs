//! The atomics of a checker, in the place of the core's `primitive`.

use core::cell::Cell;
use std::time::Duration;

use crate::checker::{self, Tracked};
use crate::threads::{MACHINE, happens};

pub(crate) use crate::checker::{Ordering, compiler_fence, fence};
pub(crate) use crate::threads::at_thread_exit;

pub(crate) fn yield_now() {
    checker::thread::yield_now();
}

/// The time of the machine, which passes only where a model has it pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Instant(MACHINE.with(|machine| machine.now.get()))
    }

    pub(crate) fn elapsed(self) -> Duration {
        Instant::now().saturating_duration_since(self)
    }

    pub(crate) fn saturating_duration_since(self, earlier: Instant) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    pub(crate) fn checked_add(self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Instant)
    }
}

/// An atomic of the checker. A thread that is gone has no effect on it any more: while its stack is unwound it
/// reads what was stored last.
macro_rules! atomic {
    ($name:ident $(<$parameter:ident>)?, $value:ty) => {
        #[derive(Debug)]
        pub(crate) struct $name $(<$parameter>)? {
            checked: checker::$name $(<$parameter>)?,
            newest: Cell<$value>,
        }

        // SAFETY: a checker runs one thread at a time.
        unsafe impl $(<$parameter>)? Sync for $name $(<$parameter>)? {}
        // SAFETY: as above.
        unsafe impl $(<$parameter>)? Send for $name $(<$parameter>)? {}

        #[allow(dead_code, reason = "not all of them use every operation")]
        impl $(<$parameter>)? $name $(<$parameter>)? {
            #[track_caller]
            pub(crate) fn new(value: $value) -> Self {
                $name { checked: checker::$name::new(value), newest: Cell::new(value) }
            }

            #[track_caller]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                if happens() { self.checked.load(order) } else { self.newest.get() }
            }

            #[track_caller]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                if happens() {
                    self.checked.store(value, order);
                    self.newest.set(value);
                }
            }

            #[track_caller]
            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                if !happens() {
                    return self.newest.get();
                }
                let old = self.checked.swap(value, order);
                self.newest.set(value);
                old
            }

            #[track_caller]
            pub(crate) fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if !happens() {
                    return Ok(current);
                }
                let result = self.checked.compare_exchange(current, new, success, failure);
                if result.is_ok() {
                    self.newest.set(new);
                }
                result
            }

            #[track_caller]
            pub(crate) fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            #[track_caller]
            pub(crate) fn fetch_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut update: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut seen = self.load(fetch);
                while let Some(new) = update(seen) {
                    match self.compare_exchange(seen, new, set, fetch) {
                        Ok(old) => return Ok(old),
                        Err(other) => seen = other,
                    }
                }
                Err(seen)
            }
        }
    };
}

macro_rules! integer {
    ($name:ident, $value:ty) => {
        atomic!($name, $value);

        #[allow(dead_code, reason = "not all of them use every operation")]
        impl $name {
            #[track_caller]
            fn modify(
                &self,
                modified: impl FnOnce(&checker::$name) -> $value,
                modify: impl FnOnce($value) -> $value,
            ) -> $value {
                if !happens() {
                    return self.newest.get();
                }
                let old = modified(&self.checked);
                self.newest.set(modify(old));
                old
            }

            #[track_caller]
            pub(crate) fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                self.modify(|it| it.fetch_add(value, order), |old| old.wrapping_add(value))
            }

            #[track_caller]
            pub(crate) fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                self.modify(|it| it.fetch_and(value, order), |old| old & value)
            }

            #[track_caller]
            pub(crate) fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                self.modify(|it| it.fetch_sub(value, order), |old| old.wrapping_sub(value))
            }

            #[track_caller]
            pub(crate) fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                self.modify(|it| it.fetch_or(value, order), |old| old | value)
            }
        }
    };
}

integer!(AtomicU32, u32);
integer!(AtomicU64, u64);
integer!(AtomicUsize, usize);
atomic!(AtomicPtr<T>, *mut T);

/// A `const fn` of the core.
macro_rules! const_fn {
    ($(#[$meta:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        $visibility fn $($rest)*
    };
}
pub(crate) use const_fn;

/// A static, which each run of a model has anew.
macro_rules! per_process {
    ($(#[$meta:meta])* $(pub($path:tt))? static $name:ident: $type:ty = $value:expr;) => {
        crate::checker::lazy_static! {
            $(#[$meta])* $(pub($path))? static ref $name: $type = $value;
        }
    };
}
pub(crate) use per_process;

/// A static of each thread.
macro_rules! per_thread {
    (static $name:ident: $type:ty = $value:expr;) => {
        crate::checker::thread_local! { static $name: $type = $value; }
    };
}
pub(crate) use per_thread;

/// An array of such values, one made for each element.
macro_rules! each {
    ($value:expr; $count:expr) => {
        core::array::from_fn(|_| $value)
    };
}
pub(crate) use each;

/// What an invariant lets several threads reach, through pointers. The checker takes note of who asks.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Guarded<T>(core::cell::UnsafeCell<T>, Tracked);

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Guarded(core::cell::UnsafeCell::new(value), Tracked::new())
    }

    pub(crate) fn read(&self) -> *const T {
        if happens() {
            self.1.read();
        }
        self.0.get()
    }

    pub(crate) fn write(&self) -> *mut T {
        if happens() {
            self.1.write();
        }
        self.0.get()
    }
}
