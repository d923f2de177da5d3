//! The static tables as they were when each was held first: what `inspect` compares them with, for C may
//! have forced the pages open.

use super::list::List;

/// One table's copy: one for each table type, or for each instance of a context-free table.
struct Original {
    /// The table's address: a name, never read.
    table: usize,
    copy: Box<[usize]>,
}

static ORIGINALS: List<Original> = List::new();

/// The copy of a static table of `size` bytes. `first` runs before it is made, the first time.
///
/// # Safety
///
/// The table is valid for `size` bytes, for the rest of the process.
pub(crate) unsafe fn of(table: *const (), size: usize, first: impl FnOnce()) -> *const () {
    let make = || {
        first();
        // SAFETY: the caller's promise.
        Original { table: table.addr(), copy: unsafe { words_of(table, size) } }
    };
    let original = ORIGINALS.find_or_add(|original| original.table == table.addr(), make);
    original.copy.as_ptr().cast()
}

/// A table's bytes, padded with zeros to whole words.
///
/// # Safety
///
/// The table is valid for `size` bytes.
pub(crate) unsafe fn words_of(table: *const (), size: usize) -> Box<[usize]> {
    let mut words = vec![0usize; size.div_ceil(size_of::<usize>()).max(1)];
    let bytes = words.as_mut_ptr().cast::<u8>();
    // SAFETY: the caller's promise, and there is room for it. Padding is copied as it is.
    unsafe { bytes.copy_from_nonoverlapping(table.cast(), size) };
    words.into_boxed_slice()
}
