//! Reads a struct of callbacks from a C header, and writes its Rust or Go side.
//!
//! [`read`](read::read) has libclang read the header and makes the [`model`] of the table. [`Options`](options::Options)
//! say what the header cannot, and [`assign`](roles::assign) makes [`Roles`](roles::Roles) of both, from which
//! the backends write code.

mod builder;
pub mod calls;
pub mod comment;
pub mod error;
pub mod go;
pub mod header;
mod init;
pub mod listing;
pub mod model;
pub mod naming;
pub mod options;
pub mod proposal;
pub mod quoted;
pub mod read;
pub mod roles;
pub mod rust;
pub mod unit;
pub mod unsaid;
mod words;

pub use builder::Builder;
pub use init::Source;
