//! libcurl's transfers, with its callbacks in Rust.
//!
//! An [`Easy`] is one transfer, which [`Easy::perform`] runs to its end. A [`Multi`] runs many at once, on the thread that
//! drives it: [`Multi::add`] makes each a [`Transfer`], which may be dropped at any moment, on any thread, and inside of its
//! own callbacks.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use outlive_curl::{Easy, Taken};
//!
//! let file = tempfile::NamedTempFile::new()?;
//! std::fs::write(file.path(), "hello")?;
//!
//! let body = Arc::new(Mutex::new(Vec::new()));
//! let into = Arc::clone(&body);
//! let mut easy = Easy::new()?;
//! easy.url(&format!("file://{}", file.path().display()))?;
//! easy.on_write(move |data| {
//!     into.lock().unwrap().extend_from_slice(data);
//!     Taken::All
//! })?;
//! easy.perform()?;
//! assert_eq!(*body.lock().unwrap(), b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When callbacks fail
//!
//! Each callback is set by two options of libcurl's: one has the function, the other what it is called with. A callback
//! that panics has its transfer end with an error of libcurl's, and nothing else: `CURLE_WRITE_ERROR` for those that take
//! data, `CURLE_ABORTED_BY_CALLBACK` for those that give it and for the progress, `CURLE_SEND_FAIL_REWIND` for a seek. A
//! debug callback that panics is ignored. A callback of a [`Multi`] that panics has its function fail with
//! `CURLM_ABORTED_BY_CALLBACK`.
//!
//! A [`Canceller`] ends the callbacks of one transfer, from any thread or from one of them, and so the transfer.

mod callbacks;
mod canceller;
mod easy;
mod error;
mod list;
mod multi;
mod slot;
mod transfer;
mod user;

pub use callbacks::{Given, Info, Progress, Sought, Taken};
pub use canceller::Canceller;
pub use easy::Easy;
pub use error::Error;
pub use multi::{AddError, Interest, Multi, Socket};
pub use transfer::{IntoEasyError, Transfer};
