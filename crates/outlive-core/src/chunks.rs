//! Memory for tables that are found by their own address.
//!
//! All of it lies in one region of address space, which is divided into chunks of one size. Each chunk belongs to one
//! arena, and has tables at equal distances; before each table stands the handle of its registration. An array
//! with an entry for each chunk says where the tables of that chunk stand. So whether an address is that of a table is known by
//! arithmetic and by that entry, before anything is read at the address.
//!
//! BY-ADDRESS: an address at which the entry of its chunk has a table is one of memory that is never unmapped, and the
//! word before it is a handle that was stored there by [`put_handle`], or 0; in a table that C writes to it may be anything. It is
//! trusted no more than user data that C passes.
//!
//! The distances are powers of two, so that the arithmetic needs no division. Where address space is short (`ulimit -v`)
//! there are fewer chunks.

use core::alloc::Layout;
use core::ptr::{self, NonNull};
// It orders nothing, so that no model replaces it: what a handle leads to is ordered by the gate.
use core::sync::atomic::AtomicU64 as Word;

use crate::handle::Handle;
use crate::limits::{CHUNK_BYTES, CHUNKS, FEWER_CHUNKS};
use crate::lock::Locked;
use crate::platform::{Pages, System};
use crate::primitive::{
    AtomicPtr, AtomicU64, AtomicUsize, Guarded, Ordering, const_fn, each, per_process,
};

const HANDLE_BYTES: usize = size_of::<Handle>();

/// How the tables of a chunk stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spacing {
    /// Where the first one begins, in bytes from the beginning of the chunk.
    lead: usize,
    /// The distance of two.
    pub(crate) stride: usize,
}

impl Spacing {
    /// One table after the other.
    pub(crate) const fn close(layout: Layout) -> Self {
        let size = layout.pad_to_align().size();
        Spacing { lead: 0, stride: if size == 0 { 1 } else { size } }
    }

    /// With room for a handle before each table.
    pub(crate) const fn by_address(layout: Layout) -> Self {
        let align = layout.align();
        let lead = if align < HANDLE_BYTES { HANDLE_BYTES } else { align };
        let size = if layout.size() == 0 { 1 } else { layout.size() };
        Spacing { lead, stride: (lead + size).next_power_of_two() }
    }

    /// Where the table of this number begins, in bytes from the beginning of the chunk.
    pub(crate) fn table(self, number: usize) -> usize {
        number * self.stride + self.lead
    }
}

/// Whether tables of this layout can be found by their address.
pub const fn fits_in_chunk(layout: Layout) -> bool {
    layout.size() <= CHUNK_BYTES
        && layout.align() <= CHUNK_BYTES
        && Spacing::by_address(layout).stride <= CHUNK_BYTES
}

/// What is known of a chunk.
#[derive(Clone, Copy)]
#[repr(align(16))]
struct Entry {
    lead: u32,
    /// The stride less 1.
    mask: u32,
    /// The bytes of all its positions.
    length: u32,
}

impl Entry {
    /// That of a chunk that was not made.
    const NONE: Entry = Entry { lead: 0, mask: 0, length: 0 };

    fn of(spacing: Spacing, tables: usize) -> Self {
        let Spacing { lead, stride } = spacing;
        Entry { lead: lead as u32, mask: stride as u32 - 1, length: (tables * stride) as u32 }
    }

    /// How many bytes after the beginning of a table so many bytes after that of the chunk are; `None` where there is
    /// none before them.
    #[inline(always)]
    fn past_table(self, within: usize) -> Option<u32> {
        let past_first = (within as u32).wrapping_sub(self.lead);
        (past_first < self.length).then_some(past_first & self.mask)
    }
}

/// What stands at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A table, behind this handle.
    Table(Handle),
    /// So many bytes after the beginning of a table.
    PastTable(u32),
    Nothing,
}

/// All chunks.
pub(crate) struct Chunks {
    /// Where the first one begins; NULL before anything was reserved.
    first: AtomicPtr<u8>,
    /// How many bytes of chunks there are.
    made: AtomicUsize,
    /// How many there may be.
    reserved: AtomicUsize,
    /// Who makes a chunk (`lock.rs`), or 0.
    lock: AtomicU64,
    /// Each is written before `made` counts its chunk, by the one who has the lock, and never after that.
    entries: [Guarded<Entry>; CHUNKS],
}

// SAFETY: an entry is read only once `made` counts its chunk; all else is atomic.
unsafe impl Sync for Chunks {}

per_process! { pub(crate) static ALL_CHUNKS: Chunks = Chunks::none(); }

