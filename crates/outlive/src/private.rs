//! What the expansion of `#[callbacks]` calls, and nobody else: each item is unsafe, sealed, or can only be had
//! from one that is.
//!
//! The expansion holds no trampoline. For each callback it has three closures without captures: the
//! locator, which finds the user data; the body, which converts the arguments and calls the method; and
//! the fallback. A closure without captures is a type without a value, so a trampoline that is
//! generic over the three types needs nothing else, and the C types of its arguments come from the
//! struct's member by inference ([`Takes`]).
//!
//! CONJURED: a zero-sized `Copy` closure may be recreated from its type once a value of it has been passed to
//! the builder.
//!
//! A context-free table has code for each of its instances. That code is short: it adds the instance's
//! user data to the arguments and goes on to a trampoline that all instances share.

mod argument;
mod arity;
mod builder;
mod description;
mod errno;
mod posted;
mod serve;
mod template;
mod tuple;

pub use argument::{Offset, Raw, Returns, found, length, refused, table_address, user_data};
pub use arity::{AsMany, Callable, InstanceShell, Passes, Takes, Trampoline, WithUserData};
pub use builder::{Field, TableBuilder, instance_function};
pub use description::{Description, InstanceFunction, Options};
pub use errno::with_errno;
pub use outlive_core::{Instance, MemberInfo, PanicPolicy, Unserved};
pub use posted::is_a_number;
pub use serve::{abort_unserved, destroy_notify, located};
pub use template::Template;
pub use tuple::Arguments;

use outlive_core::{Kind, Place};

use crate::callbacks::Callbacks;
use crate::error::HoldErrorKind;

/// Holds a Rust value on the calling thread, to be owned by number: for the C library.
///
/// # Errors
///
/// As for `Held::local`.
///
/// # Safety
///
/// The number is an owner: whoever has it may end the value.
pub unsafe fn hold_local_by_number<T: Callbacks + 'static>(
    value: T,
    created: Place,
) -> Result<usize, HoldErrorKind> {
    let owned = crate::hold::hold_value(value, Kind::Local, true, created);
    owned.map(outlive_core::Owned::into_number).map_err(|error| error.into_kind())
}
