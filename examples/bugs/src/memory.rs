//! Memory in which a use after the free shows each time: what is freed is overwritten, and is what the next value gets.
//!
//! An allocator may do both, and does sooner or later; the naive bindings do not depend on when.

use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

/// What freed memory is full of. As an address it is aligned, and nobody's: to follow it is a SIGSEGV.
const FREED: u8 = 0xd8;
const SIZE: usize = 128;

#[repr(C, align(16))]
struct Block([MaybeUninit<u8>; SIZE]);

struct Free(NonNull<Block>);

// SAFETY: a free block is nobody's.
unsafe impl Send for Free {}

/// The blocks that are free, the last one to be used first. They are never given back, so that all that the naive bindings
/// read and write is there.
static FREE: Mutex<Vec<Free>> = Mutex::new(Vec::new());

/// As `std::boxed::Box`, in such memory.
pub(crate) struct Box<T>(NonNull<T>);

impl<T> Box<T> {
    const FITS: () = assert!(size_of::<T>() <= SIZE && align_of::<T>() <= align_of::<Block>());

    pub(crate) fn new(value: T) -> Self {
        let () = Self::FITS;
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let fresh = || {
            NonNull::from(std::boxed::Box::leak(std::boxed::Box::new(Block(
                [MaybeUninit::uninit(); SIZE],
            ))))
        };
        let place = free.map_or_else(fresh, |free| free.0).cast::<T>();
        // SAFETY: the block is nobody else's, and fits.
        unsafe { place.write(value) };
        Box(place)
    }

    pub(crate) fn into_raw(this: Self) -> *mut T {
        let place = this.0.as_ptr();
        core::mem::forget(this);
        place
    }

    /// # Safety
    ///
    /// The pointer is from `into_raw`, and nobody has taken it back.
    pub(crate) unsafe fn from_raw(place: *mut T) -> Self {
        // SAFETY: `into_raw` returns no NULL.
        Box(unsafe { NonNull::new_unchecked(place) })
    }
}

impl<T> Drop for Box<T> {
    fn drop(&mut self) {
        // SAFETY: the value is in the block, and is dropped once.
        unsafe { self.0.drop_in_place() };
        let block = self.0.cast::<Block>();
        // SAFETY: the block is this box's.
        unsafe { block.cast::<u8>().write_bytes(FREED, SIZE) };
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(Free(block));
    }
}

#[cfg(test)]
mod tests {
    use super::{Box, FREED};

    #[test]
    fn what_is_freed_is_overwritten_and_is_what_the_next_value_gets() {
        let first = Box::into_raw(Box::new([1_u8; 16]));
        // SAFETY: it is from `into_raw`.
        drop(unsafe { Box::from_raw(first) });
        // SAFETY: blocks are never given back.
        assert_eq!(unsafe { first.read() }, [FREED; 16]);
        let second = Box::into_raw(Box::new([2_u8; 16]));
        assert_eq!(first, second);
        // SAFETY: it is from `into_raw`.
        drop(unsafe { Box::from_raw(second) });
    }
}
