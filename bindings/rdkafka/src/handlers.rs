//! The callbacks of a client's configuration, which share its opaque.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use outlive::{Token, Tokens, callbacks};
use rdkafka_sys as rd;

use crate::error::Error;
use crate::forbidden::without_calls;
use crate::message::Message;

/// Hears what a client has to say. The crate's page says on which threads.
pub trait Events: Send + Sync + 'static {
    /// A line of the log, of this level of syslog's: 3 is an error, 4 a warning, 6 information, 7 for debugging.
    fn log(&self, _level: i32, _facility: &str, _text: &str) {}

    /// Something that librdkafka will try again, unless its code says that it is fatal.
    fn error(&self, _error: &Error) {}

    /// Statistics, in JSON, as often as `statistics.interval.ms` says.
    fn statistics(&self, _json: &str) {}
}

/// Nobody hears them.
impl Events for () {}

/// Where a message has been stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The partition.
    pub partition: i32,
    /// Where it is in the partition.
    pub offset: i64,
}

pub(crate) type Report = Box<dyn FnOnce(Result<Delivered, Error>) + Send>;

/// What a client calls.
pub(crate) struct Handlers {
    events: Box<dyn Events>,
    /// What is to be called for each message that has been sent.
    reports: Mutex<Tokens<Report>>,
}

impl Handlers {
    pub fn new(events: Box<dyn Events>) -> Self {
        Handlers { events, reports: Mutex::new(Tokens::new("report of a delivery")) }
    }

    /// Keeps what is to be called, and gives what librdkafka passes back then.
    pub fn expect(&self, report: Report) -> Token {
        self.reports().insert(report)
    }

    /// What librdkafka does not call any more.
    pub fn take(&self, token: Token) -> Option<Report> {
        self.reports().take(token)
    }

    fn reports(&self) -> MutexGuard<'_, Tokens<Report>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// The types of librdkafka's header, which has no names for them.
pub(crate) type DrMsgCb =
    Option<unsafe extern "C" fn(*mut rd::rd_kafka_t, *const rd::rd_kafka_message_t, *mut c_void)>;
pub(crate) type ErrorCb =
    Option<unsafe extern "C" fn(*mut rd::rd_kafka_t, c_int, *const c_char, *mut c_void)>;
pub(crate) type StatsCb =
    Option<unsafe extern "C" fn(*mut rd::rd_kafka_t, *mut c_char, usize, *mut c_void) -> c_int>;
pub(crate) type LogCb =
    Option<unsafe extern "C" fn(*const rd::rd_kafka_t, c_int, *const c_char, *const c_char)>;

/// The opaque of a client: a log has no other way to it.
fn opaque_of(client: *const rd::rd_kafka_t) -> *mut c_void {
    if client.is_null() {
        return null_mut(); // A log before there is a client: reported as such.
    }
    // SAFETY: TOLD: the opaque is set before the client is made, and only read.
    unsafe { rd::rd_kafka_opaque(client) }
}

// The header: what is passed is valid for the call.
#[callbacks(state = arg, unsafe(borrow))]
impl Handlers {
    /// Called once for each message that has been delivered, or given up, by whoever polls.
    #[callback(type = DrMsgCb)]
    fn delivered(&self, _client: *mut rd::rd_kafka_t, message: &rd::rd_kafka_message_t) {
        // The message's own opaque.
        let report = self.take(Token::from_ptr(message._private));
        // SAFETY: TOLD.
        let Message { partition, offset, result, .. } = unsafe { Message::of(message) };
        if let Some(report) = report {
            report(result.map(|()| Delivered { partition, offset }));
        }
    }

    /// Called for errors, by whoever polls.
    #[callback(type = ErrorCb)]
    fn error(&self, _client: *mut rd::rd_kafka_t, code: c_int, reason: Option<&CStr>) {
        let reason = reason.unwrap_or_default().to_string_lossy();
        self.events.error(&Error::coded(code, &reason));
    }

    /// Called with statistics, by whoever polls. With 0 the text stays librdkafka's.
    #[callback(type = StatsCb, fallback = 0)]
    fn statistics(
        &self,
        _client: *mut rd::rd_kafka_t,
        #[len(length)] json: &[u8],
        length: usize,
    ) -> c_int {
        self.events.statistics(&String::from_utf8_lossy(json));
        0
    }

    /// Called with each line of the log, on any thread.
    #[callback(type = LogCb, user_data = opaque_of(client))]
    fn log(
        &self,
        client: *const rd::rd_kafka_t,
        level: c_int,
        facility: Option<&CStr>,
        text: Option<&CStr>,
    ) {
        let _ = client; // It leads to the user data.
        let facility = facility.unwrap_or_default().to_string_lossy();
        let text = text.unwrap_or_default().to_string_lossy();
        without_calls(|| self.events.log(level, &facility, &text));
    }
}
