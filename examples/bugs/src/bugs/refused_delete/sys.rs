//! The declarations of `client.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_void};

pub(super) type watch_cb = Option<unsafe extern "C" fn(fd: c_int, arg: *mut c_void)>;

#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct watch_api {
    pub(super) watch_new: Option<
        unsafe extern "C" fn(
            fd: c_int,
            callback: watch_cb,
            arg: *mut c_void,
            user: *mut c_void,
        ) -> *mut c_void,
    >,
    pub(super) watch_free: Option<unsafe extern "C" fn(watch: *mut c_void, user: *mut c_void)>,
}

#[repr(C)]
pub(super) struct client(());

unsafe extern "C" {
    pub(super) fn client_open(api: *const watch_api, user: *mut c_void, fd: c_int) -> *mut client;
    pub(super) fn client_heard(client: *const client) -> c_int;
    pub(super) fn client_close(client: *mut client);
}
