//! What the tests of the guarantees share. They stand against the C library `keeper`, a part of
//! `outlive-hostile`.

pub mod host;
pub mod incidents;
pub mod process;

pub use outlive_hostile::{keeper, sys, wait};
