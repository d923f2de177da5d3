//! The C side that calls: see `c/calls.h`.
#![expect(non_camel_case_types, reason = "the names that C has for them")]

use core::ffi::c_void;

/// What the callee writes: it belongs to the calling thread alone.
#[repr(C)]
#[derive(Debug, Default)]
pub struct bench_tally {
    pub calls: u64,
    pub sum: u64,
}

/// The type of [`bench_table::on_event`].
pub type on_event = unsafe extern "C" fn(*mut bench_tally, i64, *mut c_void) -> i64;

/// A table whose callbacks take user data.
#[repr(C)]
#[derive(Debug)]
pub struct bench_table {
    pub on_event: Option<on_event>,
}

/// A lone callback with its user data.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct bench_callback {
    pub on_event: Option<on_event>,
    pub user_data: *mut c_void,
}

/// A context-free table.
#[repr(C)]
#[derive(Debug)]
pub struct bench_free_table {
    pub on_event: Option<unsafe extern "C" fn(*mut bench_tally, i64) -> i64>,
}

unsafe extern "C" {
    /// Calls `on_event` with `n` values from `first` on, and returns the sum of the results.
    pub fn bench_calls(
        table: *const bench_table,
        user_data: *mut c_void,
        tally: *mut bench_tally,
        first: i64,
        n: i64,
    ) -> i64;

    /// As [`bench_calls`], for a context-free table.
    pub fn bench_free_calls(
        table: *const bench_free_table,
        tally: *mut bench_tally,
        first: i64,
        n: i64,
    ) -> i64;

    /// Calls each of `n` callbacks once, in their order, with 0, 1, ..., and returns the sum of the
    /// results.
    pub fn bench_call_all(callbacks: *const bench_callback, tally: *mut bench_tally, n: i64)
    -> i64;

    /// The callback in plain C.
    pub fn bench_c_on_event(tally: *mut bench_tally, value: i64, user_data: *mut c_void) -> i64;
}
