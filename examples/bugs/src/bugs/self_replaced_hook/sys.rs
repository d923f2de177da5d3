//! The declarations of `database.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_char, c_void};

#[repr(C)]
pub(super) struct database(());

pub(super) type trace_cb =
    Option<unsafe extern "C" fn(db: *mut database, sql: *const c_char, user: *mut c_void)>;
pub(super) type destroy_cb = Option<unsafe extern "C" fn(user: *mut c_void)>;

unsafe extern "C" {
    pub(super) fn database_open() -> *mut database;
    pub(super) fn database_set_trace(
        db: *mut database,
        trace: trace_cb,
        user: *mut c_void,
        destroy: destroy_cb,
    );
    pub(super) fn database_run(db: *mut database, sql: *const c_char);
    pub(super) fn database_close(db: *mut database);
}
