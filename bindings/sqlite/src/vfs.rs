//! File systems in Rust.

mod file;
mod file_system;
mod locks;
mod memory;
mod registration;

pub use file_system::{Access, File, FileSystem, Lock};
pub use memory::{Fault, MemoryDisk};
pub use registration::RegisteredVfs;
