//! SQLite with its callbacks in Rust: file systems, virtual tables, functions, aggregates, collations and hooks.
//!
//! A [`Connection`] stays on the thread that opens it, and so do the closures that it has.

mod connection;
mod error;
mod statement;
mod value;

pub use connection::Connection;
pub use error::Error;
pub use statement::{Rows, Statement};
pub use value::Value;
