//! The same binding: the destructor closes the stream where no callback is below it.

use core::slice;

use outlive::Callback;

use super::program;
use super::sys::{pcm, pcm_close, pcm_open, play_cb};

struct Stream(Option<Open>);

struct Open {
    raw: *mut pcm,
    play: Callback<play_cb>,
}

// SAFETY: C says that any thread may close the stream.
unsafe impl Send for Open {}

impl program::Stream for Stream {
    fn open<F: Fn(&mut [f32]) + Send + Sync + 'static>(play: F) -> Self {
        let play = Callback::<play_cb>::new(move |buffer, frames| {
            // SAFETY: C passes the buffer, and this many frames.
            play(unsafe { slice::from_raw_parts_mut(buffer, frames as usize) });
        });
        let play = play.expect("a slot is free");
        // SAFETY: C calls with a buffer of its own.
        let raw = unsafe { pcm_open(play.function(), play.user_data()) };
        Stream(Some(Open { raw, play }))
    }
}

impl Open {
    fn close(self) {
        // SAFETY: the stream is open.
        unsafe { pcm_close(self.raw) };
        // SAFETY: C has forgotten the callback.
        let _ = unsafe { self.play.release() };
    }
}

// ANCHOR: bug
impl Drop for Stream {
    fn drop(&mut self) {
        let Some(open) = self.0.take() else { return };
        // In the stream's own callback this goes on on another thread; elsewhere it waits here.
        if let Err(failed) = outlive::outside(move || open.close()) {
            eprintln!("the stream goes on: {failed}");
        }
    }
}
// ANCHOR_END: bug

pub(super) fn run() -> String {
    program::run::<Stream>()
}
