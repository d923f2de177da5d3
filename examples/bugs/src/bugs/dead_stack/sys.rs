//! The declarations of `decoder.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_void};

pub(super) type unknown_cb =
    Option<unsafe extern "C" fn(packet: u8, bits: *const u8, user: *mut c_void) -> c_int>;

#[repr(C)]
pub(super) struct decoder {
    pub(super) unknown: unknown_cb,
    pub(super) user: *mut c_void,
}

unsafe extern "C" {
    pub(super) fn decoder_run(d: *const decoder, packets: *const u8, count: usize) -> c_int;
}
