//! A C library that takes callback tables of every shape and misuses them, and the scenarios in which
//! it does so, each with the outcome that is expected.
//!
//! A scenario runs in a process of its own ([`mod@prove`]): a crash is an outcome, not the end of the run.
//! The tables come from a [`Binding`](binding::Binding): the library's, or trampolines written by hand,
//! which show that the scenarios bite.

pub mod asker;
pub mod binding;
pub mod door;
pub mod drops;
pub mod keeper;
pub mod loaded;
pub mod need;
mod pool;
pub mod prove;
pub mod scenario;
mod scenarios;
pub mod sys;
pub mod wait;
pub mod warm;

pub use prove::{Options, Proof, prove};
pub use scenario::{Outcome, Scenario};
pub use scenarios::{find, scenarios};
