//! A client that reads.

use core::ptr::NonNull;
use std::time::Duration;

use rdkafka_sys as rd;

use crate::client::{Client, Stopper, milliseconds};
use crate::config::{Config, c_string};
use crate::error::{Error, check};
use crate::handlers::Events;
use crate::message::Message;

/// A client that reads. Any thread may use it. Its configuration needs a `group.id`.
pub struct Consumer(Client);

impl Consumer {
    /// A consumer with this configuration.
    ///
    /// # Errors
    ///
    /// Where the properties contradict each other; interceptors and events are dropped.
    pub fn new(config: Config, events: impl Events) -> Result<Self, Error> {
        let kind = rd::rd_kafka_type_t::RD_KAFKA_CONSUMER;
        let consumer = Consumer(config.into_client(kind, Box::new(events))?);
        // SAFETY: OWNED.
        check(unsafe { rd::rd_kafka_poll_set_consumer(consumer.0.as_ptr()?) })?;
        Ok(consumer)
    }

    /// Reads a partition from an offset on; -2 is its beginning.
    ///
    /// # Errors
    ///
    /// What librdkafka says.
    pub fn assign(&self, topic: &str, partition: i32, offset: i64) -> Result<(), Error> {
        let (client, topic) = (self.0.as_ptr()?, c_string(topic)?);
        // SAFETY: it may be called at any time.
        let list = NonNull::new(unsafe { rd::rd_kafka_topic_partition_list_new(1) });
        let list = list.ok_or_else(|| Error::new("no memory"))?.as_ptr();
        // SAFETY: OWNED and LENT.
        let entry =
            unsafe { rd::rd_kafka_topic_partition_list_add(list, topic.as_ptr(), partition) };
        // SAFETY: the entry is the list's.
        unsafe { (*entry).offset = offset };
        // SAFETY: OWNED: librdkafka copies the list.
        let assigned = check(unsafe { rd::rd_kafka_assign(client, list) });
        // SAFETY: OWNED.
        unsafe { rd::rd_kafka_topic_partition_list_destroy(list) };
        assigned
    }

    /// Waits for a message, for at most so long, and runs `f` on it. Calls what is to be called meanwhile.
    ///
    /// # Errors
    ///
    /// The message's own error, and that this is a log or an interceptor.
    pub fn poll<R>(
        &self,
        timeout: Duration,
        f: impl FnOnce(&Message<'_>) -> R,
    ) -> Result<Option<R>, Error> {
        struct Taken(NonNull<rd::rd_kafka_message_t>);
        impl Drop for Taken {
            fn drop(&mut self) {
                // SAFETY: OWNED.
                unsafe { rd::rd_kafka_message_destroy(self.0.as_ptr()) };
            }
        }
        // SAFETY: OWNED.
        let taken = unsafe { rd::rd_kafka_consumer_poll(self.0.as_ptr()?, milliseconds(timeout)) };
        let Some(taken) = NonNull::new(taken).map(Taken) else { return Ok(None) };
        // SAFETY: OWNED.
        let message = unsafe { taken.0.as_ref() };
        check(message.err)?;
        // SAFETY: OWNED.
        Ok(Some(f(&unsafe { Message::of(message) })))
    }

    /// What ends all callbacks, at any moment.
    pub fn stopper(&self) -> Stopper {
        self.0.stopper()
    }
}
