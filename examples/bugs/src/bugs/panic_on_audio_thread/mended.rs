//! The same binding: a buffer whose callback panics is silence, and the panic goes on where C was called.

use core::ffi::c_int;
use core::slice;

use outlive::{Held, callbacks};

use super::program::{self, Process};
use super::sys::{audio_play, process_cb};

struct Player(Process);

// ANCHOR: bug
#[callbacks(state = arg, panic = resume)]
impl Player {
    #[callback(type = process_cb, fallback = unsafe { out.write_bytes(0, frames as usize) })]
    fn process(&self, out: *mut f32, frames: c_int) {
        // SAFETY: C passes the buffer, and this many frames.
        (self.0)(unsafe { slice::from_raw_parts_mut(out, frames as usize) });
    }
}

fn play(process: Process, heard: &mut [f32]) {
    let player = Held::new(Player(process)).expect("a slot is free");
    let (function, user) = (player.functions().process, player.user_data());
    // SAFETY: C writes as many samples, and calls only meanwhile.
    unsafe { audio_play(function, user, heard.as_mut_ptr(), heard.len() as c_int) };
    let panic = player.take_panic();
    // SAFETY: C has forgotten the function.
    let _ = unsafe { player.release() };
    if let Some(panic) = panic {
        std::panic::resume_unwind(panic);
    }
}
// ANCHOR_END: bug

pub(super) fn run() -> String {
    program::run(play)
}
