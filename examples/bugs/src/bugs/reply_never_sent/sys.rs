//! The declarations of `mount.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_char, c_int, c_void};

#[repr(C)]
pub(super) struct request(());

#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct operations {
    pub(super) lookup:
        Option<unsafe extern "C" fn(req: *mut request, name: *const c_char, user: *mut c_void)>,
}

unsafe extern "C" {
    pub(super) fn mount_reply(req: *mut request, status: c_int);
    pub(super) fn mount_lookup(
        table: *const operations,
        user: *mut c_void,
        name: *const c_char,
    ) -> c_int;
}
