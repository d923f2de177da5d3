//! A table type as the engine knows it at run time: described, with the memory of its tables.
//!
//! DESCRIBED: a table type is never freed, with all that it is made of. Its members lie within its layout, and those
//! of user data and of function pointers are as long as a pointer. Each template is a valid value of the C
//! struct for as long as the process lives, but for user data that is not filled in: its function
//! pointers are NULL or trampolines that enter for this very type and for the callback (and the instance) at
//! whose place they stand.

use core::alloc::Layout;
use core::any::TypeId;
use core::error::Error;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::hash::DefaultHasher;

use crate::arena::Arena;
use crate::chunks::{handle_before, put_handle};
use crate::handle::{Handle, Kind};
use crate::instance::Instance;
use crate::list::List;
use crate::platform::{CLibrary, Pages, System};
use crate::report::Lines;
use crate::result::{KeptResult, Results};
use crate::table::{MemberKind, TableInfo};

/// The system gave no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemoryError;

impl fmt::Display for NoMemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system gave no memory: free some, and try again")
    }
}

impl Error for NoMemoryError {}

/// A table type. It lives as long as the process, and any thread may use it.
#[derive(Debug)]
pub struct TableType {
    info: &'static TableInfo,
    key: TypeId,
    instances: &'static [Instance],
    templates: Box<[Template]>,
    /// The memory of tables that are a registration's own, by [`Kind`].
    arenas: [Arena; 3],
    lines: Lines,
    results: Results,
}

/// The bytes of a table. Its padding is not initialised, and pointers stay pointers.
type Words = Box<[MaybeUninit<usize>]>;

/// A table that all registrations of one type, or of one instance, begin with.
#[derive(Debug)]
pub(crate) struct Template {
    /// A copy of ours, in whole words: what `inspect` compares with.
    words: Words,
    /// The sealed table that C gets, where it is not the registration's own.
    shared: NonNull<()>,
}

// SAFETY: DESCRIBED: nothing of it is written once it is made, but atomics.
unsafe impl Send for TableType {}
// SAFETY: as above.
unsafe impl Sync for TableType {}
// SAFETY: as above.
unsafe impl Send for Template {}
// SAFETY: as above.
unsafe impl Sync for Template {}

/// The host type of what is described at run time: none of Rust's.
enum Described {}

impl TableType {
    /// The type of this key, which is made and kept for good if it is not there yet. `fill` writes the
    /// template of the number that it gets into zeroed memory: number 0, or one for each of `instances`.
    ///
    /// # Errors
    ///
    /// Where the system gave no memory.
    ///
    /// # Safety
    ///
    /// DESCRIBED, of what `fill` writes. `key` is the host type under `'static`, and the trampolines enter
    /// for that key.
    pub unsafe fn of(
        key: TypeId,
        info: &'static TableInfo,
        instances: &'static [Instance],
        fill: &dyn Fn(usize, NonNull<u8>),
    ) -> Result<&'static TableType, NoMemoryError> {
        if let Some(known) = TableType::known(key) {
            return Ok(known);
        }
        // SAFETY: the caller's promise.
        let new = unsafe { TableType::new(key, info, instances, fill) }?;
        Ok(types_like(&key).find_or_add(|known| known.key == key, new))
    }

    /// The type of this key, if it was made.
    pub(crate) fn known(key: TypeId) -> Option<&'static TableType> {
        types_like(&key).find(|known| known.key == key)
    }

    /// What refused calls are to return: the value that `is_it` knows, or else `new`, which stays for good. Any thread may
    /// read it, so that its type is `Send`, or it is NULL. `None` where `new` has no memory.
    pub fn keep_result(
        &self,
        is_it: impl Fn(NonNull<()>) -> bool,
        new: impl FnOnce() -> Option<NonNull<()>>,
    ) -> Option<&'static KeptResult> {
        self.results.keep(is_it, new)
    }

    /// Any value that was kept by [`TableType::keep_result`].
    pub(crate) fn any_result(&self) -> Option<&'static KeptResult> {
        self.results.any()
    }

    /// A type of its own that a host of another language describes, for good.
    ///
    /// # Errors
    ///
    /// Where the system gave no memory.
    ///
    /// # Safety
    ///
    /// DESCRIBED, of what `fill` writes; the trampolines enter for the very type that this makes.
    pub unsafe fn describe(
        info: &'static TableInfo,
        instances: &'static [Instance],
        fill: &dyn Fn(usize, NonNull<u8>),
    ) -> Result<&'static TableType, NoMemoryError> {
        static TYPES: List<TableType> = List::new();
        // SAFETY: the caller's promise.
        let new = unsafe { TableType::new(TypeId::of::<Described>(), info, instances, fill) }?;
        Ok(TYPES.add(new))
    }

    /// # Safety
    ///
    /// As for [`TableType::of`].
    pub(crate) unsafe fn new(
        key: TypeId,
        info: &'static TableInfo,
        instances: &'static [Instance],
        fill: &dyn Fn(usize, NonNull<u8>),
    ) -> Result<TableType, NoMemoryError> {
        let layout = info.layout;
        let words = (0..instances.len().max(1)).map(|number| words_of(layout, number, fill));
        let words: Vec<Words> = words.collect();
        let shared = seal(layout, &words).ok_or(NoMemoryError)?;
        let stride = layout.pad_to_align().size();
        let template = |(number, words): (usize, Words)| {
            // SAFETY: `seal` made room for each.
            Template { shared: unsafe { shared.byte_add(number * stride) }, words }
        };
        let templates = words.into_iter().enumerate().map(template).collect();
        let sealed = !info.is_written_by_c();
        let arena = |_| Arena::new(layout, sealed, info.by_address);
        let arenas = Kind::ALL.map(arena);
        let (lines, results) = (Lines::new(), Results::new());
        let made = TableType { info, key, instances, templates, arenas, lines, results };
        made.pin_trampolines();
        Ok(made)
    }

    /// Pins the objects that have the trampolines, and this library's code.
    fn pin_trampolines(&self) {
        System::pin(TableType::pin_trampolines as *const _);
        let Some(callback) = self.info.callbacks().next() else { return };
        for template in &self.templates {
            let word = template.word_at(callback.offset);
            System::pin(core::ptr::without_provenance(word));
        }
    }

    /// What is known of it without a registration.
    pub fn info(&self) -> &'static TableInfo {
        self.info
    }

    /// The instances of a context-free table; none where C passes user data.
    pub fn instances(&self) -> &'static [Instance] {
        self.instances
    }

    pub(crate) fn key(&self) -> TypeId {
        self.key
    }

    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }

    pub(crate) fn template(&self, number: usize) -> &Template {
        &self.templates[number]
    }

    pub(crate) fn arena(&self, kind: Kind) -> &Arena {
        &self.arenas[kind as usize]
    }

    /// Whether each registration has a table of its own.
    pub(crate) fn has_own_tables(&self) -> bool {
        self.info.is_written_by_c() || self.info.by_address || self.user_data_offset().is_some()
    }

    pub(crate) fn user_data_offset(&self) -> Option<usize> {
        self.info.member(MemberKind::UserData).map(|member| member.offset)
    }

    /// Writes the table of this number, with the user data of `handle`.
    ///
    /// # Safety
    ///
    /// There is room for a table, in this type's memory where it is found by its address, and nobody else has it.
    pub(crate) unsafe fn write(&self, number: usize, handle: Handle, to: NonNull<u8>) {
        let words = &self.template(number).words;
        let size = self.info.layout.size();
        // SAFETY: the words have at least as many bytes, and the caller's promise.
        unsafe { to.as_ptr().copy_from_nonoverlapping(words.as_ptr().cast(), size) };
        if let Some(offset) = self.user_data_offset() {
            // SAFETY: DESCRIBED: the member lies within the table.
            let member = unsafe { to.byte_add(offset) }.cast::<usize>();
            // SAFETY: as above; in a packed struct it may be unaligned.
            unsafe { member.as_ptr().write_unaligned(handle.user_data()) };
        }
        if self.info.by_address {
            // SAFETY: the caller's promise.
            unsafe { put_handle(to, handle) };
        }
    }

    /// The handle of a table that [`TableType::write`] wrote.
    ///
    /// # Safety
    ///
    /// It was written there, and the type has a member for the user data, or its tables are found by their address.
    pub(crate) unsafe fn read_handle(&self, table: NonNull<u8>) -> Handle {
        if self.info.by_address {
            // SAFETY: the caller's promise.
            return unsafe { handle_before(table.as_ptr()) };
        }
        let offset = self.user_data_offset().unwrap_or(0);
        // SAFETY: DESCRIBED: the member lies within the table.
        let member = unsafe { table.byte_add(offset) }.cast::<usize>();
        // SAFETY: the caller's promise.
        Handle::from_user_data(unsafe { member.as_ptr().read_unaligned() })
    }
}

