//! Host values whose callbacks are closures.

use core::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outlive::{Call, Held, callbacks};

use crate::sys::{keeper_door, keeper_plain, keeper_table};

/// A host whose `on_event` is the closure; a refused call gets -1.
#[derive(Debug)]
pub struct OnEvent<F>(pub F);

#[callbacks(keeper_table, state = arg)]
impl<F: Fn(&Call<'_>, c_int) -> c_int + 'static> OnEvent<F> {
    /// Runs the closure.
    #[callback(fallback = -1)]
    pub fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        (self.0)(call, value)
    }
}

/// A host for `keeper_table` whose `on_event` is `f`.
pub fn on_event<F: Fn(&Call<'_>, c_int) -> c_int + 'static>(f: F) -> OnEvent<F> {
    OnEvent(f)
}

/// A host that can be named, whatever its closure is.
pub type Boxed = OnEvent<Box<dyn Fn(&Call<'_>, c_int) -> c_int + Send + Sync>>;

/// Holds `f` as the `on_event` of a host that can be named.
#[track_caller]
pub fn hold(f: impl Fn(&Call<'_>, c_int) -> c_int + Send + Sync + 'static) -> Held<Boxed> {
    Held::new(OnEvent(Box::new(f) as Box<_>)).unwrap()
}

/// A context-free host whose `on_event` is the closure; a refused call gets -1. All of them share
/// their instances.
#[derive(Debug)]
pub struct PlainEvent<F>(pub F);

#[callbacks(keeper_plain, state = none, instances = 64)]
impl<F: Fn(&Call<'_>, c_int) -> c_int + 'static> PlainEvent<F> {
    /// Runs the closure.
    #[callback(fallback = -1)]
    pub fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        (self.0)(call, value)
    }
}

/// A host for `keeper_plain` whose `on_event` is `f`.
pub fn plain_event<F: Fn(&Call<'_>, c_int) -> c_int + 'static>(f: F) -> PlainEvent<F> {
    PlainEvent(f)
}

/// Counts how many of its [`Witness`]es were dropped.
#[derive(Clone, Debug, Default)]
pub struct Drops(Arc<AtomicUsize>);

impl Drops {
    /// A witness to put into a host value.
    pub fn witness(&self) -> Witness {
        Witness(self.clone())
    }

    /// How many were dropped.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until `count` were dropped, where another thread may do it.
    pub fn wait_for(&self, count: usize) {
        crate::wait::until(|| self.count() == count);
    }
}

/// Tells its [`Drops`] when it is dropped.
#[derive(Debug)]
pub struct Witness(Drops);

impl Witness {
    /// Panics if this was dropped: a callback that runs after its value ended would see it.
    pub fn assert_alive(&self) {
        assert_eq!(self.0.count(), 0, "the host value has ended");
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A door in C at which callbacks wait: a call that is held inside. Its few bytes are leaked.
#[derive(Clone, Copy, Debug)]
pub struct Door(*mut keeper_door);

// SAFETY: the door has a lock of its own, and it is never freed.
unsafe impl Send for Door {}
// SAFETY: as above.
unsafe impl Sync for Door {}

impl Default for Door {
    fn default() -> Self {
        Door::new()
    }
}

impl Door {
    /// A closed door.
    pub fn new() -> Self {
        // SAFETY: it has no preconditions.
        Door(unsafe { crate::sys::keeper_door_new() })
    }

    /// Waits until the door is open.
    pub fn enter(self) {
        // SAFETY: the door is never freed.
        unsafe { crate::sys::keeper_door_enter(self.0) };
    }

    /// Waits until `count` callers have entered.
    pub fn wait_for(self, count: c_int) {
        // SAFETY: the door is never freed.
        unsafe { crate::sys::keeper_door_await(self.0, count) };
    }

    /// Lets all go on, those that come later too.
    pub fn open(self) {
        // SAFETY: the door is never freed.
        unsafe { crate::sys::keeper_door_open(self.0) };
    }
}
