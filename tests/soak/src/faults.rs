//! What is not as it should be.

use std::fmt::Display;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::allocator::uncounted;

/// How many faults are told apart.
const TOLD: usize = 20;

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Faults {
    found: AtomicU64,
    told: Mutex<Vec<String>>,
}

impl Faults {
    /// One more.
    pub fn add(&self, fault: impl Display) {
        self.found.fetch_add(1, Ordering::SeqCst);
        uncounted(|| {
            let mut told = self.told.lock().unwrap();
            if told.len() < TOLD {
                eprintln!("fault: {fault}");
                told.push(fault.to_string());
            }
        });
    }

    /// One more, unless both are the same.
    pub fn expect<T: PartialEq + std::fmt::Debug>(&self, what: impl Display, is: T, should: T) {
        if is != should {
            self.add(format_args!("{what}: {is:?}, should be {should:?}"));
        }
    }

    /// How many there were.
    pub fn found(&self) -> u64 {
        self.found.load(Ordering::SeqCst)
    }

    /// The first of them.
    pub fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}
