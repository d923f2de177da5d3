//! Calls that stay inside a table until they are told to go on.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use outlive::{Held, callbacks};

use crate::c::{bench_table, bench_tally};
use crate::callee::Callee;

/// What the callers and the closer tell each other.
pub struct Calls {
    begun: Instant,
    may_go: Mutex<bool>,
    told: Condvar,
    inside: AtomicUsize,
    out: AtomicUsize,
    /// When the last one was out, in nanoseconds since `begun`.
    last_out: AtomicU64,
    went_on: AtomicU64,
}

/// A host value whose callback waits.
pub struct Waiting(Arc<Calls>);

#[callbacks(bench_table, state = arg)]
impl Waiting {
    #[callback(fallback = -1)]
    fn on_event(&self, _tally: *mut bench_tally, value: i64) -> i64 {
        self.0.stay();
        value
    }
}

/// Has C call the table once, on the calling thread.
pub fn call_once(held: &Held<Waiting>) {
    let mut tally = bench_tally::default();
    // SAFETY: the table is released after this has returned.
    unsafe { Callee::of(held).call(&raw mut tally, 0, 1) };
}

impl Waiting {
    /// A host value, and what is known of its calls after its end too.
    pub fn new() -> (Self, Arc<Calls>) {
        let calls = Arc::new(Calls::none());
        (Waiting(calls.clone()), calls)
    }
}

impl Calls {
    pub fn none() -> Self {
        Calls {
            begun: Instant::now(),
            may_go: Mutex::new(false),
            told: Condvar::new(),
            inside: AtomicUsize::new(0),
            out: AtomicUsize::new(0),
            last_out: AtomicU64::new(0),
            went_on: AtomicU64::new(0),
        }
    }

    /// Stays inside until the calls are told to go on.
    pub fn stay(&self) {
        self.inside.fetch_add(1, Ordering::SeqCst);
        let may_go = self.may_go.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.told.wait_while(may_go, |may_go| !*may_go));
        self.out.fetch_add(1, Ordering::SeqCst);
        self.last_out.fetch_max(self.now(), Ordering::SeqCst);
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_nanos() as u64
    }

    /// Waits until `count` calls are inside; lets them go if that takes too long.
    pub fn await_inside(&self, count: usize) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.inside.load(Ordering::SeqCst) < count {
            if Instant::now() > deadline {
                self.let_go_after(Duration::ZERO);
                let inside = self.inside.load(Ordering::SeqCst);
                return Err(format!("only {inside} of {count} calls are inside"));
            }
            thread::sleep(Duration::from_micros(100));
        }
        Ok(())
    }

    /// Tells all calls to go on.
    pub fn let_go_after(&self, delay: Duration) {
        thread::sleep(delay);
        *self.may_go.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.went_on.store(self.now(), Ordering::SeqCst);
        self.told.notify_all();
    }

    /// How many calls have come to their end.
    pub fn out(&self) -> usize {
        self.out.load(Ordering::SeqCst)
    }

    /// When the last one did.
    pub fn last_out(&self) -> Instant {
        self.begun + Duration::from_nanos(self.last_out.load(Ordering::SeqCst))
    }

    /// When they were told to go on.
    pub fn went_on(&self) -> Instant {
        self.begun + Duration::from_nanos(self.went_on.load(Ordering::SeqCst))
    }
}
