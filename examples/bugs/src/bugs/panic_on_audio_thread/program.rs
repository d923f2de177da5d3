//! A synthesizer with a mistake.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::log::Log;

/// What fills a buffer.
pub(super) type Process = Box<dyn Fn(&mut [f32]) + Send + Sync>;

/// A binding of the audio server: plays this many buffers, which `process` fills on a thread of C's. The first sample of each.
pub(super) type Play = fn(process: Process, heard: &mut [f32]);

pub(super) fn run(play: Play) -> String {
    let log = Log::new();
    let (levels, buffer, callback_log) = ([0.5, 0.25], AtomicUsize::new(0), log.clone());
    let process = move |out: &mut [f32]| {
        let _alive = &callback_log;
        // Every third buffer has no level.
        let level = buffer.fetch_add(1, Ordering::SeqCst) % 3;
        out.fill(levels[level]);
    };
    let mut heard = [-1.0; 4];
    let played = catch_unwind(AssertUnwindSafe(|| play(Box::new(process), &mut heard)));
    let end = played.map_or_else(|payload| message(&*payload), |()| "no panic".to_owned());
    format!("heard {heard:?}; {end}")
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload.downcast_ref::<String>().cloned().unwrap_or_default()
}
