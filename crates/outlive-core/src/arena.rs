//! Memory for tables that are a registration's own: with the user data in a member, written by C, or found by their
//! own address.
//!
//! An arena serves one table type and one kind of host value. Its chunks are whole pages that are never
//! unmapped, so that a read by C through a stale pointer finds a table of the same type. A chunk is filled
//! at once: each of its positions gets the table with the handle of a registration to come. Then its pages are
//! sealed, and positions are given out one by one, without any change. A chunk is opened and filled again only
//! when all its positions have been given back, the chunk that was so first before the others: so a position
//! is the last of all to be used again, and what is sealed stays sealed while anybody has it.
//!
//! FILLED: a position that is given out holds what was written there when its chunk was filled last (and what C
//! wrote since, where the arena is not sealed). It is given out once after each filling, by the count `left`: the one
//! number that says what there is, so that one who was delayed takes nothing that was not filled this time.
//!
//! A thread that ends with the lock takes a chunk along, or some, with the handles that stand there: nobody finds them
//! again. What `older` leads to are idle chunks at any moment, for a chunk's link does (WHOLE, `lock.rs`).

use core::alloc::Layout;
use core::ptr::{self, NonNull};

use crate::chunks::{ALL_CHUNKS, Spacing};
use crate::limits::{CHUNK_BYTES, MOST_BYTES, MOST_POSITIONS, POSITIONS};
use crate::list::List;
use crate::lock::Locked;
use crate::platform::{Pages, System};
use crate::primitive::{AtomicPtr, AtomicU32, AtomicU64, Ordering, const_fn};

/// The tables of one type and kind.
#[derive(Debug)]
pub(crate) struct Arena {
    spacing: Spacing,
    align: usize,
    sealed: bool,
    /// Whether its tables are found by their address: its chunks are then among [`ALL_CHUNKS`].
    by_address: bool,
    /// The chunk from which positions are given out, or NULL.
    current: AtomicPtr<Chunk>,
    /// Chunks whose positions have all been given back, newest first.
    idle: AtomicPtr<Chunk>,
    /// Those that were so before, oldest first; used under the lock.
    older: AtomicPtr<Chunk>,
    /// Who fills a chunk (`lock.rs`), or 0.
    lock: AtomicU64,
    /// All of them, for good.
    chunks: List<Chunk>,
}

/// Some whole pages of positions.
#[derive(Debug)]
struct Chunk {
    start: NonNull<u8>,
    length: usize,
    /// How many positions were filled.
    filled: AtomicU32,
    /// How many of these were not given out yet: those of the lowest addresses.
    left: AtomicU32,
    /// How many were given back since the chunk was filled.
    back: AtomicU32,
    /// The next chunk on the list that this one is on.
    link: AtomicPtr<Chunk>,
}

// SAFETY: the memory at `start` is written only while the chunk is filled, which one thread does.
unsafe impl Send for Chunk {}
// SAFETY: as above; all else is atomic.
unsafe impl Sync for Chunk {}

/// A position that was given out. It is given back once, or never.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    table: NonNull<u8>,
    chunk: &'static Chunk,
}

impl Position {
    /// Where the table stands.
    pub(crate) fn table(&self) -> NonNull<u8> {
        self.table
    }
}

impl Arena {
    const_fn! {
        pub(crate) fn new(layout: Layout, sealed: bool, by_address: bool) -> Self {
            let spacing =
                if by_address { Spacing::by_address(layout) } else { Spacing::close(layout) };
            Arena {
                spacing,
                align: layout.align(),
                sealed,
                by_address,
                current: AtomicPtr::new(ptr::null_mut()),
                idle: AtomicPtr::new(ptr::null_mut()),
                older: AtomicPtr::new(ptr::null_mut()),
                lock: AtomicU64::new(0),
                chunks: List::new(),
            }
        }
    }

    /// The bytes that one table takes.
    pub(crate) fn stride(&self) -> usize {
        self.spacing.stride
    }