impl Template {
    /// The table in our own copy.
    pub(crate) fn original(&self) -> NonNull<()> {
        NonNull::from(&*self.words).cast()
    }

    /// The table that C gets, where it is not the registration's own.
    pub(crate) fn shared(&self) -> NonNull<()> {
        self.shared
    }

    /// The word at an offset, which may be unaligned.
    fn word_at(&self, offset: usize) -> usize {
        let at = self.original().as_ptr().wrapping_byte_add(offset).cast::<usize>();
        // SAFETY: DESCRIBED: the member that lies there is as long as a pointer.
        unsafe { at.read_unaligned() }
    }
}

/// The types of Rust's that the one of this key is among.
fn types_like(key: &TypeId) -> &'static List<TableType> {
    const BUCKETS: usize = 64;
    static TYPES: [List<TableType>; BUCKETS] = [const { List::new() }; BUCKETS];
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    &TYPES[hasher.finish() as usize % BUCKETS]
}

/// A table's bytes, padded with zeros to whole words.
fn words_of(layout: Layout, number: usize, fill: &dyn Fn(usize, NonNull<u8>)) -> Words {
    // Filled where the table may stand, for it may be aligned to more than a word.
    let stride = layout.align().max(1).div_ceil(size_of::<usize>());
    let length = layout.size().div_ceil(size_of::<usize>()).max(1);
    let mut room = vec![MaybeUninit::new(0_usize); length + stride];
    let before =
        room.as_ptr().cast::<u8>().align_offset(layout.align()).div_ceil(size_of::<usize>());
    let aligned = &mut room[before..before + length];
    fill(number, NonNull::from(&mut *aligned).cast());
    aligned.into()
}

/// Copies of the tables in pages of their own that nobody can write.
fn seal(layout: Layout, tables: &[Words]) -> Option<NonNull<()>> {
    let stride = layout.pad_to_align().size();
    let page = System::page_size();
    let length = stride.checked_mul(tables.len())?.max(1).checked_next_multiple_of(page)?;
    let start = System::map(length, layout.align())?;
    for (number, words) in tables.iter().enumerate() {
        // SAFETY: there is room for all of them.
        let to = unsafe { start.as_ptr().add(number * stride) };
        // SAFETY: as above; the words have at least as many bytes.
        unsafe { to.copy_from_nonoverlapping(words.as_ptr().cast(), layout.size()) };
    }
    // SAFETY: the pages are new, and were written above.
    unsafe { System::seal(start, length, true) }.then_some(start.cast())
}
