//! libgit2 with the databases of a repository in Rust.
//!
//! An [`ObjectStore`] keeps the objects and a [`RefStore`] the references; [`MemoryObjects`] and [`MemoryRefs`] keep them in
//! memory. A [`Repository`] has one of each; libgit2 wants a directory, too, for lock files and its configuration, which is a temporary
//! one without objects and references. [`Repository::fetch`] clones a repository into them, and tells a
//! [`Progress`] how that goes.
//!
//! ```no_run
//! use std::sync::Arc;
//! use outlive_libgit2::{MemoryObjects, MemoryRefs, Repository};
//!
//! let repository = Repository::new(Arc::new(MemoryObjects::default()), Arc::new(MemoryRefs::default()))?;
//! repository.fetch("file:///srv/project.git", &())?;
//! println!("{}", String::from_utf8_lossy(&repository.blob("HEAD:README.md")?));
//! # Ok::<(), outlive_libgit2::Error>(())
//! ```
//!
//! # Who owns what, and which thread calls
//!
//! The tables that libgit2 calls (`git_odb_backend`, `git_refdb_backend`, `git_odb_writepack`, `git_reference_iterator`) are
//! libgit2's from the moment that it has taken them, until it calls their `free`, which is the last call. It finds the value
//! of each by the table's own address. It calls on the thread that uses the repository, and holds the lock of the object
//! database meanwhile, so that a store must not use the repository that it belongs to. The progress may also come from threads
//! that libgit2 makes to compress a pack.
//!
//! # Mishaps
//!
//! A panic in a store is that call's error: libgit2 gets -1 with a message that says so, undoes what it was doing, and goes on.
//! A panic in a progress ends the fetch, and goes on in the caller of [`Repository::fetch`] when libgit2 has cleaned up.
//! A [`Stopper`] takes the stores away from libgit2 at any moment, from inside of a callback too: what it still asks fails
//! with an error, and the stores are dropped when the last call has left.
//!
//! # Why the calls into libgit2 are sound
//!
//! The comments at unsafe blocks name these:
//!
//! * OWNED: the pointer came from libgit2, is not NULL, and is freed by nobody but the [`handle`] that has it.
//! * LENT: the pointer leads to a value of the caller's frame, which outlives the call; a string ends in NUL.
//! * TOLD: libgit2 passed the pointer to a callback that is still running, and its header says what is there.

mod error;
mod fetch;
mod give;
mod handle;
mod memory;
mod object;
mod objects;
mod pack;
mod ref_iterator;
mod refs;
mod repository;
mod store;
mod write_pack;

pub use error::Error;
pub use fetch::Progress;
pub use memory::{LogEntry, MemoryObjects, MemoryRefs};
pub use object::{Object, ObjectKind, Oid};
pub use repository::{Repository, Stopper};
pub use store::{ObjectStore, RefStore, RefUpdate, Target};
