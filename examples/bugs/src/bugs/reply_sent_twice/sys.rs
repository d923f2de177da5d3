//! The declarations of `queue.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_void};

pub(super) type done_cb = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;

#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct worker {
    pub(super) start: Option<
        unsafe extern "C" fn(number: c_int, done: done_cb, cookie: *mut c_void, user: *mut c_void),
    >,
}

unsafe extern "C" {
    pub(super) fn queue_submit(table: *const worker, user: *mut c_void, number: c_int) -> c_int;
    pub(super) fn queue_status(number: c_int) -> c_int;
}
