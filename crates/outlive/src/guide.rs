//! The user guide: what to write for which C header, and what is promised.
//!
//! Begin with the [tutorial], which binds a small library. Then look up your callbacks below; each shape has a page, with C's
//! declaration, the Rust for it, and what to ask the library's manual. The [guarantees] are a page too, with code that runs,
//! and so are our [words](glossary). What goes wrong without: the repository's `examples/bugs` has eight public bugs of bindings,
//! each with the same binding mended, and `outlive bugs` runs them. Whole bindings of real libraries, of SQLite and Lua among
//! them, are in its `bindings`, and handlers for libraries that ask for an event loop in its `crates/outlive-dialects`.
//!
//! # Which shape
//!
//! | C's header has | write | it ends | page |
//! | --- | --- | --- | --- |
//! | a function pointer with a `void *` | `Callback::<S>::new_or(fallback, closure)` | [`release`](crate::Callback::release) after C's close function | [lone function](lone_function) |
//! | the same, which C calls once | [`Callback::once`](crate::Callback::once) | by that call: [`hand_over`](crate::Callback::hand_over) | [one-shot](one_shot) |
//! | several function pointers, and one `void *` for all | a block without a struct: `#[callbacks(state = arg)]` | `release` after C's close function | [lone functions](lone_functions) |
//! | a struct of functions, each with a `void *` | `#[callbacks(table, state = arg)]` | `release` after C's close function | [user data as an argument](user_data_argument) |
//! | functions that get the struct itself, as `self` | `#[callbacks(table, state = table)]` | by a function of the struct: `unsafe(last)` | [the table itself](table_itself) |
//! | functions that get nothing of yours | `#[callbacks(table, state = none, instances = N)]` | [`leak`](crate::Held::leak), or `release` | [no user data](no_user_data) |
//! | functions that get something with your `void *` in it | `user_data = EXPR` in the block | as without it | [user data elsewhere](user_data_elsewhere) |
//! | objects that one function opens, and another one closes | a block for each kind of object, [`into_user_data`](crate::Held::into_user_data) | by the closing function: `last` | [objects] |
//! | a destructor beside the `void *`, or in the struct | [`destroy_notify`](crate::Held::destroy_notify), or `destroy = member` | by the destructor: [`hand_over`](crate::Held::hand_over) | [destroy notify](destroy_notify) |
//! | a string, a pointer and a length, an out parameter | `unsafe(borrow)`, with `&CStr`, `&[T]`, [`Buffer`](crate::Buffer), [`Out`](crate::Out) | as without it | [memory that C lends](lent_memory) |
//! | a function with a cookie, passed to your callback | [`Completion`](crate::Completion), or [`CClosure`](crate::CClosure) | by the answer | [what the host owes](completion) |
//! | a `void *` that your callback returns, and C gives back | [`Tokens`](crate::Tokens) | by the callback that gives it back: `takes_back` | [G9](guarantees#g9-tokens) |
//!
//! The repository's command `outlive gen rust HEADER` lists what a header has, and writes the declarations and the blocks for
//! it, or what holds a closure; what a header cannot say, such as which pointer is a string, its options do.
//!
//! Four more pages are about what C does with them: [when refusing is not harmless](refusals), [libraries that copy](copies),
//! [where nothing may allocate](allocators), and [calls on other threads than yours](other_threads).
//!
//! # Which ABI
//!
//! Wherever this guide has `extern "C"`, `extern "system"` is accepted as well: in members of a struct, which may be of both, in
//! lone functions, and in what C passes for a [`Completion`](crate::Completion) or a [`CClosure`](crate::CClosure). So Windows
//! bindings declare what the header calls `WINAPI` or `CALLBACK`. C that takes its destroy notify as such a function gets
//! [`destroy_notify_system`](crate::Held::destroy_notify_system).
//!
//! ```
//! # use std::ffi::c_void;
//! # mod windows_sys {
//! #     use std::ffi::c_void;
//! #     pub type WNDENUMPROC = Option<unsafe extern "system" fn(window: *mut c_void, param: isize) -> i32>;
//! #     pub unsafe fn EnumWindows(visit: WNDENUMPROC, param: isize) -> i32 {
//! #         unsafe { visit.unwrap()(8 as *mut c_void, param) }
//! #     }
//! # }
//! # use windows_sys::{EnumWindows, WNDENUMPROC};
//! use outlive::Callback;
//!
//! let visit = Callback::<WNDENUMPROC>::new_or(0, |window| {
//!     println!("{window:?}");
//!     1 // go on
//! })?;
//! unsafe { EnumWindows(visit.function(), visit.user_data() as isize) };
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A function of the ABI `C-unwind` or `system-unwind` is declared as one of the ABI `C` or `system`, for no panic leaves a
//! callback.
//!
//! # Which constructor
//!
//! | who calls | the value | struct or functions | closure |
//! | --- | --- | --- | --- |
//! | any thread, several at a time | `Send + Sync` | [`Held::new`](crate::Held::new) | [`Callback::new`](crate::Callback::new) |
//! | any thread, one at a time | `Send` | [`Held::exclusive`](crate::Held::exclusive) | [`Callback::exclusive`](crate::Callback::exclusive) |
//! | the thread that makes it | any | [`Held::local`](crate::Held::local) | [`Callback::local`](crate::Callback::local) |
//! | any thread, once | `Send` | [`Held::exclusive`](crate::Held::exclusive), and `last` on the method | [`Callback::once`](crate::Callback::once) |
//! | the thread that makes it, once | any | [`Held::local`](crate::Held::local), and `last` on the method | [`Callback::local_once`](crate::Callback::local_once) |
//! | this thread, during one call of yours into C | borrowed | [`scope`](crate::scope()) | |
//! | any thread, during one call of yours into C | borrowed, `Sync` | [`scope_shared`](crate::scope_shared()) | |
//!
//! A closure whose result is neither nothing nor a pointer has a fallback: `new_or`, `exclusive_or`, `local_or`, `once_or`,
//! `local_once_or`.
//!
//! # Which ending
//!
//! | you know | do | it waits, from outside |
//! | --- | --- | --- |
//! | nothing of what C does next | drop the handle | never |
//! | that you need quiet, whatever C does next | [`revoke`](crate::Held::revoke), or [`revoke_timeout`](crate::Held::revoke_timeout) | for the calls inside |
//! | that you need the value back | [`into_inner`](crate::Held::into_inner) | for the calls inside |
//! | that C has forgotten the pointers | [`release`](crate::Held::release) (`unsafe`) | for the calls inside, those that take back, and answers |
//! | that C says when it is done | [`hand_over`](crate::Held::hand_over) | never |
//! | that it never ends | [`leak`](crate::Held::leak) | never |
//! | that C frees the struct | [`to_malloc`](crate::Held::to_malloc) for the struct, and one of the others for the value | |
//! | that several end together | [`Group`](crate::Group), or [`revoke_all`](crate::revoke_all()) | as `revoke` |
//!
//! From inside a callback none of these waits ([G6](guarantees#g6-re-entrant)). What C still has after a drop or a revoke
//! stays valid, and its calls are refused.

pub mod allocators;
pub mod completion;
pub mod copies;
pub mod destroy_notify;
pub mod glossary;
pub mod guarantees;
pub mod lent_memory;
pub mod lone_function;
pub mod lone_functions;
pub mod no_user_data;
pub mod objects;
pub mod one_shot;
pub mod other_threads;
pub mod refusals;
pub mod table_itself;
pub mod tutorial;
pub mod user_data_argument;
pub mod user_data_elsewhere;
