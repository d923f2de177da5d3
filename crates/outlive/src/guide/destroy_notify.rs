//! A destructor for the user data, which C calls when it is done.
//!
//! In C's header the user data comes with it, or the struct has a member for it:
//!
//! ```c
//! int add_listener(int (*on_event)(int, void *arg), void *arg, void (*destroy)(void *arg));
//!
//! struct functions {
//!     int (*eval)(int value, void *arg);
//!     void (*destroy)(void *arg);
//! };
//! ```
//!
//! C gets [`destroy_notify`](crate::Held::destroy_notify) (of a [`Callback`](crate::Callback::destroy_notify), too), inside
//! of [`hand_over`](crate::Held::hand_over), which gives the handle to C. (Where the header says `WINAPI` or `CALLBACK`, it is
//! [`destroy_notify_system`](crate::Held::destroy_notify_system).) C's call of it drops the value, exactly once. Where C
//! fails to register, the handle comes back, unless C has called the notify: some libraries do, some do not.
//!
//! ```
#![doc = include_str!("adder.md")]
//! /// A C library that may call `destroy` when it fails.
//! unsafe fn register(arg: *mut c_void, destroy: unsafe extern "C" fn(*mut c_void)) -> c_int {
//!     unsafe { destroy(arg) };
//!     -1
//! }
//! let held = Held::new(Adder(1)).unwrap();
//! let taken = held.hand_over(|held| {
//!     match unsafe { register(held.user_data(), held.destroy_notify()) } {
//!         0 => Ok(()),
//!         error => Err(error),
//!     }
//! });
//! let (error, held) = taken.unwrap_err().into_held();
//! assert_eq!(error, -1);
//! assert!(held.is_none()); // C has destroyed it
//! ```
//!
//! Where the struct has a member for it, say `destroy = member`. No method stands behind that member:
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use std::sync::Arc;
//! use outlive::{Held, callbacks};
//!
//! #[repr(C)]
//! pub struct functions {
//!     pub eval: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//!     pub destroy: Option<unsafe extern "C" fn(arg: *mut c_void)>,
//! }
//!
//! struct Scale(Arc<c_int>);
//!
//! #[callbacks(functions, state = arg, destroy = destroy)]
//! impl Scale {
//!     #[callback(fallback = 0)]
//!     fn eval(&self, value: c_int) -> c_int {
//!         value * *self.0
//!     }
//! }
//!
//! let factor = Arc::new(3);
//! let held = Held::new(Scale(factor.clone())).unwrap();
//! let (table, arg) = held.hand_over(|held| Ok::<_, ()>((held.as_ptr(), held.user_data()))).unwrap();
//! // What C does:
//! let (eval, destroy) = unsafe { ((*table).eval.unwrap(), (*table).destroy.unwrap()) };
//! assert_eq!(unsafe { eval(2, arg) }, 6);
//! unsafe { destroy(arg) };
//! assert_eq!(Arc::strong_count(&factor), 1);
//! ```
//!
//! Ask the manual:
//!
//! * Is the destructor called where registering fails? Return `Err` from the closure of `hand_over` either way.
//! * Is it called for each copy of the user data, or once after the last? Only the latter is C's last word: see
//!   [what C copies](super::copies).
//! * On which thread? A value that is [`Local`](crate::Local) is dropped on its own thread, whichever thread calls.
//! * Is the user data also used after it, by another function? Then it is not the last call: keep the handle, and
//!   [`release`](crate::Held::release) when C has closed.
