//! Tables in memory that C frees.

use core::fmt;
use core::ptr::NonNull;

use crate::held::Held;
use crate::raw::Callbacks;
use crate::threads::Threads;

/// A copy of a table in memory from `malloc`, for a C library that will `free` it.
///
/// It is freed when this is dropped; [`into_raw`](MallocTable::into_raw) gives it to C. A library that
/// fails to take a table leaves it with the caller (libgit2's `git_odb_add_backend` does): then keep
/// this until the C call has succeeded.
///
/// INVARIANT: the pointer came from `malloc`, and nobody else frees it.
pub struct MallocTable<S>(NonNull<S>);

// SAFETY: it is memory that nobody reads or writes through this but its owner.
unsafe impl<S> Send for MallocTable<S> {}

impl<S> MallocTable<S> {
    /// The copy, for C to look at; it is still ours.
    pub fn as_ptr(&self) -> *mut S {
        self.0.as_ptr()
    }

    /// The copy, for C to free. We never read it after this.
    pub fn into_raw(self) -> *mut S {
        let raw = self.0.as_ptr();
        core::mem::forget(self);
        raw
    }
}

impl<S> Drop for MallocTable<S> {
    fn drop(&mut self) {
        // SAFETY: the INVARIANT.
        unsafe { libc::free(self.0.as_ptr().cast()) };
    }
}

impl<S> fmt::Debug for MallocTable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MallocTable").field(&self.0).finish()
    }
}

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    /// A copy of the table in memory from `malloc`, for a C library that will `free` it.
    ///
    /// We never read that memory after the hand-over. The registration itself lives on as it would with
    /// [`as_ptr`](Held::as_ptr). `None` where `malloc` has no memory.
    pub fn to_malloc(&self) -> Option<MallocTable<T::Table>> {
        // SAFETY: malloc has no preconditions.
        let memory = unsafe { libc::malloc(size_of::<T::Table>().max(1)) };
        let copy = MallocTable(NonNull::new(memory)?.cast());
        // SAFETY: G1: the table is valid while the handle lives; the new block is large enough, and
        // malloc aligns for any C struct.
        unsafe { self.as_ptr().copy_to_nonoverlapping(copy.as_ptr(), 1) };
        Some(copy)
    }
}
