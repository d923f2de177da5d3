//! The header `c/desktop.h`, by hand, as windows-sys declares such functions: `extern "system"`.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_void};

/// C's destructor of data.
pub type desktop_free = Option<unsafe extern "system" fn(data: *mut c_void)>;
/// As `WNDENUMPROC`: false ends the enumeration.
pub type desktop_visit =
    Option<unsafe extern "system" fn(window: *mut c_void, param: isize) -> c_int>;
/// The same, with the user data first.
pub type desktop_visit_first =
    Option<unsafe extern "system" fn(user: *mut c_void, window: *mut c_void) -> c_int>;
/// The same of two windows, with the user data between them.
pub type desktop_compare = Option<
    unsafe extern "system" fn(one: *mut c_void, user: *mut c_void, other: *mut c_void) -> c_int,
>;
/// Answers a request, once.
pub type desktop_done = Option<unsafe extern "system" fn(status: c_int, cookie: *mut c_void)>;
/// May be called until its data is freed.
pub type desktop_changed = Option<unsafe extern "system" fn(value: c_int, data: *mut c_void)>;

/// Members of both ABIs.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct desktop_table {
    pub on_message:
        Option<unsafe extern "system" fn(message: u8, weight: f64, arg: *mut c_void) -> c_int>,
    pub on_log: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
    pub ask: Option<
        unsafe extern "system" fn(done: desktop_done, cookie: *mut c_void, arg: *mut c_void),
    >,
    pub watch: Option<
        unsafe extern "system" fn(
            changed: desktop_changed,
            data: *mut c_void,
            free: desktop_free,
            arg: *mut c_void,
        ),
    >,
    pub on_close: Option<unsafe extern "system" fn(arg: *mut c_void)>,
}

/// A function, and the destroy notify.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct desktop_plugin {
    pub run: Option<unsafe extern "system" fn(value: c_int, arg: *mut c_void) -> c_int>,
    pub destroy: desktop_free,
}

/// No parameter leads to the host.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct desktop_hook {
    pub hook: Option<unsafe extern "system" fn(code: c_int) -> c_int>,
}

#[expect(missing_docs, reason = "desktop.h says it")]
unsafe extern "system" {
    pub fn desktop_enumerate(visit: desktop_visit, param: isize) -> c_int;
    pub fn desktop_enumerate_first(visit: desktop_visit_first, user: *mut c_void) -> c_int;
    pub fn desktop_compare_windows(compare: desktop_compare, user: *mut c_void) -> c_int;
    pub fn desktop_once(visit: desktop_visit, user: *mut c_void, destroy: desktop_free) -> c_int;
    pub fn desktop_message(table: *const desktop_table, arg: *mut c_void) -> c_int;
    pub fn desktop_log(table: *const desktop_table, value: c_int, arg: *mut c_void) -> c_int;
    pub fn desktop_ask(table: *const desktop_table, status: *mut c_int, arg: *mut c_void);
    pub fn desktop_watch(table: *const desktop_table, sum: *mut c_int, arg: *mut c_void);
    pub fn desktop_close(table: *const desktop_table, arg: *mut c_void);
    pub fn desktop_run(plugin: *const desktop_plugin, value: c_int, arg: *mut c_void) -> c_int;
    pub fn desktop_unload(plugin: *const desktop_plugin, arg: *mut c_void);
    pub fn desktop_call_hook(hook: *const desktop_hook, code: c_int) -> c_int;
}
