//! What goes on in the program meanwhile: the heap is churned, other tables come and go.

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use outlive::{Held, callbacks};
use outlive_vde::sys::vde_listener;

use super::handler::Anywhere;

/// A thread that allocates, overwrites and frees, and makes and ends tables, until it is dropped.
pub struct Churn {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<u64>>,
}

impl Churn {
    pub fn start() -> Churn {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = thread::spawn(move || {
            let mut made = 0;
            while !seen.load(Ordering::Relaxed) {
                made += churn_once(made);
                thread::yield_now();
            }
            made
        });
        Churn { stop, thread: Some(thread) }
    }

    /// Ends it, and says how many tables have come and gone.
    pub fn stop(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or(0)
    }
}

impl Drop for Churn {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Frees and reuses memory of many sizes, and makes two tables of different types. Returns how many
/// tables were made.
pub fn churn_once(seed: u64) -> u64 {
    let blocks: Vec<Vec<u8>> =
        (0..32).map(|n| vec![0xa5; (16 << (n % 8)) + (seed % 61) as usize]).collect();
    drop(std::hint::black_box(blocks));
    let mut made = 0;
    if let Ok(other) = Held::new(Other) {
        made += 1;
        // SAFETY: nobody was given the table.
        let _ = unsafe { other.release() };
    }
    if let Ok(other) = Held::new(Anywhere) {
        made += 1;
        // SAFETY: nobody was given the table.
        let _ = unsafe { other.release() };
    }
    made
}

/// A table that nobody calls: a late call that reached it would be another registration's.
struct Other;

#[callbacks(vde_listener, state = arg)]
impl Other {
    fn port_closed(&self, port: u32, _reason: c_int) {
        eprintln!("a call for port {port} has reached a table that nobody was given");
        std::process::abort();
    }
}
