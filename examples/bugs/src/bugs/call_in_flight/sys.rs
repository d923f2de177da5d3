//! The declarations of `session.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_void};

#[repr(C)]
pub(super) struct session(());

pub(super) type sample_cb = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void)>;

unsafe extern "C" {
    pub(super) fn session_open() -> *mut session;
    pub(super) fn session_subscribe(session: *mut session, sample: sample_cb, user: *mut c_void);
    pub(super) fn session_publish(session: *mut session, value: c_int);
    pub(super) fn session_close(session: *mut session);
}
