//! The declarations of `audio.c`.

#![allow(non_camel_case_types)]

use core::ffi::{c_int, c_void};

pub(super) type process_cb =
    Option<unsafe extern "C" fn(out: *mut f32, frames: c_int, user: *mut c_void)>;

unsafe extern "C" {
    pub(super) fn audio_play(
        process: process_cb,
        user: *mut c_void,
        heard: *mut f32,
        buffers: c_int,
    ) -> c_int;
}
