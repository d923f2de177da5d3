//! What differs between operating systems.
//!
//! A backend provides:
//!
//! * `Backend::new(Arc<Waker>)`: a fresh set of descriptors to wait on, the waker's among them.
//! * `register(fd, interest, key)`: puts the file now open under `fd` into the set. An error if no
//!   file is open there, or one that cannot be waited on.
//! * `change(fd, interest, key) -> bool`: changes what is waited for, and the key it is reported by.
//!   `false` if the file NOW open under `fd` is not the one that was registered under that number:
//!   this is how a closed and reused number is told from a live one, so it has to be exact.
//! * `forget(fd)`: takes it out again, and does nothing if it is not in.
//! * `wait(timeout)`: at most one [`Report`]. It is level-triggered (true at this moment, not once
//!   per change), fair (each ready descriptor is reported before any one is reported again), never
//!   blocks longer than `timeout`, and does not wait less by more than a backend's clock tick.
//!   Hang-ups and errors are reported as `READ | WRITE`. A file that is closed everywhere leaves
//!   the set by itself.
//! * `Waker`: `wake()` from any thread makes every `wait` report [`Report::Woken`] until `settle()`.
//!
//! Descriptors are plain numbers here: C may have closed them, and a `BorrowedFd` promises that
//! nobody has.

#[cfg(target_os = "linux")]
mod epoll;
mod report;

#[cfg(target_os = "linux")]
pub(crate) use epoll::{Backend, Waker};
pub(crate) use report::Report;

#[cfg(not(target_os = "linux"))]
compile_error!(
    "outlive-loop has a backend for Linux only; see src/backend.rs for what another one must provide"
);
