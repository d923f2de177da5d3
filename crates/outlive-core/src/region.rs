//! Arrays that grow without moving, for what is looked up by number on each call.
//!
//! The address space for all elements is reserved at once, and made memory as it is needed, so that an
//! element is found by one multiplication. Where so much cannot be reserved (`ulimit -v`), the elements
//! come in chunks, and only the first chunk is found that way.
//!
//! STAYS: an element that was made is never unmapped or moved. Memory that was never written is zero,
//! which is a valid element ([`Zeroed`]).

use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use crate::platform::{Pages, System};
use crate::primitive::{AtomicPtr, AtomicU32, Ordering};

/// A type of which all-zero bytes are a value.
///
/// # Safety
///
/// They are, and the value may be shared between threads.
pub(crate) unsafe trait Zeroed: Sync {}

/// How many chunks a region may have where nothing could be reserved.
const CHUNKS: usize = 1 << 10;

/// No system that the library is for has larger pages.
const LARGEST_PAGE: usize = 1 << 16;

/// At most `LIMIT` elements, made `CHUNK` at a time; both are powers of two.
pub(crate) struct Region<T, const LIMIT: u32, const CHUNK: u32> {
    /// The first element, or NULL before there is one.
    base: AtomicPtr<T>,
    /// How many elements stand at `base` and can be used.
    ready: AtomicU32,
    /// The chunks after the first, where they do not follow it.
    chunks: [AtomicPtr<T>; CHUNKS],
    /// Where the address space of all elements is reserved; [`CHUNKED`] where it could not be, NULL before
    /// that was tried.
    reserved: AtomicPtr<T>,
    elements: PhantomData<T>,
}

impl<T: Zeroed, const LIMIT: u32, const CHUNK: u32> Region<T, LIMIT, CHUNK> {
    const CHUNK_BYTES: usize = {
        assert!(LIMIT.is_power_of_two() && CHUNK.is_power_of_two() && CHUNK <= LIMIT);
        assert!((LIMIT / CHUNK) as usize <= CHUNKS);
        let bytes = CHUNK as usize * size_of::<T>();
        // What is made memory has to begin where a page does.
        assert!(bytes % LARGEST_PAGE == 0);
        bytes
    };
    /// No address of an element.
    const CHUNKED: *mut T = ptr::without_provenance_mut(align_of::<T>());

    pub(crate) const fn new() -> Self {
        Region {
            base: AtomicPtr::new(ptr::null_mut()),
            ready: AtomicU32::new(0),
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
            reserved: AtomicPtr::new(ptr::null_mut()),
            elements: PhantomData,
        }
    }

    /// The element of this number if it was made, and stands where all do, or the first ones.
    #[inline(always)]
    pub(crate) fn get_lightly(&self, index: u32) -> Option<&T> {
        // Acquire pairs with the Release of `commit`.
        if index >= self.ready.load(Ordering::Acquire) {
            return None;
        }
        let base = self.base.load(Ordering::Relaxed);
        // SAFETY: STAYS: so many elements stand at `base`.
        let element = unsafe { base.add(index as usize) };
        // SAFETY: as above.
        let element = unsafe { NonNull::new_unchecked(element) };
        // SAFETY: STAYS.
        Some(unsafe { element.as_ref() })
    }

