//! SQLite with its callbacks in Rust: file systems, virtual tables, functions, aggregates, collations and hooks.
//!
//! A [`Connection`] stays on the thread that opens it, and so do the closures that it has.

mod aggregate;
mod collation;
mod connection;
mod error;
mod function;
mod hooks;
mod module;
mod quiet;
mod statement;
mod table;
mod value;
mod vfs;
mod virtual_table;

pub use aggregate::Group;
pub use connection::Connection;
pub use error::Error;
pub use hooks::{Action, AskHook, Authorization, AuthorizeHook, Trace, TraceHook, UpdateHook};
pub use statement::{Rows, Statement};
pub use table::{Row, Table};
pub use value::Value;
pub use vfs::{Access, Fault, File, FileSystem, Lock, MemoryDisk, RegisteredVfs};
