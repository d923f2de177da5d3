//! A library with Rust's standard library in it: threads, allocations, and a panic that it catches.

use std::collections::HashMap;
use std::thread;

/// The sum of what C passes, counted on another thread; -1 if it is nothing, on which it panics.
///
/// # Safety
///
/// `values` points to `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn other_sum(values: *const i64, count: usize) -> i64 {
    // SAFETY: the caller promises it.
    let values = unsafe { std::slice::from_raw_parts(values, count) };
    let by_place: HashMap<usize, i64> = values.iter().copied().enumerate().collect();
    let counted = thread::spawn(move || {
        assert!(!by_place.is_empty(), "nothing to add");
        by_place.values().sum()
    });
    counted.join().unwrap_or(-1)
}
