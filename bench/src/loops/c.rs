//! The C side: see `c/loops/loop.h`.
#![allow(non_camel_case_types, reason = "the names that C has for them")]

use core::ffi::{c_int, c_short, c_void};

use libc::timeval;
use outlive_vde::sys::event_cb;

/// Event loops behind one table, as `struct bench_loop` has it.
#[repr(C)]
pub struct bench_loop {
    pub event_add: Option<
        unsafe extern "C" fn(c_int, c_short, *const timeval, event_cb, *mut c_void) -> *mut c_void,
    >,
    pub event_del: Option<unsafe extern "C" fn(*mut c_void)>,
    pub timeout_add:
        Option<unsafe extern "C" fn(*const timeval, c_short, event_cb, *mut c_void) -> *mut c_void>,
    pub timeout_del: Option<unsafe extern "C" fn(*mut c_void)>,
    pub begin: Option<unsafe extern "C" fn() -> c_int>,
    pub end: Option<unsafe extern "C" fn()>,
    pub run: Option<unsafe extern "C" fn()>,
    pub stop: Option<unsafe extern "C" fn()>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct bench_case {
    pub kind: c_int,
    pub n: c_int,
    pub active: c_int,
    pub events: i64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct bench_sample {
    pub ns: f64,
    pub events: i64,
    pub in_vain: i64,
}

/// Opaque.
#[repr(C)]
pub struct bench_world([u8; 0]);

unsafe extern "C" {
    pub static bench_epoll: bench_loop;
    #[cfg(has_libevent)]
    pub static bench_libevent: bench_loop;
    #[cfg(has_libev)]
    pub static bench_libev: bench_loop;
    #[cfg(has_libuv)]
    pub static bench_libuv: bench_loop;

    pub fn bench_world_new(which: *const bench_case) -> *mut bench_world;
    pub fn bench_world_free(world: *mut bench_world);
    pub fn bench_world_run(
        world: *mut bench_world,
        with: *const bench_loop,
        sample: *mut bench_sample,
    ) -> c_int;
    pub fn bench_world_bare(world: *mut bench_world, sample: *mut bench_sample) -> c_int;
}
