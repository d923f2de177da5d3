//! Host values whose callbacks are closures.

use core::ffi::c_int;
use outlive::{Call, Held, callbacks};

pub use outlive_hostile::door::Door;
pub use outlive_hostile::drops::{Drops, Witness};

use crate::sys::{keeper_plain, keeper_table};

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
