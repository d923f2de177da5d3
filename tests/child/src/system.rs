//! What running processes asks of the operating system: a file for each.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as here;
#[cfg(windows)]
use windows as here;

pub(crate) use here::{in_own_group, kill_group, was_killed_by, without_core_file};
