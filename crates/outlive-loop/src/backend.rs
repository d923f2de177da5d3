//! What differs between operating systems.
//!
//! A backend provides:
//!
//! * `Backend::new(Arc<Waker>)`: a fresh set of descriptors to wait on, the waker's among them.
//! * `register(fd, interest, key)`: puts the file now open under `fd` into the set. An error if no
//!   file is open there, or one that cannot be waited on.
//! * `change(fd, interest, key) -> bool`: changes what is waited for, and the key it is reported by.
//!   `false` if the file NOW open under `fd` is not the one that was registered under that number:
//!   this is how a closed and reused number is told from a live one, so it is as exact as the system allows.
//! * `forget(fd)`: takes it out again, and does nothing if it is not in.
//! * `wait(timeout, limit, reports)`: at most `limit` [`Report`]s, none after the timeout. It is level-triggered (true at
//!   this moment, not once per change), fair (each ready descriptor is reported before any one is reported again), never
//!   blocks longer than `timeout`, and does not wait less by more than a backend's clock tick.
//!   Hang-ups and errors are reported as `READ | WRITE`. A file that is closed everywhere leaves
//!   the set by itself.
//! * `replace(other)`: takes the place of another set, for whoever watches that.
//! * `readiness(fd, interest)`: what of it is ready now; nothing if no file is open.
//! * `is_blocking(fd)`: whether a read or a write may block, as far as the system says.
//! * `Waker`: `wake()` from any thread makes every `wait` report [`Report::Woken`] until `settle()`.
//!
//! Descriptors are plain numbers here: C may have closed them, and a `BorrowedFd` promises that
//! nobody has.

#[cfg(all(target_os = "linux", not(outlive_poll)))]
mod epoll;
// On Linux it is for the tests alone, which ask for it by `--cfg outlive_poll`.
#[cfg(any(not(target_os = "linux"), outlive_poll))]
mod poll;
mod report;

#[cfg(all(target_os = "linux", not(outlive_poll)))]
pub(crate) use epoll::{Backend, Waker};
#[cfg(any(not(target_os = "linux"), outlive_poll))]
pub(crate) use poll::{Backend, Waker};
pub(crate) use report::Report;
