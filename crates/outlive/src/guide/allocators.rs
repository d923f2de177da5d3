//! Where nothing may allocate: allocators, log hooks, signal handlers.
//!
//! Functions by which C allocates (`sqlite3_mem_methods`, `lzma_allocator`, those of jansson and of libxml2) are called on
//! any thread, at any time, perhaps inside of an allocation of the program's own. So are hooks for logging, and whatever runs
//! in a signal handler. What this crate does on the way to a method keeps to that:
//!
//! | | |
//! | --- | --- |
//! | a served call, the first one of a thread too | allocates nothing, and takes no lock |
//! | one that is refused | the same: the incident goes to a place of fixed size, and its line, if it is the first, to stderr by a bare system call. A hook of [`on_incident`](crate::on_incident()) runs instead of that, and is your code |
//! | one whose method panics | C gets its fallback, but a panic itself allocates, and prints by the locks of the standard library: use nothing in such a method that panics |
//!
//! C keeps memory of the table for a long time, so say `keep = release` and `takes_back` on what frees it, or free it in the fallback. A
//! refused allocation returns NULL, which C takes for "no memory". An exclusive value refuses calls of
//! other threads meanwhile: use a [`Shared`](crate::Shared) one. Most programs keep such a table for good ([`leak`](crate::Held::leak)).
//!
//! ```
//! # use std::ffi::c_void;
//! use outlive::{Held, callbacks};
//!
//! #[repr(C)]
//! #[derive(Clone, Copy)]
//! pub struct mem_methods {
//!     pub malloc: Option<unsafe extern "C" fn(size: usize) -> *mut c_void>,
//!     pub free: Option<unsafe extern "C" fn(memory: *mut c_void)>,
//! }
//!
//! struct Heap;
//!
//! #[callbacks(mem_methods, state = none, instances = 1, keep = release)]
//! impl Heap {
//!     fn malloc(&self, size: usize) -> *mut c_void {
//!         unsafe { libc::malloc(size) }
//!     }
//!     #[callback(takes_back, fallback = unsafe { libc::free(memory) })]
//!     fn free(&self, memory: *mut c_void) {
//!         unsafe { libc::free(memory) }
//!     }
//! }
//!
//! let held = Held::new(Heap).unwrap();
//! let methods = held.table();
//! let memory = unsafe { methods.malloc.unwrap()(8) };
//! let _ = held.revoke();
//! assert!(unsafe { methods.malloc.unwrap()(8) }.is_null()); // late
//! unsafe { methods.free.unwrap()(memory) }; // and the host still frees
//! ```
