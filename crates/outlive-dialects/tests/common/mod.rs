//! How a test runs its loop, and what it does with descriptors behind a library's back.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use outlive_loop::Loop;
use tokio::runtime::{Builder, Runtime};

/// By what a loop runs.
#[derive(Clone, Copy, Debug)]
pub enum Runner {
    Itself,
    CurrentThread,
    MultiThread,
}

pub const RUNNERS: [Runner; 3] = [Runner::Itself, Runner::CurrentThread, Runner::MultiThread];

impl Runner {
    /// Runs `events` until `condition` holds, which it does within seconds.
    pub fn run_until(self, events: &Rc<Loop>, mut condition: impl FnMut() -> bool + 'static) {
        let limit = events.timer(Duration::from_secs(20), false, |_, _| panic!("it never came"));
        match self.runtime() {
            None => assert!(events.run_until(condition).unwrap()),
            Some(runtime) => {
                let check = move |events: &Loop, _| {
                    if condition() {
                        events.stop();
                    }
                };
                let check = events.timer(Duration::from_millis(1), true, check);
                runtime.block_on(events.run_on_tokio()).unwrap();
                assert!(events.remove(check));
            }
        }
        assert!(events.remove(limit));
    }

    fn runtime(self) -> Option<Runtime> {
        match self {
            Runner::Itself => None,
            Runner::CurrentThread => {
                Some(Builder::new_current_thread().enable_all().build().unwrap())
            }
            Runner::MultiThread => {
                Some(Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
            }
        }
    }
}

/// Runs for a short while what there is to do.
pub fn run_for(events: &Loop, milliseconds: u64) {
    let _ = events.run_for(Duration::from_millis(milliseconds)).unwrap();
}

/// That the loop still serves others.
pub fn assert_runs(events: &Rc<Loop>) {
    let begun = Instant::now();
    let timer = events.timer(Duration::from_millis(1), false, |events, _| events.stop());
    events.run().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(events.remove(timer));
}

/// Closes the file under `fd`, and puts another one, at which nothing happens, under its number.
pub fn close_behind(fd: i32) -> OwnedFd {
    let (silent, other) = std::os::unix::net::UnixStream::pair().unwrap();
    // SAFETY: both numbers are open files; who owns `fd` is told nothing, which is what is tested.
    assert_eq!(unsafe { libc::dup2(silent.as_raw_fd(), fd) }, fd);
    other.into()
}
