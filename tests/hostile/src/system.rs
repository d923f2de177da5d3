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
pub(crate) use here::{Object, was_stopped};
