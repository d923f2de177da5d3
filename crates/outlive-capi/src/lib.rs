//! The C library of `outlive`, for hosts in C, Go and other languages that C calls into.
//!
//! `include/outlive.h` is made from these sources, and has what there is to say to who uses it. Everything here
//! translates between C's types and [`outlive_core`].

#![allow(non_camel_case_types)]

mod status;

mod description;

mod describe;

mod number;

mod call;

mod held;

mod report;

mod outgoing;

mod tokens;

mod event_loop;

mod c;

pub use call::*;
pub use describe::*;
pub use event_loop::*;
pub use held::*;
pub use outgoing::*;
pub use report::*;
pub use status::*;
pub use tokens::*;
