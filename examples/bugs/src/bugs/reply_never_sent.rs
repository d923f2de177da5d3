//! A reply that is never sent.
//!
//! A file system gets requests, and has to reply to each. Where a name is not UTF-8 its method returns early, by a `?`, and
//! whoever has asked waits for good.
//!
//! Reported for fuse-backend-rs, whose daemon did not reply where it could not read a request's name; programs hung in the
//! kernel:
//! <https://github.com/cloud-hypervisor/fuse-backend-rs/pull/123>.
//!
//! With `outlive` the reply that is owed is a value, and replies when it is dropped.

mod mended;
mod naive;
mod program;
mod sys;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "reply_never_sent",
    about: "a method returns early, and C waits for its reply",
    report: "https://github.com/cloud-hypervisor/fuse-backend-rs/pull/123",
    right: "notes.txt: 0, caf\\xe9: -5, gone.txt: -2",
    fails: Failure::WaitsFor(program::WAITS_FOR),
    naive: half!("reply_never_sent", naive),
    mended: half!("reply_never_sent", mended),
};
