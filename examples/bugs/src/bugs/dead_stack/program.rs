//! A program that logs the packets that the decoder does not know.

use core::ffi::c_int;

use crate::log::Log;

/// A binding of the decoder.
pub(super) trait Decoder {
    /// A decoder that asks `unknown` whether a packet that it does not know counts.
    fn with_callback<F: Fn(u8) -> bool + 'static>(unknown: F) -> Self;
    /// How many packets were decoded.
    fn run(&self, packets: &[u8]) -> c_int;
}

pub(super) fn run<D: Decoder>() -> String {
    let log = Log::new();
    let decoder = logging::<D>(log.clone());
    let decoded = decoder.run(&[0x10, 0x90, 0x20]);
    drop(decoder);
    format!("decoded {decoded} packets; unknown: {log}")
}

#[inline(never)]
fn logging<D: Decoder>(log: Log) -> D {
    // As in a function that does more: what it calls lies so deep that the decoder's buffer will cover it.
    std::hint::black_box(&[0_u8; 1024]);
    D::with_callback(move |packet| {
        log.add(format_args!("{packet:#x}"));
        true
    })
}
