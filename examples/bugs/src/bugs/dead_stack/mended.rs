//! The same binding: the decoder owns its callback.

use core::ffi::c_int;

use outlive::{Callback, Local};

use super::program;
use super::sys::{decoder, decoder_run, unknown_cb};

struct Decoder {
    raw: decoder,
    callback: Option<Callback<unknown_cb, Local>>,
}

impl program::Decoder for Decoder {
    // ANCHOR: bug
    fn with_callback<F: Fn(u8) -> bool + 'static>(unknown: F) -> Self {
        let on_unknown = move |packet, _| unknown(packet).into();
        let callback = Callback::<unknown_cb>::local_or(0, on_unknown).expect("a slot is free");
        let raw = decoder { unknown: callback.function(), user: callback.user_data() };
        Decoder { raw, callback: Some(callback) }
    }
    // ANCHOR_END: bug

    fn run(&self, packets: &[u8]) -> c_int {
        // SAFETY: C reads the packets, and passes on what it was configured with.
        unsafe { decoder_run(&raw const self.raw, packets.as_ptr(), packets.len()) }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if let Some(callback) = self.callback.take() {
            // SAFETY: C keeps nothing of a decoder that does not run.
            let _ = unsafe { callback.release() };
        }
    }
}

pub(super) fn run() -> String {
    program::run::<Decoder>()
}