    /// The element of this number, if it was made.
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.get_lightly(index).or_else(|| {
            let chunk = self.chunks.get((index / CHUNK) as usize)?;
            // Acquire pairs with the Release of `add_chunk`.
            let chunk = NonNull::new(chunk.load(Ordering::Acquire))?;
            // SAFETY: STAYS: a chunk has CHUNK elements.
            let element = unsafe { chunk.add((index % CHUNK) as usize) };
            // SAFETY: STAYS.
            Some(unsafe { element.as_ref() })
        })
    }

    /// Sees to it that the element of this number is made; `false` where there is no memory for it, or no
    /// such number. Any thread may call this at any time: it asks the system for memory, not the C library.
    pub(crate) fn make(&self, index: u32) -> bool {
        if index >= LIMIT {
            return false;
        }
        if self.get(index).is_some() {
            return true;
        }
        match NonNull::new(self.reserve()) {
            Some(start) => self.commit(start, index),
            None => self.add_chunk(index / CHUNK),
        }
    }

    /// Reserves the address space of all elements, unless that was tried before; NULL where there is not so
    /// much. Of two threads that do, one's is kept.
    fn reserve(&self) -> *mut T {
        let seen = self.reserved.load(Ordering::Acquire);
        if !seen.is_null() {
            return Self::unless_chunked(seen);
        }
        let all = LIMIT as usize * size_of::<T>();
        let start = System::reserve(all, Self::CHUNK_BYTES.next_power_of_two());
        let new = start.map_or(Self::CHUNKED, |start| start.as_ptr().cast());
        let none = ptr::null_mut();
        let chosen = self.reserved.compare_exchange(none, new, Ordering::AcqRel, Ordering::Acquire);
        if let (Err(_), Some(start)) = (chosen, start) {
            // SAFETY: it was reserved above, and nobody else has it.
            unsafe { System::unreserve(start, all) };
        }
        Self::unless_chunked(chosen.map_or_else(|others| others, |_| new))
    }

    fn unless_chunked(reserved: *mut T) -> *mut T {
        if reserved == Self::CHUNKED { ptr::null_mut() } else { reserved }
    }

    /// Makes the reserved elements up to the end of the chunk of this one usable.
    fn commit(&self, start: NonNull<T>, index: u32) -> bool {
        let ready = self.ready.load(Ordering::Acquire);
        let end = (index / CHUNK + 1) * CHUNK;
        // Another thread was faster. Not every system commits no bytes.
        if ready >= end {
            return true;
        }
        let first = ready as usize * size_of::<T>();
        let length = (end - ready) as usize * size_of::<T>();
        // SAFETY: all elements are reserved there.
        let new = unsafe { start.byte_add(first) }.cast();
        // SAFETY: as above. What another thread has made usable meanwhile stays as it is.
        if !unsafe { System::commit(new, length, ready != 0) } {
            return false;
        }
        self.base.store(start.as_ptr(), Ordering::Relaxed);
        self.note_ready(end);
        true
    }

    /// Notes that so many elements can be used. (ThreadSanitizer does not see `fetch_max`.)
    fn note_ready(&self, end: u32) {
        let higher = |ready| (ready < end).then_some(end);
        // Release pairs with the Acquire of `get_lightly`.
        let _ = self.ready.fetch_update(Ordering::Release, Ordering::Relaxed, higher);
    }

    fn add_chunk(&self, number: u32) -> bool {
        let Some(start) = System::map(Self::CHUNK_BYTES, align_of::<T>()) else { return false };
        let place = if number == 0 { &self.base } else { &self.chunks[number as usize] };
        let (none, new) = (ptr::null_mut(), start.as_ptr().cast());
        // Release pairs with the Acquire of `get`.
        if place.compare_exchange(none, new, Ordering::Release, Ordering::Relaxed).is_err() {
            // SAFETY: it was mapped above, and another thread's chunk is used in its place.
            unsafe { System::unreserve(start, Self::CHUNK_BYTES) };
        }
        if number == 0 {
            self.note_ready(CHUNK);
        }
        true
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    // SAFETY: they are integers.
    unsafe impl Zeroed for AtomicU32 {}

    #[test]
    fn elements_are_made_as_they_are_asked_for() {
        static REGION: Region<AtomicU32, { 1 << 18 }, { 1 << 14 }> = Region::new();
        assert!(REGION.get(0).is_none());
        assert!(REGION.make(5));
        REGION.get(5).unwrap().store(7, Ordering::Relaxed);
        assert!(REGION.get(1 << 14).is_none());
        assert!(REGION.make((1 << 18) - 1) && !REGION.make(1 << 18));
        assert_eq!(REGION.get_lightly(5).unwrap().load(Ordering::Relaxed), 7);
        assert!(REGION.get_lightly((1 << 18) - 1).is_some());
    }

    #[test]
    fn what_another_thread_has_made_is_there() {
        static REGION: Region<AtomicU32, { 1 << 18 }, { 1 << 14 }> = Region::new();
        assert!(REGION.make(1 << 15));
        let start = NonNull::new(REGION.reserve()).unwrap();
        for index in [0, 1 << 14, 1 << 15] {
            assert!(REGION.commit(start, index) && REGION.get_lightly(index).is_some());
        }
        assert!(REGION.get_lightly(3 << 14).is_none());
    }

    #[test]
    fn without_address_space_the_elements_come_in_chunks() {
        static REGION: Region<AtomicU32, { 1 << 18 }, { 1 << 14 }> = Region::new();
        REGION.reserved.store(ptr::without_provenance_mut(4), Ordering::Release);
        assert!(REGION.make(1 << 15) && REGION.make(3));
        assert!(REGION.get_lightly(3).is_some() && REGION.get_lightly(1 << 15).is_none());
        REGION.get(1 << 15).unwrap().store(9, Ordering::Relaxed);
        assert_eq!(REGION.get(1 << 15).unwrap().load(Ordering::Relaxed), 9);
        assert!(REGION.get(1 << 14).is_none(), "the chunk between them");
    }
}
