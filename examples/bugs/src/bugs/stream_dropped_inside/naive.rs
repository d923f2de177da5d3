//! The binding as it is often written: the destructor closes the stream, wherever it runs.

use core::ffi::{c_int, c_void};
use core::slice;

use super::program;
use super::sys::{pcm, pcm_close, pcm_open};

struct Stream {
    raw: *mut pcm,
    play: *mut c_void,
    free: unsafe fn(*mut c_void),
}

// SAFETY: C says that any thread may close the stream; the closure is `Send`.
unsafe impl Send for Stream {}

impl program::Stream for Stream {
    fn open<F: Fn(&mut [f32]) + Send + Sync + 'static>(play: F) -> Self {
        let play = Box::into_raw(Box::new(play)).cast();
        // SAFETY: C calls `fill` with this, until the stream is closed.
        let raw = unsafe { pcm_open(Some(fill::<F>), play) };
        Stream { raw, play, free: free::<F> }
    }
}

/// C calls it on the stream's thread, for each buffer.
unsafe extern "C" fn fill<F: Fn(&mut [f32])>(buffer: *mut f32, frames: c_int, play: *mut c_void) {
    // SAFETY: C passes the buffer, and this many frames.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, frames as usize) };
    // SAFETY: the closure lives until the stream is closed.
    let play = unsafe { &*play.cast::<F>() };
    play(buffer);
}

/// # Safety
///
/// It is from `Box::into_raw`, and nobody uses it any more.
unsafe fn free<F>(play: *mut c_void) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(play.cast::<F>()) });
}

// ANCHOR: bug
impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream is open. In its own callback this waits for itself.
        unsafe { pcm_close(self.raw) };
        // SAFETY: C calls nothing any more.
        unsafe { (self.free)(self.play) };
    }
}
// ANCHOR_END: bug

pub(super) fn run() -> String {
    program::run::<Stream>()
}
