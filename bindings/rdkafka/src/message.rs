//! Messages: those to be sent, and those of librdkafka's.

use core::ffi::{CStr, c_void};
use core::slice;

use rdkafka_sys as rd;

use crate::error::{Error, check};

/// A message to be sent. librdkafka copies it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition; without one librdkafka chooses by the key.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The contents.
    pub payload: Option<&'a [u8]>,
}

/// A message of librdkafka's, during a call.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// Where it is in the partition, if that is known; else it is negative.
    pub offset: i64,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The contents.
    pub payload: Option<&'a [u8]>,
    /// What has become of it.
    pub result: Result<(), Error>,
}

impl<'a> Message<'a> {
    /// # Safety
    ///
    /// The message is one of librdkafka's, which it keeps for the lifetime.
    pub(crate) unsafe fn of(message: &'a rd::rd_kafka_message_t) -> Self {
        // SAFETY: the caller's promise.
        let payload = unsafe { bytes(message.payload, message.len) };
        // SAFETY: the caller's promise.
        let key = unsafe { bytes(message.key, message.key_len) };
        let topic = if message.rkt.is_null() {
            c"".as_ptr()
        } else {
            // SAFETY: the topic is the message's.
            unsafe { rd::rd_kafka_topic_name(message.rkt) }
        };
        // SAFETY: the name is the topic's, and ends in NUL.
        let topic = unsafe { CStr::from_ptr(topic) };
        Message {
            topic: topic.to_str().unwrap_or_default(),
            partition: message.partition,
            offset: message.offset,
            key,
            payload,
            result: check(message.err),
        }
    }
}

/// # Safety
///
/// `data` is NULL, or leads to `length` bytes that stay for the lifetime.
unsafe fn bytes<'a>(data: *const c_void, length: usize) -> Option<&'a [u8]> {
    // SAFETY: the caller's promise.
    (!data.is_null()).then(|| unsafe { slice::from_raw_parts(data.cast(), length) })
}
