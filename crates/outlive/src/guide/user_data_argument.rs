//! A struct of functions, each with a `void *` of yours.
//!
//! In C's header:
//!
//! ```c
//! struct events {
//!     int (*on_event)(int value, void *arg);
//! };
//! void set_events(const struct events *table, void *arg);
//! ```
//!
//! The callbacks are the methods of a Rust type, in a block that says `state = arg`. [`as_ptr`](crate::Held::as_ptr) is the
//! table for C, [`user_data`](crate::Held::user_data) the `void *`. The other examples of this guide share this block, and calls
//! through the table are what C does.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! use outlive::{Ended, Held, callbacks};
//!
//! #[repr(C)]
//! pub struct events {
//!     pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//! }
//!
//! struct Adder(c_int);
//!
//! #[callbacks(events, state = arg)]
//! impl Adder {
//!     #[callback(fallback = -1)] // what a refused call returns
//!     fn on_event(&self, value: c_int) -> c_int {
//!         value + self.0
//!     }
//! }
//!
//! let held = Held::new(Adder(1)).unwrap();
//! let (table, arg) = (held.as_ptr(), held.user_data()); // for `set_events`
//! // What C does:
//! let on_event = unsafe { (*table).on_event }.unwrap();
//! assert_eq!(unsafe { on_event(2, arg) }, 3);
//!
//! assert_eq!(held.revoke(), Ended::Now);
//! assert_eq!(unsafe { on_event(2, arg) }, -1);
//! ```
//!
//! Where the `void *` is not the last argument, say `user_data = first`, or its position, counted from 0; where the struct has
//! it as a member too, `user_data_member = name`. What else a block can say is on the page of the attribute,
//! [`callbacks`](macro@crate::callbacks).
//!
//! Ask the manual:
//!
//! * Does C keep the pointer to the struct, or copy the struct? Both are served: the functions and the user data are what counts.
//! * Does C write members of the struct, such as links of a list? They go into `written_by_c(...)`.
//! * Which members may be NULL? A member without a method is NULL; `required(a, b)` has the compiler insist on those that C calls
//!   without looking.
//! * What does C do with each result? That decides the fallback: see [when refusing is not harmless](super::refusals).
//! * Which call of C's is the last one? See [`last`](super::guarantees#g10-last-call), and
//!   [destroy notifies](super::destroy_notify).
