//! The binding as it was written: the user data is the address of a parameter.

use core::ffi::{c_int, c_void};

use super::program;
use super::sys::{decoder, decoder_run};

struct Decoder(decoder);

impl program::Decoder for Decoder {
    // ANCHOR: bug
    #[inline(never)]
    fn with_callback<F: Fn(u8) -> bool + 'static>(unknown: F) -> Self {
        let callback = unknown;
        let user = (&raw const callback).cast_mut().cast();
        Decoder(decoder { unknown: Some(on_unknown::<F>), user })
    } // the callback ends here
    // ANCHOR_END: bug

    fn run(&self, packets: &[u8]) -> c_int {
        // SAFETY: none: the decoder's user data is gone.
        unsafe { decoder_run(&raw const self.0, packets.as_ptr(), packets.len()) }
    }
}

/// C calls it in `decoder_run`, for each packet that it does not know.
unsafe extern "C" fn on_unknown<F: Fn(u8) -> bool>(
    packet: u8,
    _: *const u8,
    user: *mut c_void,
) -> c_int {
    // SAFETY: none: the callback was on the stack of a function that has returned.
    let unknown = unsafe { &*user.cast::<F>() };
    unknown(packet).into()
}

pub(super) fn run() -> String {
    program::run::<Decoder>()
}
