//! Reads Rust: which functions give what to C, and by which bounds.

pub mod body;
pub mod bounds;
pub mod model;
pub mod read;
pub mod span;
