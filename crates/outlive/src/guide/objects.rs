//! Objects of C's, each with a value of yours.
//!
//! In many libraries C has objects, each with a state of the host's: a parent's callback opens one (`xOpen`), further
//! callbacks are about it (`xNext`), and one closes it (`xClose`). Often one C struct holds the callbacks of several kinds
//! of object. Each kind is a host type with a block of its own for that struct, and the parent's names the functions of the
//! others as constants, which [`functions`](crate::functions()) has without any registration. In C's header:
//!
//! ```c
//! struct cursor { void *data; };                  /* data is for the module */
//! struct module {
//!     int (*open)(void *aux, struct cursor *cursor);
//!     int (*next)(struct cursor *cursor);
//!     int (*close)(struct cursor *cursor);
//! };
//! ```
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use std::sync::atomic::{AtomicI32, Ordering};
//! use outlive::{Held, callbacks, functions};
//!
//! // Only the library makes and frees cursors; `data` is for the module.
//! #[repr(C)]
//! pub struct cursor {
//!     pub data: *mut c_void,
//! }
//!
//! #[derive(Clone, Copy)]
//! #[repr(C)]
//! pub struct module {
//!     pub open: Option<unsafe extern "C" fn(aux: *mut c_void, cursor: *mut cursor) -> c_int>,
//!     pub next: Option<unsafe extern "C" fn(cursor: *mut cursor) -> c_int>,
//!     pub close: Option<unsafe extern "C" fn(cursor: *mut cursor) -> c_int>,
//! }
//!
//! struct Numbers;
//!
//! #[callbacks(
//!     module,
//!     state = arg,
//!     user_data = first,
//!     constant(next = functions::<Rows>().next, close = functions::<Rows>().close)
//! )]
//! impl Numbers {
//!     #[callback(fallback = -1)]
//!     fn open(&self, cursor: *mut cursor) -> c_int {
//!         // What can fail comes first: from `into_user_data` on the value is C's.
//!         let Ok(rows) = Held::new(Rows(AtomicI32::new(0))) else { return -1 };
//!         unsafe { (*cursor).data = rows.into_user_data() };
//!         0
//!     }
//! }
//!
//! struct Rows(AtomicI32);
//!
//! #[callbacks(module, state = arg, user_data = unsafe { (*cursor).data })]
//! impl Rows {
//!     #[callback(fallback = -1)]
//!     fn next(&self, cursor: *mut cursor) -> c_int {
//!         self.0.fetch_add(1, Ordering::Relaxed)
//!     }
//!
//!     #[callback(last, fallback = -1)]
//!     fn close(&self, cursor: *mut cursor) -> c_int {
//!         0
//!     }
//! }
//!
//! let numbers = Held::new(Numbers).unwrap();
//! // What C does:
//! let (table, mut cursor) = (unsafe { &*numbers.as_ptr() }, cursor { data: std::ptr::null_mut() });
//! assert_eq!(unsafe { table.open.unwrap()(numbers.user_data(), &raw mut cursor) }, 0);
//! assert_eq!(unsafe { table.next.unwrap()(&raw mut cursor) }, 0);
//! assert_eq!(unsafe { table.next.unwrap()(&raw mut cursor) }, 1);
//! assert_eq!(unsafe { table.close.unwrap()(&raw mut cursor) }, 0); // drops the `Rows`
//! assert_eq!(unsafe { table.close.unwrap()(&raw mut cursor) }, -1); // late, and reported
//! ```
//!
//! Who owns what: the object's memory is whose the manual says it is; where the host allocates it in `open` and frees it in
//! `close`, that is the methods' work, and the fallback's of `close` too, for a call that is refused. The host value is C's
//! from [`into_user_data`](crate::Held::into_user_data) on, until `close`: it lives on when its parent has ended. An object
//! that C never closes keeps its value, and the [ledger](crate::ledger()) lists it.
//!
//! Ask the manual:
//!
//! * Where the opener fails, does C then call `close`? If so, let it find NULL in the object, which is reported and ends nothing,
//!   or the user data that it is to end. A `Held` that is dropped before C had its user data ends its value, and keeps a small
//!   slot, for its last call is C's to make; [`release`](crate::Held::release) gives that back, too.
//! * Does C close every object before it forgets the module, and on which thread?
//! * Does C write or copy the object? The member with the user data has to stay as it is.
