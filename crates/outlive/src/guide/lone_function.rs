//! One function pointer with user data: the commonest callback of all.
//!
//! In C's header:
//!
//! ```c
//! typedef uint32_t (*timer_cb)(uint32_t interval, void *user);
//! int add_timer(uint32_t delay, timer_cb callback, void *user);
//! ```
//!
//! It needs neither a struct nor the attribute. A [`Callback`](crate::Callback) has a closure behind C's type of the
//! function; what is said of tables in this guide holds for it, too.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # type timer_cb = Option<unsafe extern "C" fn(interval: u32, user: *mut c_void) -> u32>;
//! # unsafe fn add_timer(delay: u32, callback: timer_cb, user: *mut c_void) -> c_int {
//! #     assert_eq!(unsafe { callback.unwrap()(delay, user) }, 200);
//! #     0
//! # }
//! use outlive::{Callback, Ended};
//!
//! let tick = Callback::<timer_cb>::new_or(0, |interval| interval * 2)?;
//! unsafe { add_timer(100, tick.function(), tick.user_data()) };
//! assert_eq!(tick.revoke(), Ended::Now);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * What a refused call returns comes first, in the constructors whose names end in `_or`. A function that returns nothing, or a
//!   pointer, needs none: `Callback::<S>::new(closure)`.
//! * Where the user data is not the last argument, [`user_data_first`](crate::Callback::user_data_first) or
//!   [`user_data_at`](crate::Callback::user_data_at) makes the callback.
//! * C may call again before the closure has returned, so that it is an `Fn`. Where it has to change something, use a `Cell`
//!   with `local`, or a `Mutex`.
//! * User data that is not an argument (a member of what C passes) needs a block, of one method:
//!   [lone functions](super::lone_functions) with [`user_data = EXPR`](super::user_data_elsewhere).
//!
//! Ask the manual:
//!
//! * Until when does C keep the function: until another one is set, until an object is closed, or for good?
//! * On which threads does C call, and may several calls run at once? That decides the [constructor](super#which-constructor).
//! * May C call after its own `close` or `remove` has returned? Then do not [`release`](crate::Callback::release) there: drop the
//!   handle.
//! * What does the result mean, and which one is harmless?
