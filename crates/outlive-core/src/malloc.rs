//! Memory that C will free.

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::platform::{CLibrary, System};

/// A block from `malloc`. It is freed when this is dropped.
///
/// INVARIANT: the pointer came from `Platform::malloc`, and nobody else frees it.
#[derive(Debug)]
pub struct MallocBlock(NonNull<u8>);

impl MallocBlock {
    /// A copy of the bytes at `from`; `None` where there is no memory.
    ///
    /// # Safety
    ///
    /// They are valid for reads of the layout's size.
    pub(crate) unsafe fn copy_of(from: NonNull<()>, layout: Layout) -> Option<Self> {
        let block = MallocBlock(System::malloc(layout)?);
        // SAFETY: the caller's promise, and the new block is as large.
        unsafe { block.0.copy_from_nonoverlapping(from.cast(), layout.size()) };
        Some(block)
    }

    /// The block, which is still ours.
    pub fn as_ptr(&self) -> NonNull<()> {
        self.0.cast()
    }

    /// The block, for C to free.
    pub fn into_raw(self) -> NonNull<()> {
        let block = self.0.cast();
        core::mem::forget(self);
        block
    }
}

impl Drop for MallocBlock {
    fn drop(&mut self) {
        // SAFETY: the INVARIANT.
        unsafe { System::free(self.0) };
    }
}
