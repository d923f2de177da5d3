//! Tables in memory that C frees.

use core::fmt;
use core::marker::PhantomData;

use outlive_core::MallocBlock;

use crate::callbacks::{Callbacks, Copyable};
use crate::held::Held;
use crate::threads::Threads;

/// A copy of a table in memory from `malloc`, for a C library that will `free` it.
///
/// It is freed when this is dropped; [`into_raw`](MallocTable::into_raw) gives it to C. A library that
/// fails to take a table leaves it with the caller (libgit2's `git_odb_add_backend` does): then keep
/// this until the C call has succeeded.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// # unsafe fn take_events(table: *mut events) -> c_int { unsafe { libc::free(table.cast()) }; 0 }
/// let held = Held::new(Adder(1)).unwrap();
/// let copy = held.to_malloc().expect("memory");
/// if unsafe { take_events(copy.as_ptr()) } == 0 {
///     copy.into_raw(); // C has taken it, and frees it
/// } // else it is freed here
/// ```
#[must_use = "the copy is freed when this is dropped"]
pub struct MallocTable<S> {
    block: MallocBlock,
    table: PhantomData<*mut S>,
}

// SAFETY: it is memory that nobody reads or writes through this but its owner.
unsafe impl<S> Send for MallocTable<S> {}

impl<S> MallocTable<S> {
    /// The copy, for C to look at; it is still ours.
    pub fn as_ptr(&self) -> *mut S {
        self.block.as_ptr().cast().as_ptr()
    }

    /// The copy, for C to free. We never read it after this.
    pub fn into_raw(self) -> *mut S {
        self.block.into_raw().cast().as_ptr()
    }
}

impl<S> fmt::Debug for MallocTable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MallocTable").field(&self.as_ptr()).finish()
    }
}

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    /// A copy of the table in memory from `malloc`, for a C library that will `free` it; it is aligned as the struct
    /// asks for.
    ///
    /// We never read that memory after the hand-over. The registration itself lives on as it would with
    /// [`as_ptr`](Held::as_ptr). `None` where there is no memory; and on Windows where the struct is aligned to more than 16
    /// bytes, for `free` takes nothing there that `malloc` did not align.
    ///
    /// With `state = table` this does not compile: the copy has another address, and leads to no value.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// # unsafe fn take_events(table: *mut events) { unsafe { libc::free(table.cast()) } }
    /// let held = Held::new(Adder(1)).unwrap();
    /// let copy = held.to_malloc().expect("memory");
    /// unsafe { take_events(copy.into_raw()) }; // C frees it
    /// ```
    #[must_use = "C gets the copy by `MallocTable::into_raw`"]
    pub fn to_malloc(&self) -> Option<MallocTable<T::Table>>
    where
        T::Locator: Copyable,
    {
        self.owned().to_malloc().map(|block| MallocTable { block, table: PhantomData })
    }
}
