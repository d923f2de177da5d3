//! A client that sends.

use core::ffi::{CStr, c_int};
use core::ptr::null;
use std::ffi::c_void;
use std::time::Duration;

use rdkafka_sys as rd;
use rdkafka_sys::rd_kafka_vtype_t as Kind;

use crate::client::{Client, Stopper, milliseconds};
use crate::config::{Config, c_string};
use crate::error::{Error, check};
use crate::handlers::{Delivered, Events};
use crate::message::Record;

/// A client that sends. Any thread may use it.
///
/// Dropping it gives up what has not been stored yet, calls the reports of that, and then destroys the client, which waits for
/// librdkafka's threads. In a callback all of it is done on another thread.
pub struct Producer(Client);

impl Producer {
    /// A producer with this configuration.
    ///
    /// # Errors
    ///
    /// Where the properties contradict each other; interceptors and events are dropped.
    pub fn new(config: Config, events: impl Events) -> Result<Self, Error> {
        config.into_client(rd::rd_kafka_type_t::RD_KAFKA_PRODUCER, Box::new(events)).map(Producer)
    }

    /// Takes a record to be sent; [`poll`](Producer::poll) and [`flush`](Producer::flush) call `report` when it has been
    /// stored, or given up.
    ///
    /// # Errors
    ///
    /// Where it cannot be taken; then `report` is dropped.
    pub fn send(
        &self,
        record: &Record<'_>,
        report: impl FnOnce(Result<Delivered, Error>) + Send + 'static,
    ) -> Result<(), Error> {
        let (client, topic) = (self.0.as_ptr()?, c_string(record.topic)?);
        let bytes = |bytes: Option<&[u8]>| {
            bytes.map_or((null(), 0), |bytes| (bytes.as_ptr().cast::<c_void>(), bytes.len()))
        };
        let ((payload, size), (key, key_size)) = (bytes(record.payload), bytes(record.key));
        let token = self.0.handlers(|handlers| handlers.expect(Box::new(report)))?;
        // SAFETY: OWNED and LENT; each value is of the type that the header says for its kind.
        let taken = check(unsafe {
            rd::rd_kafka_producev(
                client,
                Kind::RD_KAFKA_VTYPE_TOPIC as c_int,
                topic.as_ptr(),
                Kind::RD_KAFKA_VTYPE_PARTITION as c_int,
                record.partition.unwrap_or(-1),
                Kind::RD_KAFKA_VTYPE_KEY as c_int,
                key,
                key_size,
                Kind::RD_KAFKA_VTYPE_VALUE as c_int,
                payload,
                size,
                Kind::RD_KAFKA_VTYPE_MSGFLAGS as c_int,
                rd::RD_KAFKA_MSG_F_COPY,
                Kind::RD_KAFKA_VTYPE_OPAQUE as c_int,
                token.as_ptr(),
                Kind::RD_KAFKA_VTYPE_END as c_int,
            )
        });
        if taken.is_err() {
            drop(self.0.handlers(|handlers| handlers.take(token))?);
        }
        taken
    }

    /// Calls what is to be called, for at most so long; how many calls there were.
    ///
    /// # Errors
    ///
    /// In a log or in an interceptor.
    pub fn poll(&self, timeout: Duration) -> Result<usize, Error> {
        // SAFETY: OWNED.
        let served = unsafe { rd::rd_kafka_poll(self.0.as_ptr()?, milliseconds(timeout)) };
        Ok(usize::try_from(served).unwrap_or(0))
    }

    /// Waits until all records have been stored or given up, and calls what is to be called.
    ///
    /// # Errors
    ///
    /// Where that takes longer, and in a log or in an interceptor.
    pub fn flush(&self, timeout: Duration) -> Result<(), Error> {
        // SAFETY: OWNED.
        check(unsafe { rd::rd_kafka_flush(self.0.as_ptr()?, milliseconds(timeout)) })
    }

    /// Gives up what has not been stored yet. The reports come by [`poll`](Producer::poll).
    ///
    /// # Errors
    ///
    /// What librdkafka says.
    pub fn purge(&self) -> Result<(), Error> {
        let all = rd::RD_KAFKA_PURGE_F_QUEUE | rd::RD_KAFKA_PURGE_F_INFLIGHT;
        // SAFETY: OWNED.
        check(unsafe { rd::rd_kafka_purge(self.0.as_ptr()?, all) })
    }

    /// What ends all callbacks, at any moment.
    pub fn stopper(&self) -> Stopper {
        self.0.stopper()
    }

    /// Where the producer's own cluster for tests is to be found (`test.mock.num.brokers`): a value for `bootstrap.servers`.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn mock_servers(&self) -> Result<String, Error> {
        // SAFETY: OWNED.
        let cluster = unsafe { rd::rd_kafka_handle_mock_cluster(self.0.as_ptr()?) };
        if cluster.is_null() {
            return Err(Error::new("there is no cluster for tests: set test.mock.num.brokers"));
        }
        // SAFETY: the cluster is the client's.
        let servers = unsafe { rd::rd_kafka_mock_cluster_bootstraps(cluster) };
        // SAFETY: it is the cluster's, and ends in NUL.
        Ok(unsafe { CStr::from_ptr(servers) }.to_string_lossy().into_owned())
    }
}
