//! A completion that is sent twice.
//!
//! A queue passes jobs to a worker, each with a function to be called once, when the job is done. The worker reports a time-out,
//! and later the result as well: by then the queue has given the job's memory to another job.
//!
//! Reported for Logos Storage, whose C API would call the caller's callback when the wait for a request fails, and again when
//! the request is done:
//! <https://github.com/logos-storage/logos-storage-nim/pull/1506>.
//!
//! With `outlive` the completion is a value that `complete` takes: to call it twice does not compile.

mod mended;
mod naive;
mod program;
mod sys;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "reply_sent_twice",
    about: "a worker reports a time-out and then the result, which completes another job",
    report: "https://github.com/logos-storage/logos-storage-nim/pull/1506",
    right: "job 1: -110, job 2: 200",
    fails: Failure::Sees("job 1: -110, job 2: 100"),
    naive: half!("reply_sent_twice", naive),
    mended: half!("reply_sent_twice", mended),
};