impl Chunks {
    const_fn! {
        fn none() -> Self {
            Chunks {
                first: AtomicPtr::new(ptr::null_mut()),
                made: AtomicUsize::new(0),
                reserved: AtomicUsize::new(0),
                lock: AtomicU64::new(0),
                entries: each!(Guarded::new(Entry::NONE); CHUNKS),
            }
        }
    }

    /// The handle of the table at this address, whatever C passed.
    #[inline(always)]
    pub(crate) fn handle_at(&self, address: usize) -> Option<Handle> {
        match self.find(address) {
            Found::Table(handle) => Some(handle),
            Found::PastTable(_) | Found::Nothing => None,
        }
    }

    /// What stands at this address.
    #[inline(always)]
    pub(crate) fn find(&self, address: usize) -> Found {
        // Acquire pairs with the Release of `make`.
        let made = self.made.load(Ordering::Acquire);
        let first = self.first.load(Ordering::Relaxed);
        let offset = address.wrapping_sub(first.addr());
        if offset >= made {
            return Found::Nothing;
        }
        // SAFETY: `made` counts so many chunks.
        let entry = unsafe { *self.entry(offset / CHUNK_BYTES).read() };
        match entry.past_table(offset % CHUNK_BYTES) {
            // SAFETY: BY-ADDRESS.
            Some(0) => Found::Table(unsafe { handle_before(first.wrapping_add(offset)) }),
            Some(bytes) => Found::PastTable(bytes),
            None => Found::Nothing,
        }
    }

    /// A new chunk, of which the first `length` bytes, whole pages, are memory: for as many tables. `None` where there is
    /// no memory or no address space for it, or a table takes more.
    pub(crate) fn make(
        &self,
        spacing: Spacing,
        tables: usize,
        length: usize,
    ) -> Option<NonNull<u8>> {
        if tables == 0 || length > CHUNK_BYTES {
            return None;
        }
        let _locked = Locked::wait(&self.lock);
        let first = self.reserve()?;
        let made = self.made.load(Ordering::Relaxed);
        if made == self.reserved.load(Ordering::Relaxed) {
            return None;
        }
        // SAFETY: less than what was reserved was made.
        let start = unsafe { first.add(made) };
        // SAFETY: as above, and a chunk is whole pages.
        if !unsafe { System::commit(start, length, false) } {
            return None;
        }
        let entry = self.entry(made / CHUNK_BYTES).write();
        // SAFETY: this is the one who has the lock, and nobody reads it yet.
        unsafe { entry.write(Entry::of(spacing, tables)) };
        // Release pairs with the Acquire of `find`.
        self.made.store(made + CHUNK_BYTES, Ordering::Release);
        Some(start)
    }

    /// Where the first chunk begins. The caller has the lock.
    fn reserve(&self) -> Option<NonNull<u8>> {
        let seen = NonNull::new(self.first.load(Ordering::Relaxed));
        seen.or_else(|| self.reserve_chunks(CHUNKS)).or_else(|| self.reserve_chunks(FEWER_CHUNKS))
    }

    fn reserve_chunks(&self, chunks: usize) -> Option<NonNull<u8>> {
        let first = System::reserve(chunks * CHUNK_BYTES, CHUNK_BYTES)?;
        self.reserved.store(chunks * CHUNK_BYTES, Ordering::Relaxed);
        // Release, for a child that is made at this moment: it has `reserved`, too. Who reads it has the lock, or has
        // seen `made`.
        self.first.store(first.as_ptr(), Ordering::Release);
        Some(first)
    }

    /// The entry of one of the chunks that there may be.
    #[inline(always)]
    fn entry(&self, chunk: usize) -> &Guarded<Entry> {
        // There are no more; the remainder tells the compiler.
        &self.entries[chunk % CHUNKS]
    }
}

/// The word before a table.
///
/// # Safety
///
/// It is a table of a chunk.
#[inline(always)]
unsafe fn word_before<'a>(table: *mut u8) -> &'a Word {
    // SAFETY: a position begins with room for a handle, which is aligned, for the lead and the stride are multiples of
    // its size.
    unsafe { Word::from_ptr(table.wrapping_sub(HANDLE_BYTES).cast()) }
}

/// The handle before a table.
///
/// # Safety
///
/// It is a table of a chunk.
#[inline(always)]
pub(crate) unsafe fn handle_before(table: *mut u8) -> Handle {
    // SAFETY: the caller's promise.
    let bits = unsafe { word_before(table) }.load(Ordering::Relaxed);
    Handle::from_user_data(bits as usize)
}

