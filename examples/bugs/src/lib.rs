//! Eight public bugs of callbacks, each in a small C library of our own: with a binding that has the bug, and with the same
//! binding on `outlive`, which has not.
//!
//! Each bug is a folder below `src/bugs`:
//!
//! | file | what it is |
//! | --- | --- |
//! | `*.c` | the C library, which does what the one of the public report does |
//! | `sys.rs` | its declarations |
//! | `program.rs` | what the binding has to offer, and a safe program that uses it |
//! | `naive.rs` | the binding as it is often written by hand |
//! | `mended.rs` | the same with `outlive` |
//!
//! Both halves run in [processes of their own](outlive_child::End), because the naive one crashes, hangs or reaches the wrong
//! callback. It does so each time: what it frees is overwritten, or used again, at once. `cargo run -p outlive-cli -- bugs`
//! shows all.

mod bug;
pub mod bugs;
mod half;
mod latch;
mod log;
mod memory;
mod report;
mod show;

pub use bug::{Bug, Failure};
pub use bugs::{BUGS, find};
pub use half::{Excerpt, Half};
pub use report::run_here;
pub use show::{Outcome, Shown, show};
