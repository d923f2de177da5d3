//! What the tests of the guarantees share. They stand against the C library `keeper`, a part of
//! `outlive-hostile`.

pub mod errno;
pub mod host;
pub mod incidents;
pub mod process;
pub mod ways;

pub use outlive_hostile::{asker, desktop, keeper, sys, this_thread, wait};

/// Whether every call is counted in its slot, so that a thread does not know which tables it is inside of.
pub fn calls_are_counted() -> bool {
    std::env::var("OUTLIVE_GATE").is_ok_and(|gate| gate == "counted")
}
