//! Waiting in tests, with an end to it.

use std::time::{Duration, Instant};

/// Longer than anything here takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Returns when `done` says so.
///
/// # Panics
///
/// When that takes more than a minute.
pub fn until(mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < LIMIT, "waited for a minute");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs `f`, which would hang if it could: the process then aborts and says so.
pub fn without_deadlock<R>(f: impl FnOnce() -> R) -> R {
    let (finished, watch) = std::sync::mpsc::channel::<()>();
    let watcher = std::thread::spawn(move || {
        if watch.recv_timeout(LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            eprintln!("a deadlock: this test has not finished in a minute");
            std::process::abort();
        }
    });
    let result = f();
    drop(finished);
    watcher.join().unwrap();
    result
}
