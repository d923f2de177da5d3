//! A player that drops its stream when it has played what it has.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use crate::log::Log;
use crate::report::waits_for;

pub(super) const WAITS_FOR: &str = "the callback that drops its stream";

/// A binding of the stream, which closes it when dropped.
pub(super) trait Stream: Send + Sized + 'static {
    /// Opens a stream that calls `play` to fill each buffer, on a thread of C's.
    fn open<F: Fn(&mut [f32]) + Send + Sync + 'static>(play: F) -> Self;
}

pub(super) fn run<S: Stream>() -> String {
    let log = Log::new();
    let (done, is_done) = channel();
    let stream = Arc::new(Mutex::new(None));
    let (buffers, callback_log, own) = (AtomicU32::new(0), log.clone(), Arc::clone(&stream));
    let mut slot = stream.lock().unwrap_or_else(PoisonError::into_inner);
    *slot = Some(S::open(move |buffer| {
        buffer.fill(0.5);
        let played = buffers.fetch_add(1, Ordering::SeqCst) + 1;
        if played == 3 {
            drop(own.lock().unwrap_or_else(PoisonError::into_inner).take());
            callback_log.add("played 3 buffers, and dropped the stream");
            let _ = done.send(());
        }
    }));
    drop(slot);
    waits_for(WAITS_FOR);
    let _ = is_done.recv();
    log.to_string()
}
