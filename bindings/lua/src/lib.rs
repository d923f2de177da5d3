//! Lua 5.4 with its callbacks in Rust: an allocator with a limit, readers, writers, functions, and objects that Lua's collector
//! ends.
//!
//! # Where a `longjmp` may pass
//!
//! Lua raises its errors by `longjmp`. One that passes a frame of Rust's is undefined behaviour, or at best leaks what
//! the frame owns, and one that passes a callback of `outlive`'s leaves a call behind that never ends. In this crate none
//! does, by two rules:
//!
//! * A Rust function that fails returns. `c/shim.c` has called it, and raises the error when no frame of Rust's is left.
//! * Rust calls functions of Lua's only where the manual says that they raise nothing. Whatever may raise, if only for want of
//!   memory, is done in `c/shim.c`, below a `lua_pcall` of its own: the `longjmp` ends there, and Rust gets a status.
//!
//! So a `longjmp` passes frames of Lua's and of the shim's, and nothing else. A panic goes no way at all: it ends in the
//! callback, which is an error in Lua.

mod chunk;
mod error;
mod function;
mod memory;
mod object;
mod reference;
mod state;
mod sys;
mod value;

pub use error::Error;
pub use memory::Usage;
pub use object::Object;
pub use reference::Reference;
pub use state::Lua;
pub use value::Value;
