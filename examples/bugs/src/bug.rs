//! What a bug is.

use outlive_child::Signal;

use crate::half::Half;

/// A public bug, in a C library of our own.
#[derive(Clone, Copy, Debug)]
pub struct Bug {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens, in a line.
    pub about: &'static str,
    /// Where it was reported.
    pub report: &'static str,
    /// What the program sees if all is well.
    pub right: &'static str,
    /// How the naive binding fails.
    pub fails: Failure,
    /// The binding that has the bug.
    pub naive: Half,
    /// The binding that has not.
    pub mended: Half,
}

/// How a naive binding fails, each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The signal kills the process.
    Killed(Signal),
    /// The program ends, and has seen this.
    Sees(&'static str),
    /// The program waits for this, and does not end.
    WaitsFor(&'static str),
}
