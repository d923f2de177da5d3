//! When refusing a call is not harmless: fallbacks, and memory that C keeps.
//!
//! A refused call returns its fallback, and C goes on. Ask the manual, for each callback, what C does then:
//!
//! * Does it count on what the callback does? A fallback is an expression, which may use C's arguments, and stands also for
//!   a callback that returns nothing: one by which C frees memory frees it there, too
//!   (`fallback = unsafe { libc::free(memory) }`).
//! * Does it tell "not done" from "done half-way"? A method that panics may have done half of its work, while a call that
//!   comes too late did nothing: `panicked = EXPR` and `late = EXPR` stand in for the fallback then.
//! * Does C take something back by it: an event that it deletes, memory that it returns, a lock that it gives up
//!   (`event_del`, `io_free`, `unlock`)? Refused, C frees its own part, and what the host still has of it is used. Or does
//!   C go on to use memory that a method has returned? Say `keep = release` in the block, and `takes_back` on such a
//!   callback: see [below](#memory-that-c-keeps).
//! * Has C passed a function that it waits for? [What the host owes to C](super::completion) is called, at the latest
//!   when it is dropped.
//! * Is there nothing that could be returned, such as for a lock that C takes for granted? With `refuse = abort` the
//!   process ends instead, with a line that says which callback it was.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use outlive::{Held, callbacks};
//! # #[repr(C)]
//! # pub struct sink {
//! #     pub write: Option<unsafe extern "C" fn(buffer: *mut c_void, arg: *mut c_void) -> c_int>,
//! # }
//! const RETRY: c_int = 1; // C keeps the buffer
//! const BROKEN: c_int = 2; // C closes the sink
//!
//! struct Sink;
//!
//! #[callbacks(sink, state = arg)]
//! impl Sink {
//!     // Before it panics, the method has taken the buffer.
//!     #[callback(fallback = RETRY, late = BROKEN, panicked = BROKEN)]
//!     fn write(&self, buffer: *mut c_void) -> c_int {
//!         unsafe { libc::free(buffer) };
//!         panic!("the disk is full")
//!     }
//! }
//!
//! let held = Held::new(Sink).unwrap();
//! let write = unsafe { (*held.as_ptr()).write }.unwrap();
//! let buffer = unsafe { libc::malloc(8) };
//! assert_eq!(unsafe { write(buffer, held.user_data()) }, BROKEN);
//! ```
//!
//! # Memory that C keeps
//!
//! With `keep = release` the host value lives until the release, or until C's last call, and not only until the end of the
//! table. [`revoke`](crate::Held::revoke) then says [`Ended::Serving`](crate::Ended::Serving): no callback is running, and
//! none will start but those by which C takes back and its last call. The release refuses these, too, and waits for them.
//! A handle of such a table that is dropped without a release keeps the value for as long as C has not said that it
//! is done; the [`ledger()`](crate::ledger()) names it.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use std::sync::Mutex;
//! # use outlive::{Ended, Held, callbacks};
//! # #[repr(C)]
//! # #[derive(Clone, Copy)]
//! # pub struct lender {
//! #     pub lend: Option<unsafe extern "C" fn(arg: *mut c_void) -> *mut c_int>,
//! #     pub take_back: Option<unsafe extern "C" fn(lent: *mut c_int, arg: *mut c_void)>,
//! # }
//! struct Pool(Mutex<Vec<Box<c_int>>>);
//!
//! #[callbacks(lender, state = arg, keep = release)]
//! impl Pool {
//!     fn lend(&self) -> *mut c_int {
//!         let mut pool = self.0.lock().unwrap();
//!         pool.push(Box::new(7));
//!         &raw mut **pool.last_mut().unwrap()
//!     }
//!     #[callback(takes_back)]
//!     fn take_back(&self, lent: *mut c_int) {
//!         self.0.lock().unwrap().retain(|one| &raw const **one != lent);
//!     }
//! }
//!
//! let held = Held::new(Pool(Mutex::default())).unwrap();
//! let (table, user) = (held.table(), held.user_data());
//! let lent = unsafe { table.lend.unwrap()(user) };
//! assert_eq!(held.revoke(), Ended::Serving);
//! assert!(unsafe { table.lend.unwrap()(user) }.is_null()); // late
//! assert_eq!(unsafe { lent.read() }, 7); // C goes on
//! unsafe { table.take_back.unwrap()(lent, user) }; // and gives it back
//! assert_eq!(unsafe { held.release() }, Ended::Now);
//! ```
