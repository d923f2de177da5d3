//! librdkafka with its callbacks in Rust.
//!
//! A [`Producer`] sends records, and a [`Consumer`] reads them. [`Events`] hears logs, errors and statistics, a closure hears
//! what became of each record, and an [`Interceptor`] what librdkafka does on its own threads.
//!
//! ```
//! use std::time::Duration;
//! use outlive_rdkafka::{Config, Producer, Record};
//!
//! let mut config = Config::new();
//! config.set("test.mock.num.brokers", "1")?; // a cluster of librdkafka's own, for tests
//! let producer = Producer::new(config, ())?;
//! let record = Record { topic: "greetings", payload: Some(b"hello"), ..Record::default() };
//! producer.send(&record, |delivered| println!("{delivered:?}"))?;
//! producer.flush(Duration::from_secs(30))?;
//! # Ok::<(), outlive_rdkafka::Error>(())
//! ```
//!
//! # Which thread calls
//!
//! | what | on which thread |
//! | --- | --- |
//! | reports of deliveries, errors, statistics | that of [`Producer::poll`], [`Producer::flush`] and [`Consumer::poll`] |
//! | logs, interceptors | any: librdkafka's own, several at the same time, and the caller's |
//!
//! In a log and in an interceptor librdkafka may not be called: there the methods of [`Producer`] and [`Consumer`] return an
//! error. Both may be dropped anywhere: in a callback the rest is done on another thread, for librdkafka waits for its own.
//!
//! # Mishaps
//!
//! A panic in a callback is reported, and librdkafka goes on; the panic of an interceptor is its error, which librdkafka logs.
//! A [`Stopper`] ends all callbacks of a client, at any moment and from anywhere: nothing is called any more when it has
//! returned `Ended::Now`. Each report is called once, or dropped; with the producer at the latest, which first gives up all
//! that has not been sent yet.
//!
//! # Why the calls into librdkafka are sound
//!
//! The comments at unsafe blocks name these:
//!
//! * OWNED: the pointer came from librdkafka, is not NULL, and is freed by nobody but the value that has it.
//! * LENT: the pointer leads to memory of the caller's frame, which librdkafka copies during the call; a string ends in NUL.
//! * CALLED: the functions, and their user data, are valid until librdkafka's last call of them, or until they are released,
//!   when it has none of them any more.
//! * TOLD: librdkafka passed the pointer to a callback that is still running, and its header says what is there.

mod client;
mod config;
mod consumer;
mod error;
mod forbidden;
mod handlers;
mod interceptor;
mod message;
mod producer;

pub use client::Stopper;
pub use config::Config;
pub use consumer::Consumer;
pub use error::Error;
pub use handlers::{Delivered, Events};
pub use interceptor::{Interceptor, Request};
pub use message::{Message, Record};
pub use producer::Producer;
