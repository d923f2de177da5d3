//! A struct of functions to which C passes nothing of yours.
//!
//! In C's header:
//!
//! ```c
//! struct hooks {
//!     int version;
//!     void (*log)(int level, const char *text);
//!     int (*open)(const char *name);
//! };
//! void set_hooks(const struct hooks *hooks);
//! ```
//!
//! With `state = none` each table has functions of its own, so that each leads to its own value. How many tables of the type
//! may be alive at once is `instances = N`, 16 unless given; each takes a few bytes of code in the program. Where all are in
//! use, the constructor returns an error with the value.
//!
//! ```
//! # use std::ffi::{CStr, c_char, c_int};
//! # use outlive::{Held, callbacks};
//! #[repr(C)]
//! pub struct hooks {
//!     pub version: c_int,
//!     pub log: Option<unsafe extern "C" fn(level: c_int, text: *const c_char)>,
//!     pub open: Option<unsafe extern "C" fn(name: *const c_char) -> c_int>,
//! }
//!
//! struct Logger;
//!
//! #[callbacks(hooks, state = none, instances = 2, constant(version = 3), required(log), unsafe(borrow))]
//! impl Logger {
//!     fn log(&self, level: c_int, text: &CStr) {
//!         println!("{level}: {text:?}");
//!     }
//!
//!     #[callback(member = open, fallback = -1, errno = libc::ECANCELED)]
//!     fn open_file(&self, name: Option<&CStr>) -> c_int {
//!         name.map_or(-1, |name| name.count_bytes() as c_int)
//!     }
//! }
//!
//! let held = Held::new(Logger).unwrap();
//! let table = unsafe { &*held.as_ptr() };
//! assert_eq!(table.version, 3);
//! assert_eq!(unsafe { table.open.unwrap()(c"file".as_ptr()) }, 4);
//! ```
//!
//! Ask the manual:
//!
//! * Can the library be configured twice, by other code in the same process? Then its hooks are replaced, and yours are not
//!   called: keep what `get_hooks` returned before, if C has that.
//! * When does the library forget the functions? After a [`release`](crate::Held::release) an instance is used for the next
//!   table of its type, so that a call which comes after it may reach that one. The instance that was released first is used
//!   again first.
//! * Is there a call after which no other comes? It is marked with `unsafe(last)`: the promise that the manual says so.
