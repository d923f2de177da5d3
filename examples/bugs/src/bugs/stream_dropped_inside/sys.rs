//! The declarations of `pcm.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_void};

#[repr(C)]
pub(super) struct pcm(());

pub(super) type play_cb =
    Option<unsafe extern "C" fn(buffer: *mut f32, frames: c_int, user: *mut c_void)>;

unsafe extern "C" {
    pub(super) fn pcm_open(play: play_cb, user: *mut c_void) -> *mut pcm;
    pub(super) fn pcm_close(pcm: *mut pcm);
}
