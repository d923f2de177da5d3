//! A configuration, from which a client is made.

use core::ffi::c_char;
use core::ptr::NonNull;
use std::ffi::CString;
use std::sync::{Arc, Mutex, PoisonError};

use outlive::{Group, Held};
use rdkafka_sys as rd;

use crate::client::{Client, Kept};
use crate::error::Error;
use crate::handlers::{Events, Handlers};
use crate::interceptor::{self, Intercepting, Interceptor};

/// The properties of a client, and its interceptors.
pub struct Config {
    /// `None` once a client has it.
    raw: Option<NonNull<rd::rd_kafka_conf_t>>,
    interceptors: Vec<Held<Intercepting>>,
}

/// Configurations that cannot be freed: see [`Config::abandon`]. They are addresses, kept where a leak checker finds them.
static ABANDONED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

impl Default for Config {
    fn default() -> Self {
        Config::new()
    }
}

impl Config {
    /// librdkafka's defaults.
    pub fn new() -> Self {
        // SAFETY: it may be called at any time.
        let raw = unsafe { rd::rd_kafka_conf_new() };
        Config { raw: NonNull::new(raw), interceptors: Vec::new() }
    }

    fn as_ptr(&self) -> Result<*mut rd::rd_kafka_conf_t, Error> {
        self.raw.map(NonNull::as_ptr).ok_or_else(|| Error::new("no memory for a configuration"))
    }

    /// Sets a property.
    ///
    /// # Errors
    ///
    /// Where there is no such property, or it cannot have this value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<&mut Self, Error> {
        let (raw, name, value) = (self.as_ptr()?, c_string(name)?, c_string(value)?);
        let mut message = [0; 512];
        let (buffer, size) = (message.as_mut_ptr().cast::<c_char>(), message.len());
        // SAFETY: OWNED and LENT.
        match unsafe { rd::rd_kafka_conf_set(raw, name.as_ptr(), value.as_ptr(), buffer, size) } {
            rd::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(self),
            code => Err(Error::written(code as i32, &message)),
        }
    }

    /// Adds an interceptor. It is dropped with the client, or with this.
    ///
    /// # Errors
    ///
    /// Where there is one of this name: the first one stays.
    pub fn intercept(
        &mut self,
        name: &str,
        interceptor: impl Interceptor,
    ) -> Result<&mut Self, Error> {
        self.interceptors.push(interceptor::add(self.as_ptr()?, name, Box::new(interceptor))?);
        Ok(self)
    }

    /// Makes a client.
    pub(crate) fn into_client(
        mut self,
        kind: rd::rd_kafka_type_t,
        events: Box<dyn Events>,
    ) -> Result<Client, Error> {
        let raw = self.as_ptr()?;
        let handlers = Held::new(Handlers::new(events)).map_err(Error::new)?;
        let functions = handlers.functions();
        // SAFETY: OWNED and CALLED.
        unsafe { rd::rd_kafka_conf_set_opaque(raw, handlers.user_data()) };
        // SAFETY: OWNED and CALLED.
        unsafe { rd::rd_kafka_conf_set_dr_msg_cb(raw, functions.delivered) };
        // SAFETY: OWNED and CALLED.
        unsafe { rd::rd_kafka_conf_set_error_cb(raw, functions.error) };
        // SAFETY: OWNED and CALLED.
        unsafe { rd::rd_kafka_conf_set_stats_cb(raw, functions.statistics) };
        // SAFETY: OWNED and CALLED.
        unsafe { rd::rd_kafka_conf_set_log_cb(raw, functions.log) };
        let mut message = [0; 512];
        let (buffer, size) = (message.as_mut_ptr().cast::<c_char>(), message.len());
        // SAFETY: OWNED and LENT; where it succeeds, the configuration is the client's.
        let Some(client) = NonNull::new(unsafe { rd::rd_kafka_new(kind, raw, buffer, size) })
        else {
            // SAFETY: it may be called at any time.
            let code = unsafe { rd::rd_kafka_last_error() };
            if self.interceptors.iter().any(|held| held.with(Intercepting::has_begun) == Ok(true)) {
                self.abandon();
            }
            drop(self);
            // SAFETY: neither the configuration nor the client that failed is there any more, or can be used.
            let _ = unsafe { handlers.release() };
            return Err(Error::written(code as i32, &message));
        };
        self.raw = None;
        let group = Arc::new(Group::new());
        let interceptors = core::mem::take(&mut self.interceptors);
        Ok(Client::new(client, kind, Kept::new(handlers, interceptors, group)))
    }

    /// Leaves the configuration as it is, for good: where a client fails after its interceptors have begun, librdkafka 2.12.1
    /// frees the lists of interceptors, which the configuration still has, so that to destroy it would free them twice
    /// (`fail:` in `rd_kafka_new`).
    fn abandon(&mut self) {
        let raw = self.raw.take().map(|raw| raw.as_ptr().addr());
        ABANDONED.lock().unwrap_or_else(PoisonError::into_inner).extend(raw);
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        if let Some(raw) = self.raw {
            // SAFETY: OWNED. It calls the interceptors last.
            unsafe { rd::rd_kafka_conf_destroy(raw.as_ptr()) };
        }
        for held in self.interceptors.drain(..) {
            // SAFETY: their last call has come, or librdkafka has freed the lists that had them.
            let _ = unsafe { held.release() };
        }
    }
}

pub(crate) fn c_string(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(Error::new)
}
