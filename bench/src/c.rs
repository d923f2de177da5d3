//! The C side that calls: see `c/calls.h`.
#![expect(non_camel_case_types, reason = "the names that C has for them")]

use core::ffi::{c_long, c_ulong, c_void};

/// What the callee writes: it belongs to the calling thread alone.
#[repr(C)]
#[derive(Debug, Default)]
pub struct bench_tally {
    pub calls: c_ulong,
    pub sum: c_ulong,
}

/// The type of [`bench_table::on_event`].
pub type on_event = unsafe extern "C" fn(*mut bench_tally, c_long, *mut c_void) -> c_long;

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
    pub on_event: Option<unsafe extern "C" fn(*mut bench_tally, c_long) -> c_long>,
}

unsafe extern "C" {
    /// Calls `on_event` with `n` values from `first` on, and returns the sum of the results.
    pub fn bench_calls(
        table: *const bench_table,
        user_data: *mut c_void,
        tally: *mut bench_tally,
        first: c_long,
        n: c_long,
    ) -> c_long;

    /// As [`bench_calls`], for a context-free table.
    pub fn bench_free_calls(
        table: *const bench_free_table,
        tally: *mut bench_tally,
        first: c_long,
        n: c_long,
    ) -> c_long;

    /// Calls each of `n` callbacks once, in their order, with 0, 1, ..., and returns the sum of the
    /// results.
    pub fn bench_call_all(
        callbacks: *const bench_callback,
        tally: *mut bench_tally,
        n: c_long,
    ) -> c_long;

    /// The callback in plain C.
    pub fn bench_c_on_event(
        tally: *mut bench_tally,
        value: c_long,
        user_data: *mut c_void,
    ) -> c_long;
}
