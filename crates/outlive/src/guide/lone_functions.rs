//! Several function pointers that share one `void *`.
//!
//! In C's header:
//!
//! ```c
//! typedef void (*value_cb)(void *user, int value);
//! typedef int (*end_cb)(int status, void *user);
//! void set_callbacks(value_cb on_value, end_cb on_end, void *user);
//! ```
//!
//! They are the methods of one value, in a block without a struct: each names the type that C has for it, and
//! [`functions`](crate::Held::functions) gives the pointers. All else is as for a [struct](super::user_data_argument); reports
//! call the table by the name of the host type.
//!
//! ```
#![doc = include_str!("lone.md")]
//! # unsafe fn set_callbacks(value: value_cb, end: end_cb, user: *mut c_void) {
//! #     unsafe { value.unwrap()(user, 2) };
//! #     assert_eq!(unsafe { end.unwrap()(0, user) }, 2);
//! # }
//!
//! let held = Held::new(Sum::default()).unwrap();
//! let functions = held.functions();
//! unsafe { set_callbacks(functions.on_value, functions.on_end, held.user_data()) };
//! ```
//!
//! Ask the manual:
//!
//! * Is it one `void *` for all of them? Functions with user data of their own are a [`Callback`](super::lone_function) each,
//!   which a [`Group`](crate::Group) ends together.
//! * May one be called before the others are set? C has the functions one after the other; each is callable at once.
//! * Which one is called last? It is marked with `last`.
