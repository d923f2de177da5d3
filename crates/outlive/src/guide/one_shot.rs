//! A function that C calls at most once: a completion, a reply.
//!
//! In C's header:
//!
//! ```c
//! typedef void (*done_cb)(int status, void *arg);
//! int submit(done_cb done, void *arg);
//! ```
//!
//! [`Callback::once`](crate::Callback::once) takes an `FnOnce`. With [`hand_over`](crate::Callback::hand_over) there is
//! nothing to keep: the call uses the closure up and gives all memory back.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # type done_cb = Option<unsafe extern "C" fn(status: c_int, arg: *mut c_void)>;
//! # unsafe fn submit(done: done_cb, arg: *mut c_void) -> c_int { unsafe { done.unwrap()(0, arg) }; 0 }
//! use outlive::Callback;
//!
//! let name = String::from("request");
//! let done = Callback::<done_cb>::once(move |status| println!("{name}: {status}"))?;
//! let submitted = done.hand_over(|done| match unsafe { submit(done.function(), done.user_data()) } {
//!     0 => Ok(()),
//!     error => Err(error),
//! });
//! if let Err(refused) = submitted {
//!     let (error, done) = refused.into_held();
//!     println!("{error}: C has called it already: {}", done.is_none());
//!     if let Some(done) = done {
//!         // C has not taken it, says the manual: this gives all back. A drop keeps a small slot, for C might still call.
//!         let _ = unsafe { done.release() };
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A one-shot callback in a struct is a method that is marked with [`last`](super::guarantees#g10-last-call).
//!
//! Ask the manual:
//!
//! * Is it called exactly once, also on an error, a timeout, and where the request is cancelled? A callback that C never calls
//!   stays, and the [ledger](crate::ledger()) lists it: keep the handle instead, and drop it when the request is over. The call that C then makes all the same is its last word:
//!   it is refused, gives the rest back, and is no incident.
//! * Has it a destructor of its own (`submit(done, arg, destroy)`)? Give C
//!   [`destroy_notify`](crate::Callback::destroy_notify), too: it comes after the only call, or instead of it.
//! * Is it called where `submit` fails? Both are served: `hand_over` gives the handle back only where C has not called.
//! * Can it be called before `submit` returns, on this thread? Also served.
//! * On which thread? [`once`](crate::Callback::once) takes a `Send` closure, [`local_once`](crate::Callback::local_once)
//!   any, for this thread. A call on a wrong thread is refused, and is still the only one.
