//! Interceptors: what librdkafka does, heard on its own threads.

use core::ffi::{CStr, c_char, c_int};
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering};

use outlive::{Call, Held, callbacks};
use rdkafka_sys as rd;
use rdkafka_sys::rd_kafka_resp_err_t as Answer;

use crate::error::{Error, check};
use crate::forbidden::without_calls;
use crate::message::Message;

/// What a callback returns; librdkafka logs whatever is no success, and goes on.
const GO_ON: Answer = Answer::RD_KAFKA_RESP_ERR_NO_ERROR;
const FAILED: Answer = Answer::RD_KAFKA_RESP_ERR__FAIL;

/// Hears what a client does. librdkafka calls on the thread that does it: its own, several at the same time, or that of the
/// caller. None of the methods may block, or call the client.
pub trait Interceptor: Send + Sync + 'static {
    /// A message is about to be sent.
    fn on_send(&self, _message: &Message<'_>) {}

    /// A message has been delivered, or given up.
    fn on_acknowledgement(&self, _message: &Message<'_>) {}

    /// A message is about to be given to the consumer.
    fn on_consume(&self, _message: &Message<'_>) {}

    /// A request has gone to a broker.
    fn on_request_sent(&self, _request: &Request<'_>) {}

    /// An answer has come.
    fn on_response_received(&self, _request: &Request<'_>, _result: Result<(), Error>) {}

    /// A thread of librdkafka's begins; called on that thread.
    fn on_thread_start(&self, _name: &str) {}

    /// A thread of librdkafka's ends; called on that thread.
    fn on_thread_exit(&self, _name: &str) {}

    /// The connection to a broker has another state.
    fn on_broker_state_change(&self, _broker: i32, _name: &str, _state: &str) {}

    /// The client is about to be gone.
    fn on_destroy(&self) {}
}

/// A request to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The broker's name.
    pub broker: &'a str,
    /// The kind of request: the number that Kafka's protocol has for it, or -1.
    pub key: i16,
    /// The number by which the answer is known, or -1; librdkafka 2.12.1 passes 0 with each answer.
    pub correlation: i32,
    /// How many bytes it has, or the answer.
    pub size: usize,
}

/// An interceptor that a configuration has, and then a client.
pub(crate) struct Intercepting {
    interceptor: Box<dyn Interceptor>,
    name: CString,
    /// Whether a client has begun to be made.
    has_begun: AtomicBool,
}

/// Adds an interceptor to a configuration, which calls it last when it is destroyed.
pub(crate) fn add(
    config: *mut rd::rd_kafka_conf_t,
    name: &str,
    interceptor: Box<dyn Interceptor>,
) -> Result<Held<Intercepting>, Error> {
    let name = CString::new(name).map_err(Error::new)?;
    let intercepting =
        Intercepting { interceptor, name: name.clone(), has_begun: AtomicBool::new(false) };
    let held = Held::new(intercepting).map_err(Error::new)?;
    let (functions, user_data) = (held.functions(), held.user_data());
    // SAFETY: OWNED, LENT and CALLED.
    let added = unsafe {
        rd::rd_kafka_conf_interceptor_add_on_new(config, name.as_ptr(), functions.on_new, user_data)
    };
    if let Err(error) = check(added) {
        // SAFETY: librdkafka does not keep one that it refuses.
        let _ = unsafe { held.release() };
        return Err(error);
    }
    let destroy = functions.on_conf_destroy;
    // SAFETY: OWNED, LENT and CALLED. The header: this does not fail.
    let added = unsafe {
        rd::rd_kafka_conf_interceptor_add_on_conf_destroy(config, name.as_ptr(), destroy, user_data)
    };
    check(added).map(|()| held)
}

impl Intercepting {
    /// Whether librdkafka has begun to make a client with it.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    fn run(&self, call: impl FnOnce(&dyn Interceptor)) -> Answer {
        without_calls(|| call(&*self.interceptor));
        GO_ON
    }

    /// Adds all functions to a client that is being made.
    fn join(&self, call: &Call<'_>, client: *mut rd::rd_kafka_t) -> Result<(), Error> {
        let functions = outlive::functions::<Intercepting>();
        let (name, user_data) = (self.name.as_ptr(), call.user_data());
        macro_rules! add {
            ($($add:ident: $function:ident,)*) => {
                // SAFETY: TOLD, LENT and CALLED.
                $(check(unsafe { rd::$add(client, name, functions.$function, user_data) })?;)*
            };
        }
        add! {
            rd_kafka_interceptor_add_on_send: on_send,
            rd_kafka_interceptor_add_on_acknowledgement: on_acknowledgement,
            rd_kafka_interceptor_add_on_consume: on_consume,
            rd_kafka_interceptor_add_on_request_sent: on_request_sent,
            rd_kafka_interceptor_add_on_response_received: on_response_received,
            rd_kafka_interceptor_add_on_thread_start: on_thread_start,
            rd_kafka_interceptor_add_on_thread_exit: on_thread_exit,
            rd_kafka_interceptor_add_on_broker_state_change: on_broker_state_change,
            rd_kafka_interceptor_add_on_destroy: on_destroy,
        }
        Ok(())
    }
}

fn text(text: Option<&CStr>) -> &str {
    text.unwrap_or_default().to_str().unwrap_or_default()
}

// The header: what is passed is valid for the call; nothing is called after the configuration is destroyed.
#[callbacks(state = arg, unsafe(borrow))]
#[allow(clippy::too_many_arguments, reason = "they are C's")]
impl Intercepting {
    /// Called while a client is made, on the thread that makes it.
    #[callback(
        type = rd::rd_kafka_interceptor_f_on_new_t,
        user_data = 2,
        fallback = FAILED
    )]
    fn on_new(
        &self,
        call: &Call<'_>,
        client: *mut rd::rd_kafka_t,
        _config: *const rd::rd_kafka_conf_t,
        _message: *mut c_char,
        _size: usize,
    ) -> Answer {
        self.has_begun.store(true, Ordering::Relaxed);
        match self.join(call, client) {
            Ok(()) => GO_ON,
            Err(_) => FAILED,
        }
    }

    /// Called by whoever sends.
    #[callback(type = rd::rd_kafka_interceptor_f_on_send_t, fallback = GO_ON, panicked = FAILED)]
    fn on_send(&self, _client: *mut rd::rd_kafka_t, message: &rd::rd_kafka_message_t) -> Answer {
        // SAFETY: TOLD.
        self.run(|interceptor| interceptor.on_send(&unsafe { Message::of(message) }))
    }

    /// Called on a thread of librdkafka's, or by whoever sends, where that fails.
    #[callback(type = rd::rd_kafka_interceptor_f_on_acknowledgement_t, fallback = GO_ON, panicked = FAILED)]
    fn on_acknowledgement(
        &self,
        _client: *mut rd::rd_kafka_t,
        message: &rd::rd_kafka_message_t,
    ) -> Answer {
        // SAFETY: TOLD.
        self.run(|interceptor| interceptor.on_acknowledgement(&unsafe { Message::of(message) }))
    }

    /// Called by whoever polls.
    #[callback(type = rd::rd_kafka_interceptor_f_on_consume_t, fallback = GO_ON, panicked = FAILED)]
    fn on_consume(&self, _client: *mut rd::rd_kafka_t, message: &rd::rd_kafka_message_t) -> Answer {
        // SAFETY: TOLD.
        self.run(|interceptor| interceptor.on_consume(&unsafe { Message::of(message) }))
    }

    /// Called on the thread of a broker.
    #[callback(type = rd::rd_kafka_interceptor_f_on_request_sent_t, fallback = GO_ON, panicked = FAILED)]
    fn on_request_sent(
        &self,
        _client: *mut rd::rd_kafka_t,
        _socket: c_int,
        broker: Option<&CStr>,
        _id: i32,
        key: i16,
        _version: i16,
        correlation: i32,
        size: usize,
    ) -> Answer {
        let request = Request { broker: text(broker), key, correlation, size };
        self.run(|interceptor| interceptor.on_request_sent(&request))
    }

    /// Called on the thread of a broker.
    #[callback(type = rd::rd_kafka_interceptor_f_on_response_received_t, fallback = GO_ON, panicked = FAILED)]
    fn on_response_received(
        &self,
        _client: *mut rd::rd_kafka_t,
        _socket: c_int,
        broker: Option<&CStr>,
        _id: i32,
        key: i16,
        _version: i16,
        correlation: i32,
        size: usize,
        _round_trip: i64,
        result: Answer,
    ) -> Answer {
        let request = Request { broker: text(broker), key, correlation, size };
        self.run(|interceptor| interceptor.on_response_received(&request, check(result)))
    }

    /// Called on a new thread of librdkafka's.
    #[callback(type = rd::rd_kafka_interceptor_f_on_thread_start_t, fallback = GO_ON, panicked = FAILED)]
    fn on_thread_start(
        &self,
        _client: *mut rd::rd_kafka_t,
        _kind: rd::rd_kafka_thread_type_t,
        name: Option<&CStr>,
    ) -> Answer {
        self.run(|interceptor| interceptor.on_thread_start(text(name)))
    }

    /// Called on a thread of librdkafka's that ends.
    #[callback(type = rd::rd_kafka_interceptor_f_on_thread_exit_t, fallback = GO_ON, panicked = FAILED)]
    fn on_thread_exit(
        &self,
        _client: *mut rd::rd_kafka_t,
        _kind: rd::rd_kafka_thread_type_t,
        name: Option<&CStr>,
    ) -> Answer {
        self.run(|interceptor| interceptor.on_thread_exit(text(name)))
    }

    /// Called on whatever thread finds the broker in another state.
    #[callback(type = rd::rd_kafka_interceptor_f_on_broker_state_change_t, fallback = GO_ON, panicked = FAILED)]
    fn on_broker_state_change(
        &self,
        _client: *mut rd::rd_kafka_t,
        id: i32,
        _protocol: *const c_char,
        name: Option<&CStr>,
        _port: c_int,
        state: Option<&CStr>,
    ) -> Answer {
        self.run(|interceptor| interceptor.on_broker_state_change(id, text(name), text(state)))
    }

    /// Called while the client is destroyed, by whoever does that.
    #[callback(type = rd::rd_kafka_interceptor_f_on_destroy_t, fallback = GO_ON, panicked = FAILED)]
    fn on_destroy(&self, _client: *mut rd::rd_kafka_t) -> Answer {
        self.run(|interceptor| interceptor.on_destroy())
    }

    /// Called once, when the configuration is destroyed, with its client or without: after that nothing is called.
    #[callback(
        type = rd::rd_kafka_interceptor_f_on_conf_destroy_t,
        last,
        fallback = GO_ON
    )]
    fn on_conf_destroy(&self) -> Answer {
        GO_ON
    }
}
