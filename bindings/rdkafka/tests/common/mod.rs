//! What the tests have in common.
#![allow(dead_code, reason = "not every test uses all of it")]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use outlive::ledger;
use outlive_rdkafka::{Config, Error, Events, Producer, Record};

pub const LONG: Duration = Duration::from_secs(60);

/// The ledger is of the whole process: one test at a time.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(ledger().tables.len(), 0, "{}", ledger());
    alone
}

pub fn nothing_is_left() {
    assert_eq!(ledger().tables.len(), 0, "{}", ledger());
}

/// A configuration with a cluster of librdkafka's own.
pub fn mock() -> Config {
    let mut config = Config::new();
    for (name, value) in [("test.mock.num.brokers", "1"), ("linger.ms", "0"), ("log_level", "6")] {
        config.set(name, value).unwrap();
    }
    config
}

pub fn producer(events: impl Events) -> Producer {
    Producer::new(mock(), events).unwrap()
}

pub fn record(payload: &[u8]) -> Record<'_> {
    Record { topic: "tested", partition: Some(0), key: Some(b"key"), payload: Some(payload) }
}

/// Sends a message, and waits until it has been stored.
pub fn send(producer: &Producer) -> Result<(), Error> {
    producer.send(&record(b"hello"), |_| ())?;
    producer.flush(LONG)
}

/// Waits, for long at most.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
