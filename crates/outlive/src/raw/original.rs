//! The static tables as they were when each was held first: what `inspect` compares them with, for C may
//! have forced the pages open.

use core::ptr;

use core::sync::atomic::{AtomicPtr, Ordering};

/// One table's copy, in a list that only grows: a new one for each table type, or for each instance of
/// a context-free table.
struct Original {
    table: *const (),
    copy: Box<[usize]>,
    next: *const Original,
}

/// The newest.
///
/// INVARIANT: NULL, or an `Original` that was leaked and is never written again, as are all behind it.
static NEWEST: AtomicPtr<Original> = AtomicPtr::new(ptr::null_mut());

/// The copy of a static table of `S`. `first` runs before it is made, the first time.
pub(crate) fn of<S>(table: *const S, first: impl FnOnce()) -> *const () {
    // Acquire pairs with the Release below.
    let newest = NEWEST.load(Ordering::Acquire);
    if let Some(original) = find(newest, table.cast()) {
        return original;
    }
    first();
    let copy = words_of(table);
    let address = copy.as_ptr().cast();
    let new = Original { table: table.cast(), copy, next: newest };
    let new: *mut Original = Box::into_raw(Box::new(new));
    add(new);
    address
}

fn find(newest: *const Original, table: *const ()) -> Option<*const ()> {
    let mut next = newest;
    loop {
        // SAFETY: the INVARIANT.
        let original: &Original = unsafe { next.as_ref() }?;
        if original.table == table {
            return Some(original.copy.as_ptr().cast());
        }
        next = original.next;
    }
}

/// Two threads may add a copy of one table: either does.
fn add(new: *mut Original) {
    let mut newest = NEWEST.load(Ordering::Relaxed);
    loop {
        // SAFETY: nobody else has it yet.
        unsafe { (*new).next = newest };
        match NEWEST.compare_exchange(newest, new, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => return,
            Err(seen) => newest = seen,
        }
    }
}

/// A table's bytes, padded with zeros to whole words.
pub(crate) fn words_of<S>(table: *const S) -> Box<[usize]> {
    let mut words = vec![0usize; size_of::<S>().div_ceil(size_of::<usize>()).max(1)];
    let bytes = words.as_mut_ptr().cast::<u8>();
    // SAFETY: the table is a valid `S`, and there is room for it. Padding is copied as it is.
    unsafe { bytes.copy_from_nonoverlapping(table.cast(), size_of::<S>()) };
    words.into_boxed_slice()
}
