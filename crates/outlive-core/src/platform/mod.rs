//! The operating system: one contract, and a file for each system that keeps it. The models (`tests/models`)
//! have a system of their own.

mod contract;
#[cfg(target_os = "linux")]
mod linux;
#[cfg_attr(
    all(windows, target_arch = "x86_64", target_env = "gnu", not(target_abi = "llvm")),
    path = "implicit.rs"
)]
pub(crate) mod local;
#[cfg(unix)]
mod posix;
#[cfg(all(test, not(outlive_model), any(target_os = "linux", windows)))]
mod tests;
#[cfg(all(unix, not(target_os = "linux")))]
mod unix;
#[cfg(windows)]
mod windows;

pub(crate) use contract::{CLibrary, Pages, Platform, System};

/// The calling thread's `errno`.
pub fn errno() -> i32 {
    System::errno()
}

/// Sets the calling thread's `errno`.
pub fn set_errno(value: i32) {
    System::set_errno(value);
}
