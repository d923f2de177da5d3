//! Under construction.

mod tokens;

pub use tokens::{Token, Tokens};
