//! A small event loop for one thread, with the semantics that C libraries count on.
//!
//! A C library that lets its host bring the event loop hands over descriptors, `short` event bits, a
//! `struct timeval`, a function and an argument, and takes an opaque `void *` that it deletes later.
//! It then counts on rules that its header seldom spells out, and that loops made for futures do not
//! keep: no call that is not justified at that moment, no call after a delete, several events on one
//! descriptor, a delete from anywhere. This loop keeps them.
//!
//! For some libraries the handlers are there: libdbus, libcurl and c-ares in the repository's `crates/outlive-dialects`, libvde in
//! `outlive-vde`. For another one, own a [`WatcherSet`] in the host value of its callbacks, as those do.
//!
//! ```
//! use std::cell::RefCell;
//! use std::io::{Read, Write};
//! # #[cfg(unix)]
//! use std::os::fd::AsRawFd;
//! # #[cfg(unix)]
//! use std::os::unix::net::UnixStream;
//! use std::rc::Rc;
//! use std::time::Duration;
//!
//! use outlive_loop::{Interest, Loop, Ready};
//!
//! # #[cfg(not(unix))]
//! # fn main() {}
//! # #[cfg(unix)]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let events = Loop::new()?;
//! let (mut here, mut there) = UnixStream::pair()?;
//!
//! let heard = Rc::new(RefCell::new(Vec::new()));
//! let (into, fd) = (heard.clone(), here.as_raw_fd());
//! let reader = events.add(
//!     fd,
//!     Interest::READ | Interest::PERSIST,
//!     Some(Duration::from_secs(60)), // starts again at each call
//!     move |events, event| {
//!         let mut word = [0; 16];
//!         match event.ready.contains(Ready::READ).then(|| here.read(&mut word)) {
//!             Some(Ok(n)) if n > 0 => into.borrow_mut().extend_from_slice(&word[..n]),
//!             _ => events.stop(), // the end, an error, or a minute without a word
//!         }
//!     },
//! )?;
//! events.timer(Duration::from_millis(1), false, move |_, _| {
//!     there.write_all(b"hello").unwrap();
//!     there.shutdown(std::net::Shutdown::Both).unwrap();
//! });
//!
//! events.run()?;
//! assert_eq!(*heard.borrow(), b"hello");
//! assert!(events.remove(reader));
//! # Ok(())
//! # }
//! ```
//!
//! [`library`] shows how to drive a C library by it.
//!
//! # The rules
//!
//! | | |
//! | --- | --- |
//! | Readiness | Level-triggered. One read for each call is enough, and does not block. |
//! | True when called | Any callback may read what another was waiting for, or fill the socket that another wanted to write to. So what the system has reported is asked for again before a call, if a callback has run since, and the descriptor blocks. One that is `O_NONBLOCK` when it is first reported is not asked for again: at worst its owner gets an `EAGAIN`. A watcher of the same descriptor and direction that has run since always counts. [`Loop::strict`] asks before each call. |
//! | Hang-up, error | Delivered to `READ` and to `WRITE` watchers: their next read or write says which. |
//! | One-shot, `PERSIST` | Without `PERSIST` a watcher is called at most once, for readiness or timeout, whichever is first. |
//! | Timeout of a descriptor's watcher | Starts when it is added, and with `PERSIST` again at each call, whatever the call was for. When readiness and timeout come together, readiness is delivered. |
//! | Timers | Never early; late by what the system and the callbacks of a round take. `PERSIST` counts from the call, so a late call does not lead to a burst. |
//! | Order of timers | That of their times; of one time, that in which they started. |
//! | A time of zero | Is due in the next turn, and is not the same as no timeout. Times are copied. |
//! | Several watchers on a descriptor | Independent of each other; they take turns, the one whose call is longest ago first. |
//! | `add` | From anywhere. Calls nothing itself, and what it adds is not called before the next turn. |
//! | `remove` | From anywhere, of the running watcher too. The watcher is not called any more, even if it was ready or due in the same turn. |
//! | `update`, `set_timeout` | From anywhere. A watcher that is disabled is silent until it is updated again. |
//! | A set | The watchers of a [`WatcherSet`] are removed with it. |
//! | Tokens | Never NULL, never used twice. A spent one-shot keeps its token, and its callback's memory, until it is removed. An unknown token, one removed twice included, is `false` and an incident. |
//! | Fairness | In each round, what the system has reported (up to 64 descriptors, and up to 1024 while more are ready), then the timers that are due. The system reports the ready descriptors in rotation, and posted closures take their turn among them. |
//! | Panics | Come out of `run` or `run_once`; the books are up to date by then, and the loop can be run again. A C watcher cannot unwind. |
//! | Dropping | A callback is never dropped while it runs, and never while the loop's books are open: its `Drop` may use the loop. |
//!
//! A turn is a call for one readiness. [`Loop::run_once`] does one, and asks the system each time; [`Loop::run`],
//! [`Loop::run_for`] and [`Loop::run_until`] do many of them in a round. In a steady state a round costs one call of the
//! system for the wait, one look at the clock if there are timers, and no allocation. An `add` asks the system whether the
//! descriptor's file is the one that it knows; when the last watcher of a descriptor is removed the system is told at once.
//! A one-shot that waits until it may write, beside a reader, and that a callback adds while there is room, is called
//! without a wait.
//!
//! # Systems
//!
//! Linux has `epoll`. On the others the loop asks `poll`, which takes time for each watched descriptor, ready or not.
//! What it waits on is a [`Descriptor`]: a file descriptor, or on Windows a socket and nothing else. A pipe, a file or a
//! console there is refused ([`WatchError::NotPollable`]); a thread that reads it can [post](Remote::post) to the loop.
//! Before Windows 10 2004 a connection that fails is not reported, so give it a timeout. Where the other end of a connection writes
//! no more, and there is no room to write, Windows would report it on and on: the loop looks every 10 ms whether there is.
//!
//! # Closed descriptors
//!
//! Remove a watcher before its descriptor is closed. If C closes first, it is harmless on Linux:
//!
//! * The watcher hears nothing any more, except its timeout, and what of an `O_NONBLOCK` descriptor had been reported before
//!   (not in a [strict](Loop::strict) loop). Its token stays good for `remove`.
//! * When the number comes back as another file and is added, the new watcher is registered for the
//!   new file, and the old one stays silent.
//! * While a duplicate of the closed file lives (`dup`, a child that was forked without
//!   `CLOEXEC`), Linux goes on reporting it. The loop takes notice when the number is added again,
//!   or when one of its watchers is removed; until then such a watcher may still be called.
//!
//! Elsewhere a closed descriptor is silent too. But a file that comes under its number while the old watcher is
//! there is told from the closed one by what the system says of both: device, inode and kind on Unix, the type of the socket
//! on Windows. Where these are the same (two TCP sockets on a BSD, two sockets of a type on Windows), the old watcher is
//! called for the new file.
//!
//! # Who runs it
//!
//! | | |
//! | --- | --- |
//! | a thread | [`run`](Loop::run), [`run_for`](Loop::run_for), [`run_until`](Loop::run_until), [`run_once`](Loop::run_once) |
//! | a tokio runtime | `run_on_tokio`, with the feature `tokio` on Linux: the loop's set of descriptors is one descriptor to the runtime, and no thread is needed. `Held::ended` and `Callback::ended` await the end of a table there |
//! | another loop, on Linux | the feature adds `watchable`, a descriptor, too: when that is readable, or a timer is due, `run_for` with a time of zero |
//!
//! # Threads
//!
//! | | |
//! | --- | --- |
//! | [`Loop`] | Only the thread that made it: it is neither `Send` nor `Sync`. All callbacks run there, inside `run` or `run_once`. From inside a callback everything may be called but those two, which return [`NestedRunError`]. |
//! | [`Remote`] | Any thread, at any time, also when the loop is gone. |
//! | Signal handlers | Nothing. A signal ends the wait of `run_once`, so that the host can look at what its handler noted. |
//! | A forked child | Nothing: it would share the parent's set of descriptors. |

mod backend;
mod batch;
mod clock;
mod descriptor;
mod error;
mod event_loop;
mod flags;
mod heap;
mod inbox;
pub mod library;
mod links;
mod list;
mod names;
mod numbers;
mod registrations;
mod remote;
mod run;
mod set;
mod shared;
mod slab;
mod state;
mod time;
mod timers;
#[cfg(all(feature = "tokio", target_os = "linux", not(outlive_poll)))]
mod tokio;
mod watcher;

pub use descriptor::Descriptor;
pub use error::{LoopGoneError, NestedRunError, WatchError};
pub use event_loop::Loop;
pub use flags::{Interest, Ready};
pub use libc::timeval;
pub use outlive::Token;
pub use remote::Remote;
pub use set::WatcherSet;
pub use time::{from_timeval, to_timeval};
pub use watcher::{CFunction, Event};
