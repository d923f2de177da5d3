//! What the scenarios ask of the operating system: a file for each.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as here;
#[cfg(windows)]
use windows as here;

pub use here::this_thread;
pub(crate) use here::{
    Object, in_own_group, kill_group, was_killed_by, was_stopped, without_core_file,
};

/// The signal of `abort`.
pub(crate) const SIGABRT: i32 = libc::SIGABRT;