    /// A position, with what `fill` wrote there: a table with the handle of the next registration. `fill` says
    /// `false` where there is no handle any more. `None` where there is none, or no memory.
    pub(crate) fn take(&self, fill: impl Fn(NonNull<u8>) -> bool) -> Option<Position> {
        if let Some(position) = self.take_of_current() {
            return Some(position);
        }
        let _locked = Locked::wait(&self.lock);
        if let Some(position) = self.take_of_current() {
            return Some(position);
        }
        let chunk = self.oldest_idle().or_else(|| self.new_chunk())?;
        if !self.fill(chunk, fill) {
            self.push_idle(chunk);
            return None;
        }
        // Release pairs with the Acquire of `take_of_current`: FILLED.
        self.current.store(ptr::from_ref(chunk).cast_mut(), Ordering::Release);
        self.take_of_current()
    }

    fn take_of_current(&self) -> Option<Position> {
        // SAFETY: it is NULL or a chunk, which is never freed.
        let chunk = unsafe { self.current.load(Ordering::Acquire).as_ref() }?;
        let fewer = |left: u32| left.checked_sub(1);
        // Acquire pairs with the Release of `fill`, for a chunk that is filled again.
        let left = chunk.left.fetch_update(Ordering::Acquire, Ordering::Relaxed, fewer).ok()?;
        // SAFETY: a chunk has as many positions as were filled.
        let table = unsafe { chunk.start.add(self.spacing.table((left - 1) as usize)) };
        Some(Position { table, chunk })
    }

    /// Lets the position be used again, after all that have been given back before.
    pub(crate) fn give_back(&self, position: Position) {
        let chunk = position.chunk;
        // AcqRel: whoever fills the chunk again does so after all that was done with its positions.
        let back = chunk.back.fetch_add(1, Ordering::AcqRel) + 1;
        if back == chunk.filled.load(Ordering::Relaxed) {
            self.push_idle(chunk);
        }
    }

    fn push_idle(&self, chunk: &'static Chunk) {
        let new = ptr::from_ref(chunk).cast_mut();
        let mut newest = self.idle.load(Ordering::Relaxed);
        loop {
            chunk.link.store(newest, Ordering::Relaxed);
            // Release pairs with the Acquire of `oldest_idle`.
            match self.idle.compare_exchange(newest, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => newest = seen,
            }
        }
    }

    /// The chunk that has been idle for the longest time. The caller has the lock.
    fn oldest_idle(&self) -> Option<&'static Chunk> {
        if self.older.load(Ordering::Relaxed).is_null() {
            let mut next = self.idle.swap(ptr::null_mut(), Ordering::Acquire);
            // SAFETY: the list has chunks, which are never freed.
            while let Some(chunk) = unsafe { next.as_ref() } {
                let older = self.older.swap(next, Ordering::Relaxed);
                next = chunk.link.load(Ordering::Relaxed);
                chunk.link.store(older, Ordering::Relaxed);
            }
        }
        // SAFETY: as above.
        let oldest = unsafe { self.older.load(Ordering::Relaxed).as_ref() }?;
        self.older.store(oldest.link.load(Ordering::Relaxed), Ordering::Relaxed);
        Some(oldest)
    }

    fn new_chunk(&self) -> Option<&'static Chunk> {
        let (start, length) = if self.by_address { self.find_room() } else { self.map() }?;
        let chunk = Chunk {
            start,
            length,
            filled: AtomicU32::new(0),
            left: AtomicU32::new(0),
            back: AtomicU32::new(0),
            link: AtomicPtr::new(ptr::null_mut()),
        };
        Some(self.chunks.add(chunk))
    }

    fn map(&self) -> Option<(NonNull<u8>, usize)> {
        let wanted = self.stride().saturating_mul(POSITIONS).min(MOST_BYTES.max(self.stride()));
        let length = whole_pages(wanted)?;
        Some((System::map(length, self.align)?, length))
    }

    fn find_room(&self) -> Option<(NonNull<u8>, usize)> {
        let length = whole_pages(self.stride().saturating_mul(MOST_POSITIONS).min(CHUNK_BYTES))?;
        let start = ALL_CHUNKS.make(self.spacing, self.positions(length), length)?;
        Some((start, length))
    }

    /// How many positions there are in so many bytes.
    fn positions(&self, length: usize) -> usize {
        (length / self.stride()).min(MOST_POSITIONS)
    }

    /// Fills a chunk of which nobody has a position. The caller has the lock.
    fn fill(&self, chunk: &Chunk, fill: impl Fn(NonNull<u8>) -> bool) -> bool {
        // SAFETY: the chunk is mapped, and nobody has a position.
        if self.sealed && !unsafe { System::seal(chunk.start, chunk.length, false) } {
            return false;
        }
        // SAFETY: the chunk is as long.
        let at = |position| unsafe { chunk.start.add(self.spacing.table(position)) };
        let filled =
            (0..self.positions(chunk.length)).take_while(|position| fill(at(*position))).count();
        // SAFETY: as above; what was written is written.
        if self.sealed && !unsafe { System::seal(chunk.start, chunk.length, true) } {
            return false;
        }
        chunk.filled.store(filled as u32, Ordering::Relaxed);
        chunk.back.store(0, Ordering::Relaxed);
        // Release pairs with the Acquire of `take_of_current`.
        chunk.left.store(filled as u32, Ordering::Release);
        filled != 0
    }
}

