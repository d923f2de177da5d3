//! The trampolines, and how the expansion of `#[callbacks]` puts them into a table.
//!
//! The expansion holds no trampoline. For each callback it has three closures without captures: the
//! one that finds the user data, the body that converts the arguments and calls the method, and
//! the fallback. A closure without captures is a type without a value, so a trampoline that is
//! generic over the three types needs nothing else, and the C types of its arguments come from the
//! struct's member by inference ([`Takes`]).
//!
//! CONJURED: a closure type whose size is zero, which is `Copy` and of which a value was passed to
//! `bind_N`, may be used in a trampoline as if that value had been kept.

//!
//! A context-free table has code for each of its instances. That code is short: it adds the instance's
//! user data to the arguments and goes on to a trampoline that all instances share.
//!
//! SAME-MEMBER: `Callbacks::SHARED[INDEX]` is the shared trampoline that `bind_N` noted for the
//! callback `INDEX` of the instance 0, so that its arguments are those of the same member of the C
//! struct, with the user data after them.

mod arity;
mod builder;
mod errno;
mod raw_argument;

pub use arity::Takes;
pub use builder::{Field, Instanced, NO_TABLE, Slot, TableBuilder, user_data_offset, valid};
pub use errno::with_errno;
pub use raw_argument::{Raw, Returns, UserData, refused};
