//! Hand Rust values to C as callbacks that stay safe to call after you are done with them.
//!
//! A C library takes a struct of function pointers and keeps the pointer. Write the callbacks as
//! methods of a Rust type under [`#[callbacks]`](callbacks), hold a value of it ([`Held`]), and give C
//! the table. End it whenever you like, from any thread: a call that comes later returns the
//! callback's fallback and is reported, and never reaches another table.
//!
//! The [guide] has a [tutorial](guide::tutorial), a page for each shape of callback, and a
//! [section](guide::guarantees) for each promise. In short:
//!
//! * [`Callback`]: a closure behind one C function pointer with user data;
//! * [`Held::new`], [`Held::exclusive`], [`Held::local`]: who may call, by what the value allows;
//! * [`Held::revoke`], [`Held::into_inner`], [`Held::release`], or a drop: how it ends;
//! * [`Held::hand_over`], [`Callback::once`], `last` on a callback: C ends it itself;
//! * [`Completion`], [`CClosure`]: a function of C's that the host is to call, once or often;
//! * [`scope`]: a table for a value that borrows, where C uses it only during one call;
//! * [`Tokens`]: the `void *` that the host returns to C and gets back;
//! * [`Incident`]s, the [`ledger()`] and [`Held::inspect`]: what happened, what is held, what C has.
//!
//! # Example
//!
//! ```
//! use std::ffi::{c_int, c_void};
//! use outlive::{Ended, Held, callbacks};
//!
//! #[repr(C)]
//! pub struct keeper_events {
//!     pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//! }
//!
//! struct Doubler;
//!
//! #[callbacks(keeper_events, state = arg)]
//! impl Doubler {
//!     #[callback(fallback = -1)]
//!     fn on_event(&self, value: c_int) -> c_int {
//!         value * 2
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let held = Held::new(Doubler)?;
//! let (table, arg) = (held.as_ptr(), held.user_data()); // what C keeps
//!
//! // What C does with them:
//! let on_event = unsafe { (*table).on_event }.unwrap();
//! assert_eq!(unsafe { on_event(21, arg) }, 42);
//!
//! assert_eq!(held.revoke(), Ended::Now);
//! assert_eq!(unsafe { on_event(21, arg) }, -1); // late, harmless, and reported
//! # Ok(())
//! # }
//! ```
//!
//! # Requirements
//!
//! Pointers of 64 bits, and C functions of the ABI `C` or `system`. On Linux the gate uses `membarrier(2)`, elsewhere
//! a fence in each call. A thread's first call into a table, in an object that was loaded with `dlopen`, may have the C
//! library allocate the object's thread-local block.

mod abi;
mod any_thread;
mod argument;
mod buffer;
mod c_closure;
mod c_memory;
mod callback;
mod callbacks;
mod completion;
mod counted;
mod destroy;
mod error;
mod functions;
mod group;
#[cfg(any(doc, doctest))]
pub mod guide;
mod held;
mod hold;
mod host_type;
mod into_inner;
mod lone;
mod out;
mod outside;
mod panics;
mod private;
mod remainder;
mod revocable;
mod scope;
mod seal;
mod threads;
mod tokens;
mod until_ended;

/// What the expansion of `#[callbacks]` calls, and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

pub use any_thread::AnyThread;
pub use argument::{
    Argument, BorrowedArgument, CheckedArgument, Refused, ReturnValue, TableArgument,
    TokenArgument, UserData,
};
pub use buffer::Buffer;
pub use c_closure::CClosure;
pub use c_memory::MallocTable;
pub use callback::{Callback, CallbackAt};
pub use callbacks::{Arg, ByUserData, Callbacks, ContextFree, Copyable, Locator, TableAddress};
pub use completion::Completion;
pub use counted::{Count, CountedArgument};
pub use destroy::HandOverError;
pub use error::{ClosedError, HoldError, HoldErrorKind, NotCalledError, WithError};
pub use functions::functions;
pub use group::{Group, JoinError};
pub use held::Held;
pub use into_inner::IntoInnerError;
pub use lone::{At, CallbackType, First, Last, LoneFunction, Once};
pub use out::Out;
pub use outlive_core::{
    Call, Ended, Inbox, InboxOpenError, Incident, IncidentKind, Inspection, Ledger, Member,
    MemberKind, MemberState, Place, SLOT_BYTES, TableEntry, TableState, deliver_incidents, ledger,
    missed_incidents, on_incident, take_incidents,
};
#[cfg(feature = "macros")]
pub use outlive_macros::callbacks;
pub use outside::{Outside, OutsideError, is_inside, outside};
pub use remainder::Remainder;
pub use revocable::{Revocable, revoke_all};
pub use scope::{Scoped, scope, scope_shared};
pub use threads::{Exclusive, Local, Shared, Threads};
pub use tokens::{Token, Tokens};
pub use until_ended::UntilEnded;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
