//! User data in a member, by value, behind a function, or as a number.
//!
//! C does not always pass the user data as an argument of its own. `user_data = EXPR` says how a call finds it, over C's
//! arguments by the names of the method's parameters. The header tells which of these it is:
//!
//! | in the header | in the block | ask the manual |
//! | --- | --- | --- |
//! | `int (*cb)(struct transfer *t)`, with `t->user_data` | `user_data = unsafe { (*t).user_data }` | Is `t` never NULL? Is the member written before the first call, and by nobody later? |
//! | the same, but only the library knows the struct | `user_data = unsafe { transfer_user_data(t) }` | May the function be called inside the callback, on its thread? |
//! | `int (*cb)(struct event e)`, by value | `user_data = e.user_data` | |
//! | `int (*cb)(void **data)` | `user_data = unsafe { *data }` | Is it the same pointer in each call, and who writes there? |
//! | `int (*cb)(uint64_t cookie)`, `unsigned long`, `intptr_t` | `user_data = last`, as for a pointer; C gets `held.user_data().addr()` | Does C keep all 64 bits? |
//! | `int (*cb)(uint32_t id)` | `user_data = find(id)`, a map of your own | How long is an id the same thing's? |
//!
//! Where the pointer may be NULL, the expression says so: `if t.is_null() { null_mut() } else { ... }` finds NULL, which is
//! reported by name, and the call is refused.
//!
//! The first row, in C's header:
//!
//! ```c
//! struct transfer { int length; void *user_data; };
//! struct driver { int (*done)(struct transfer *transfer); };
//! ```
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! use outlive::{Held, callbacks};
//!
//! #[repr(C)]
//! pub struct transfer {
//!     pub length: c_int,
//!     pub user_data: *mut c_void,
//! }
//!
//! #[repr(C)]
//! pub struct driver {
//!     pub done: Option<unsafe extern "C" fn(transfer: *mut transfer) -> c_int>,
//! }
//!
//! struct Request;
//!
//! // The driver keeps the transfer until `done` has returned, and leaves `user_data` alone.
//! #[callbacks(driver, state = arg, user_data = unsafe { (*transfer).user_data }, unsafe(borrow))]
//! impl Request {
//!     #[callback(fallback = -1)]
//!     fn done(&self, transfer: &transfer) -> c_int {
//!         transfer.length
//!     }
//! }
//!
//! let held = Held::new(Request).unwrap();
//! let mut transfer = transfer { length: 8, user_data: held.user_data() };
//! // What C does:
//! let done = unsafe { (*held.as_ptr()).done }.unwrap();
//! assert_eq!(unsafe { done(&raw mut transfer) }, 8);
//! ```
//!
//! An expression that panics is an incident, and the call is refused: C gets the fallback. The expression reads C's
//! memory without a check: where C has freed the object, nothing can tell.
