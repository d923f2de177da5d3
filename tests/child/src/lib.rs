//! Processes in which a crash or a hang is an outcome, not the end of the run.

mod end;
mod signal;
mod system;

pub use end::End;
pub use signal::Signal;

/// Keeps the calling process, which is about to crash on purpose, from filling the disk with a core file, or from asking
/// anybody about it.
pub fn without_core_file() {
    system::without_core_file();
}
