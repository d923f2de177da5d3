//! The C library `keeper`, which the tests of the guarantees stand against, and what they share.

pub mod host;
pub mod incidents;
pub mod keeper;
pub mod process;
pub mod sys;
pub mod wait;
