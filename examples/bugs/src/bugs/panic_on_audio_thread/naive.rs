//! The binding as it is often written: nothing catches a panic.

use core::ffi::{c_int, c_void};
use core::slice;

use super::program::{self, Process};
use super::sys::audio_play;

fn play(process: Process, heard: &mut [f32]) {
    let user = (&raw const process).cast_mut().cast();
    // SAFETY: C writes as many samples, and calls only meanwhile.
    unsafe { audio_play(Some(on_process), user, heard.as_mut_ptr(), heard.len() as c_int) };
}

// ANCHOR: bug
/// C calls it on its audio thread, for each buffer. A panic ends the program, for it must not go on into C.
unsafe extern "C" fn on_process(out: *mut f32, frames: c_int, user: *mut c_void) {
    // SAFETY: C passes the buffer, and this many frames.
    let out = unsafe { slice::from_raw_parts_mut(out, frames as usize) };
    // SAFETY: `play` has it, and waits.
    let process = unsafe { &*user.cast::<Process>() };
    process(out);
}
// ANCHOR_END: bug

pub(super) fn run() -> String {
    program::run(play)
}