fn whole_pages(length: usize) -> Option<usize> {
    length.max(1).checked_next_multiple_of(System::page_size())
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn numbered(next: &Cell<u64>) -> impl Fn(NonNull<u8>) -> bool + '_ {
        |at| {
            // SAFETY: the position has room for a number.
            unsafe { at.cast::<u64>().write(next.replace(next.get() + 1)) };
            true
        }
    }

    fn read(position: Position) -> u64 {
        // SAFETY: a number was written there.
        unsafe { position.table().cast::<u64>().read() }
    }

    #[test]
    fn each_position_is_given_out_once_and_again_when_all_are_back() {
        let (arena, next) = (Arena::new(Layout::new::<[u64; 4]>(), true, false), Cell::new(0));
        let in_a_chunk = MOST_POSITIONS.min(System::page_size() / 32);
        let take = || arena.take(numbered(&next)).unwrap();
        let first: Vec<_> = (0..in_a_chunk).map(|_| take()).collect();
        assert!(first.iter().rev().enumerate().all(|(n, position)| read(*position) == n as u64));
        first[1..].iter().for_each(|position| arena.give_back(*position));
        let other: Vec<_> = (0..in_a_chunk).map(|_| take()).collect();
        assert_eq!(read(first[0]), in_a_chunk as u64 - 1, "written again while somebody had it");
        arena.give_back(first[0]);
        other.iter().for_each(|position| arena.give_back(*position));
        // The chunk that was idle first is used again first.
        let again = take();
        assert_eq!(again.table(), first[0].table());
        assert_eq!(read(again), 3 * in_a_chunk as u64 - 1);
    }

    #[test]
    fn positions_are_aligned_and_large_tables_get_chunks_of_their_own() {
        for (size, align) in [(1, 1), (24, 8), (64, 64), (8192, 4096), (1 << 17, 1 << 16)] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let arena = Arena::new(layout, true, false);
            for _ in 0..20 {
                let position = arena.take(|_| true).unwrap();
                assert_eq!(position.table().as_ptr().align_offset(align), 0);
            }
        }
    }

    #[test]
    fn where_no_handle_is_left_nothing_is_given_out_and_nothing_is_lost() {
        let arena = Arena::new(Layout::new::<u64>(), true, false);
        assert!(arena.take(|_| false).is_none());
        let left = Cell::new(2);
        let two = |_| left.replace(left.get() - 1) > 0;
        assert!(arena.take(two).is_some());
        assert!(arena.take(|_| false).is_some(), "the second one that was filled");
        assert!(arena.take(|_| false).is_none());
    }

    #[test]
    fn tables_that_are_found_by_address_have_their_handles_before_them() {
        use crate::chunks::{handle_before, put_handle};
        use crate::handle::{Handle, Kind};
        for (size, align) in [(24, 8), (100, 64), (4096, 4096)] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let (arena, next) = (Arena::new(layout, true, true), Cell::new(0));
            let fill = |table: NonNull<u8>| {
                // SAFETY: it is a table of a chunk that is being filled.
                unsafe {
                    put_handle(table, Handle::new(next.replace(next.get() + 1), 1, Kind::Shared))
                };
                true
            };
            for _ in 0..100 {
                let table = arena.take(fill).unwrap().table();
                assert_eq!(table.align_offset(align), 0);
                // SAFETY: it was filled.
                let handle = unsafe { handle_before(table.as_ptr()) };
                assert_eq!(ALL_CHUNKS.handle_at(table.addr().get()), Some(handle));
            }
        }
    }
}
