//! The memory of a session, with a limit.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libnghttp2_sys as sys;
use outlive::callbacks;

/// Memory for a session: no more than so many bytes at a time. Beyond that nghttp2 fails with `NGHTTP2_ERR_NOMEM`.
///
/// ```
/// use outlive_nghttp2::{Builder, Error, Memory};
///
/// let memory = Memory::limited(64 * 1024);
/// let session = Builder::new(()).memory(memory.clone()).client()?;
/// assert!(memory.used() > 0);
/// drop(session);
/// assert_eq!(memory.used(), 0);
///
/// let memory = Memory::limited(100);
/// assert!(Builder::new(()).memory(memory).client().is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Memory(Arc<Account>);

#[derive(Debug)]
struct Account {
    limit: usize,
    used: AtomicUsize,
}

/// Before each block stands its size.
const HEAD: usize = 16;

impl Memory {
    /// So many bytes, for all sessions that have a clone of this.
    pub fn limited(bytes: usize) -> Memory {
        Memory(Arc::new(Account { limit: bytes, used: AtomicUsize::new(0) }))
    }

    /// How many bytes are in use.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> bool {
        let enough = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.0.limit);
        self.0.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn new_block(&self, size: usize, alloc: unsafe fn(Layout) -> *mut u8) -> *mut c_void {
        let Some(layout) = layout(size) else { return ptr::null_mut() };
        if !self.take(layout.size()) {
            return ptr::null_mut();
        }
        // SAFETY: the layout has at least the head.
        let block = unsafe { alloc(layout) };
        if block.is_null() {
            self.give(layout.size());
            return ptr::null_mut();
        }
        with_size(block, layout.size())
    }
}

/// The layout of a block with so many bytes for C.
fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEAD)?, HEAD).ok()
}

/// Writes a block's size into its head, and returns what C gets.
fn with_size(block: *mut u8, size: usize) -> *mut c_void {
    // SAFETY: the block has a head, which is aligned for it.
    unsafe { block.cast::<usize>().write(size) };
    // SAFETY: the block is at least as long as its head.
    unsafe { block.add(HEAD) }.cast()
}

/// The whole block behind what C has, and its layout.
///
/// # Safety
///
/// BLOCK: the pointer comes from `with_size`, and the block has not been freed.
unsafe fn whole(block: *mut c_void) -> (*mut u8, Layout) {
    // SAFETY: BLOCK.
    let block = unsafe { block.cast::<u8>().sub(HEAD) };
    // SAFETY: BLOCK: its head has the size.
    let size = unsafe { block.cast::<usize>().read() };
    // SAFETY: it is the size of a layout that there was.
    (block, unsafe { Layout::from_size_align_unchecked(size, HEAD) })
}

// C calls these on the thread that is in one of the session's functions, and in `nghttp2_session_del`, before which they
// are not released. It owns the blocks, and passes only those that it got here. They neither panic nor call C.
#[callbacks(sys::nghttp2_mem, state = arg, user_data_member = mem_user_data)]
impl Memory {
    fn malloc(&self, size: usize) -> *mut c_void {
        self.new_block(size, alloc)
    }

    fn calloc(&self, count: usize, size: usize) -> *mut c_void {
        match count.checked_mul(size) {
            Some(size) => self.new_block(size, alloc_zeroed),
            None => ptr::null_mut(),
        }
    }

    fn realloc(&self, block: *mut c_void, size: usize) -> *mut c_void {
        if block.is_null() {
            return self.new_block(size, alloc);
        }
        let Some(new) = layout(size) else { return ptr::null_mut() };
        // SAFETY: BLOCK, by nghttp2.h.
        let (old, layout) = unsafe { whole(block) };
        if !self.take(new.size()) {
            return ptr::null_mut();
        }
        // SAFETY: it is the block's own layout, and the new size is one of a layout.
        let block = unsafe { realloc(old, layout, new.size()) };
        self.give(if block.is_null() { new.size() } else { layout.size() });
        if block.is_null() { ptr::null_mut() } else { with_size(block, new.size()) }
    }

    fn free(&self, block: *mut c_void) {
        if block.is_null() {
            return;
        }
        // SAFETY: BLOCK, by nghttp2.h.
        let (block, layout) = unsafe { whole(block) };
        // SAFETY: it is the block's own layout.
        unsafe { dealloc(block, layout) };
        self.give(layout.size());
    }
}
