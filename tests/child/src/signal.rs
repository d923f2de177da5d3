//! The signals by which a process ends that has gone wrong.

use core::fmt;

/// A signal; on Windows, the exit codes that stand for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `abort`, of C or of Rust.
    Abort,
    /// Memory that is not there.
    Segv,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Signal::Abort => "SIGABRT",
            Signal::Segv => "SIGSEGV",
        })
    }
}
