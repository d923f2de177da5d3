//! Counts what is allocated and not given back.

use core::cell::Cell;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

/// The system's allocator, with a book.
pub struct Counting;

static BYTES: AtomicI64 = AtomicI64::new(0);
static BLOCKS: AtomicI64 = AtomicI64::new(0);

thread_local! {
    static UNCOUNTED: Cell<bool> = const { Cell::new(false) };
}

/// What is allocated and not given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    pub bytes: i64,
    pub blocks: i64,
}

/// Reads the book. It is exact where no other thread runs.
pub fn live() -> Live {
    Live { bytes: BYTES.load(Ordering::SeqCst), blocks: BLOCKS.load(Ordering::SeqCst) }
}

/// Runs `f`, whose allocations on this thread are not the load's.
pub fn uncounted<R>(f: impl FnOnce() -> R) -> R {
    let before = UNCOUNTED.replace(true);
    let result = f();
    UNCOUNTED.set(before);
    result
}

fn book(layout: Layout, sign: i64) {
    if UNCOUNTED.try_with(Cell::get).unwrap_or(false) {
        return;
    }
    BYTES.fetch_add(sign * layout.size() as i64, Ordering::Relaxed);
    BLOCKS.fetch_add(sign, Ordering::Relaxed);
}

// SAFETY: everything is the system allocator's; the book allocates nothing. `realloc` and
// `alloc_zeroed` are the provided ones.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        book(layout, 1);
        // SAFETY: the caller's promise is the system allocator's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        book(layout, -1);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        book(layout, 1);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }
}
