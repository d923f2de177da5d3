//! A hook that replaces itself while it runs.
//!
//! A database keeps one hook with its user data, and destroys the user data when the hook is replaced. A hook that logs one
//! statement and then installs another hook is still running when its own closure is freed.
//!
//! Reported for rusqlite, where a trace hook or busy handler could do so from safe code:
//! <https://github.com/rusqlite/rusqlite/pull/1899>.
//!
//! With `outlive` the destructor is a destroy notify, which ends the closure when the last call inside has left.

mod mended;
mod naive;
mod program;
mod sys;

use outlive_child::Signal;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "self_replaced_hook",
    about: "a trace hook replaces itself while it runs",
    report: "https://github.com/rusqlite/rusqlite/pull/1899",
    right: "BEGIN: the first hook, which went on when it was replaced, COMMIT: the second hook",
    fails: Failure::Killed(Signal::Segv),
    naive: half!("self_replaced_hook", naive),
    mended: half!("self_replaced_hook", mended),
};
