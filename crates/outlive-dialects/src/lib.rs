//! C libraries that ask their host for descriptors and timers, driven by an [`outlive_loop::Loop`].
//!
//! Such a library has no event loop of its own. It tells its host by callbacks which descriptors and timers it waits for, and
//! each library has a dialect of its own for that. This crate has the handlers, ready-made, each behind a feature:
//!
//! | library | feature | page |
//! | --- | --- | --- |
//! | c-ares | `ares` | `ares` |
//! | libcurl, multi interface | `curl` | `curl` |
//! | libdbus | `dbus` | `dbus` |
//! | libvde3 and the hub of `outlive-vde` | | `outlive_vde::LoopHandler` |
//!
//! Each page says what to write, who owns what, which thread may do what, and what to do at the end.
//!
//! # What they have in common
//!
//! * A loop and its handlers belong to one thread. The loop runs there by [`run`](outlive_loop::Loop::run), or in a tokio
//!   runtime by `run_on_tokio` (feature `tokio` of `outlive-loop`); the handlers are the same.
//! * `Attached` is a library's object (a connection, a multi handle) that is attached to a loop. Dropped, it tells the library
//!   to use it no more, as far as the library can be told.
//! * Watchers end with the handler, in a [`WatcherSet`](outlive_loop::WatcherSet), whether or not the library has deleted
//!   them: none is called into memory that the library has freed.
//! * What the library calls after the end is refused and reported as an incident of [`outlive`].
//! * A descriptor that is closed before the library says so, and whose number comes back as another file's, is heard no more.
//! * Your own callbacks (replies, filters, completions) are not this crate's: make them with
//!   [`Callback`](outlive::Callback), and a panic in one stays there.
//!
//! Each feature depends on the `-sys` crate that Rust programs have for the library, where there is one; which copy of the
//! library is linked is decided there, by its own features.

#[cfg(not(unix))]
compile_error!("outlive-dialects watches file descriptors: it is for Unix");

#[cfg(feature = "ares")]
pub mod ares;
#[cfg(feature = "curl")]
pub mod curl;
#[cfg(feature = "dbus")]
pub mod dbus;

mod error;
#[cfg(any(feature = "ares", feature = "curl", feature = "dbus"))]
mod watches;

pub use error::AttachError;
