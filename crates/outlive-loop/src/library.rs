//! How to give a C library your event loop.
//!
//! A library that brings no loop of its own asks its host, by a table of callbacks, to watch descriptors and to count
//! times. The host value of that table owns a [`WatcherSet`](crate::WatcherSet), and each callback is a few lines:
//!
//! ```
//! # #[cfg(not(unix))]
//! # fn main() {}
//! # #[cfg(unix)]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::ffi::{c_int, c_short, c_void};
//! use std::io::Write;
//! use std::os::fd::AsRawFd;
//! use std::os::unix::net::UnixStream;
//! use std::rc::Rc;
//!
//! use outlive::{Ended, Held, Token, callbacks};
//! use outlive_loop::{CFunction, Interest, Loop, WatcherSet};
//!
//! type on_ready = Option<CFunction>;
//!
//! #[repr(C)] // from the library's header
//! pub struct host_ops {
//!     watch: Option<
//!         unsafe extern "C" fn(c_int, c_short, on_ready, *mut c_void, *mut c_void) -> *mut c_void,
//!     >,
//!     unwatch: Option<unsafe extern "C" fn(token: *mut c_void, host: *mut c_void)>,
//! }
//!
//! struct Host(WatcherSet);
//!
//! #[callbacks(host_ops, state = arg, keep = release)]
//! impl Host {
//!     /// Called by the library on the loop's thread. What it returns is the library's until `unwatch`.
//!     fn watch(&self, fd: c_int, events: c_short, f: on_ready, arg: *mut c_void) -> Option<Token> {
//!         let interest = Interest::from_bits_truncate(events);
//!         // SAFETY: the manual lets `f` be called with `arg` until `unwatch`; the set ends with this host value.
//!         unsafe { self.0.add_c(fd, interest, None, f?, arg) }.ok()
//!     }
//!
//!     #[callback(takes_back)] // served after the end too, until the release
//!     fn unwatch(&self, token: Token) {
//!         self.0.remove(token);
//!     }
//! }
//!
//! let events = Rc::new(Loop::new()?);
//! let held = Held::local(Host(WatcherSet::new(events.clone())))?;
//! let (table, host) = (held.as_ptr(), held.user_data()); // for the library
//!
//! // What the library does:
//! # unsafe extern "C" fn count(_fd: c_int, _events: c_short, arg: *mut c_void) {
//! #     unsafe { *arg.cast::<u32>() += 1 };
//! # }
//! let (here, mut there) = UnixStream::pair()?;
//! let mut calls = 0;
//! let arg = (&raw mut calls).cast();
//! let watch = unsafe { (*table).watch }.unwrap();
//! let token = unsafe { watch(here.as_raw_fd(), 0x02, Some(count), arg, host) };
//! assert!(!token.is_null());
//!
//! there.write_all(b"x")?;
//! events.run_once(None)?;
//! assert_eq!(calls, 1);
//!
//! // The library is closed, and has forgotten to give back.
//! assert_eq!(unsafe { held.release() }, Ended::Now);
//! assert!(events.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! Ask the manual:
//!
//! | question | what to write |
//! | --- | --- |
//! | Which bits does it use? | libvde's and libevent's are those of [`Interest`](crate::Interest) and [`Ready`](crate::Ready); translate others. |
//! | Is a watcher called once, or until it is deleted? | Without [`PERSIST`](crate::Interest::PERSIST), or with it. |
//! | Does it change or disable watchers? | [`update`](crate::Loop::update), [`set_timeout`](crate::Loop::set_timeout) |
//! | Does it delete from inside callbacks, or in any order? | It may: see the [rules](crate#the-rules). |
//! | Does it close a descriptor before it deletes its watcher? | See [closed descriptors](crate#closed-descriptors). |
//! | Must each call find something to read or room to write? | Descriptors that block are asked for again before a call, others not: a [strict loop](crate::Loop::strict) asks for all. |
//! | Has its function another signature? | Add a closure with [`WatcherSet::add`](crate::WatcherSet::add), which calls it. |
//! | Does it call the table from other threads? | The loop belongs to its thread: [post](crate::Remote::post) to it. |
//! | How are its times given? | [`from_timeval`](crate::from_timeval); milliseconds are `Duration::from_millis`, and -1 is mostly `None`. |
//!
//! A write to a connection that the other end has closed raises SIGPIPE, whoever's loop it is: a Rust program ignores that
//! signal from its start, a C program does not. A library that writes without `MSG_NOSIGNAL` needs it ignored.
//!
//! Where the table ends early, the library's deletes are served until the release (`takes_back`). Where they cannot be (the
//! table has no `keep = release`), the set has ended with the host value, and nothing is called into memory that the library
//! has freed since.