/// Puts a handle before a table. A call that comes too late may read it meanwhile.
///
/// # Safety
///
/// It is a table of a chunk that is not sealed.
pub(crate) unsafe fn put_handle(table: NonNull<u8>, handle: Handle) {
    // SAFETY: the caller's promise.
    unsafe { word_before(table.as_ptr()) }.store(handle.bits(), Ordering::Relaxed);
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;
    use crate::handle::Kind;

    fn spacing(size: usize, align: usize) -> Spacing {
        Spacing::by_address(Layout::from_size_align(size, align).unwrap())
    }

    #[test]
    fn there_is_room_for_a_handle_before_each_table() {
        for (size, align) in [(0, 1), (1, 1), (24, 8), (40, 8), (56, 8), (64, 64), (8192, 4096)] {
            let Spacing { lead, stride } = spacing(size, align);
            assert!(lead >= HANDLE_BYTES && lead + size <= stride && lead < stride);
            assert!(lead % align == 0 && stride % align == 0);
            assert!(lead % HANDLE_BYTES == 0 && stride.is_power_of_two());
        }
        assert_eq!(spacing(56, 8), Spacing { lead: 8, stride: 64 });
    }

    #[test]
    fn what_does_not_fit_into_a_chunk_is_told_from_what_does() {
        let fits = |size, align| fits_in_chunk(Layout::from_size_align(size, align).unwrap());
        assert!(fits(CHUNK_BYTES - 8, 8) && fits(1, CHUNK_BYTES / 2));
        assert!(!fits(CHUNK_BYTES - 7, 1) && !fits(1, CHUNK_BYTES) && !fits(1, 1 << 40));
        assert!(!fits(isize::MAX as usize, 1));
    }

    #[test]
    fn an_address_is_that_of_a_table_only_where_one_begins() {
        static SOME: Chunks = Chunks::none();
        assert_eq!(SOME.find(0), Found::Nothing);
        let page = System::page_size();
        let (few, many) = (spacing(24, 8), spacing(100, 64));
        let first = SOME.make(few, 3, page).unwrap();
        let second = SOME.make(many, page / 256, page).unwrap();
        assert_eq!(second.addr().get(), first.addr().get() + CHUNK_BYTES);
        for (start, spacing, tables) in [(first, few, 3), (second, many, page / 256)] {
            for within in 0..CHUNK_BYTES {
                let past_first = within.wrapping_sub(spacing.lead);
                let past = (past_first % spacing.stride) as u32;
                let expected = match (past_first < tables * spacing.stride, past) {
                    (true, 0) => Found::Table(Handle::from_user_data(0)),
                    (true, bytes) => Found::PastTable(bytes),
                    (false, _) => Found::Nothing,
                };
                assert_eq!(SOME.find(start.addr().get() + within), expected, "{within}");
            }
        }
        let (begin, end) = (first.addr().get(), second.addr().get() + CHUNK_BYTES);
        let (table, all) = (begin + few.lead, CHUNKS * CHUNK_BYTES);
        for address in [0, 1, begin - 8, end, end + 8, table + all, table - all, usize::MAX - 7] {
            assert_eq!(SOME.find(address), Found::Nothing, "{address:#x}");
        }
    }

    #[test]
    fn before_a_table_stands_the_handle_that_was_put_there() {
        static SOME: Chunks = Chunks::none();
        let page = System::page_size();
        let spacing = spacing(24, 8);
        let start = SOME.make(spacing, 2, page).unwrap();
        for number in 0..2 {
            let handle = Handle::new(number, 7, Kind::Local);
            // SAFETY: the chunk has two tables, and is not sealed.
            let table = unsafe { start.add(spacing.table(number as usize)) };
            // SAFETY: as above.
            unsafe { put_handle(table, handle) };
            assert_eq!(SOME.handle_at(table.addr().get()), Some(handle));
        }
    }

    #[test]
    fn where_address_space_is_short_there_are_fewer_chunks() {
        static SOME: Chunks = Chunks::none();
        SOME.reserve_chunks(FEWER_CHUNKS).unwrap();
        let make = || SOME.make(spacing(24, 8), 1, System::page_size());
        assert!((0..FEWER_CHUNKS).all(|_| make().is_some()));
        assert!(make().is_none());
    }

    #[test]
    fn a_table_that_does_not_fit_gets_no_chunk() {
        static SOME: Chunks = Chunks::none();
        assert!(SOME.make(spacing(CHUNK_BYTES, 8), 0, CHUNK_BYTES).is_none());
        assert!(SOME.make(spacing(8, 8), 1, 2 * CHUNK_BYTES).is_none());
    }
}
