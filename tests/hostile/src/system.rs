//! What the scenarios ask of the operating system: a file for each.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{
    Object, in_own_group, kill_group, was_killed_by, was_stopped, without_core_file,
};
#[cfg(windows)]
pub(crate) use windows::{
    Object, in_own_group, kill_group, was_killed_by, was_stopped, without_core_file,
};

#[cfg(unix)]
pub use unix::this_thread;
#[cfg(windows)]
pub use windows::this_thread;

/// The signal of `abort`.
pub(crate) const SIGABRT: i32 = libc::SIGABRT;
