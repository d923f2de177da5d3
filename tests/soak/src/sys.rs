//! `c/load.h`, by hand.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_long, c_void};

type on_event = unsafe extern "C" fn(
    mode: c_int,
    value: c_int,
    pointer: *const c_int,
    arg: *mut c_void,
) -> c_int;
type open = unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> *mut c_void;
type close = unsafe extern "C" fn(token: *mut c_void, arg: *mut c_void) -> c_int;
type ask = unsafe extern "C" fn(
    value: c_int,
    done: load_done,
    cookie: *mut c_void,
    arg: *mut c_void,
) -> c_int;

pub type load_done = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;
pub const LOAD_DROPPED: c_int = -9;

#[repr(C)]
pub struct load_table {
    pub on_event: Option<on_event>,
    pub open: Option<open>,
    pub close: Option<close>,
    pub ask: Option<ask>,
}

/// The table carries the user data.
#[repr(C)]
pub struct load_object {
    pub on_event: Option<on_event>,
    pub open: Option<open>,
    pub close: Option<close>,
    pub ask: Option<ask>,
    pub opaque: *mut c_void,
}

/// C writes `seen`.
#[repr(C)]
pub struct load_linked {
    pub on_event: Option<on_event>,
    pub open: Option<open>,
    pub close: Option<close>,
    pub ask: Option<ask>,
    pub seen: c_long,
}

/// No parameter leads to the host.
#[repr(C)]
pub struct load_plain {
    pub on_event:
        Option<unsafe extern "C" fn(mode: c_int, value: c_int, pointer: *const c_int) -> c_int>,
    pub open: Option<unsafe extern "C" fn(value: c_int) -> *mut c_void>,
    pub close: Option<unsafe extern "C" fn(token: *mut c_void) -> c_int>,
    pub ask:
        Option<unsafe extern "C" fn(value: c_int, done: load_done, cookie: *mut c_void) -> c_int>,
}

/// C passes the table itself.
#[repr(C)]
pub struct load_own {
    pub on_event: Option<
        unsafe extern "C" fn(
            this: *mut load_own,
            mode: c_int,
            value: c_int,
            pointer: *const c_int,
        ) -> c_int,
    >,
    pub open: Option<unsafe extern "C" fn(this: *mut load_own, value: c_int) -> *mut c_void>,
    pub close: Option<unsafe extern "C" fn(this: *mut load_own, token: *mut c_void) -> c_int>,
    pub ask: Option<
        unsafe extern "C" fn(
            this: *mut load_own,
            value: c_int,
            done: load_done,
            cookie: *mut c_void,
        ) -> c_int,
    >,
}

pub const LOAD_ARG: c_int = 0;
pub const LOAD_OBJECT: c_int = 1;
pub const LOAD_LINKED: c_int = 2;
pub const LOAD_NONE: c_int = 3;
pub const LOAD_OWN: c_int = 4;

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct load_counts {
    pub calls: c_long,
    pub served: c_long,
    pub refused: c_long,
    pub wrong: c_long,
    pub lost: c_long,
    pub mistaken: c_long,
    pub answered: c_long,
    pub dropped: c_long,
}

#[repr(C)]
pub struct load_account {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct load_board {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct load_threads {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    pub fn load_account_new(
        shape: c_int,
        table: *const c_void,
        arg: *mut c_void,
        tag: c_int,
    ) -> *mut load_account;
    pub fn load_account_free(account: *mut load_account);
    pub fn load_account_counts(account: *const load_account, counts: *mut load_counts);
    pub fn load_account_step(account: *mut load_account, random: *mut u64);

    pub fn load_board_new(capacity: c_long) -> *mut load_board;
    pub fn load_board_free(board: *mut load_board);
    pub fn load_board_add(board: *mut load_board, account: *mut load_account) -> c_int;
    pub fn load_board_step(board: *mut load_board, random: *mut u64);
    pub fn load_board_step_in_thread(board: *mut load_board, random: *mut u64);
    pub fn load_board_invented(board: *const load_board, calls: *mut c_long, served: *mut c_long);

    pub fn load_threads_start(board: *mut load_board, count: c_int, seed: u64)
    -> *mut load_threads;
    pub fn load_threads_stop(threads: *mut load_threads);
}
