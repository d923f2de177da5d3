//! What producers and consumers have in common: a client, and what it calls.

use core::ffi::c_int;
use core::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use outlive::{Ended, Group, Held};
use rdkafka_sys as rd;

use crate::error::Error;
use crate::forbidden::allowed;
use crate::handlers::Handlers;
use crate::interceptor::Intercepting;

/// How long a producer that is dropped waits for what it has given up: nothing of that is sent any more.
const AT_THE_END: c_int = 10_000;

/// A client. Any thread may use it.
pub(crate) struct Client {
    raw: NonNull<rd::rd_kafka_t>,
    kind: rd::rd_kafka_type_t,
    /// Taken by `drop`.
    kept: Option<Kept>,
}

// SAFETY: librdkafka's clients may be used by any thread, and the handlers are `Send + Sync`.
unsafe impl Send for Client {}
// SAFETY: several threads may use a client at once, says the header, and the handlers are `Sync`.
unsafe impl Sync for Client {}

/// What a client calls, until it is destroyed.
pub(crate) struct Kept {
    handlers: Held<Handlers>,
    interceptors: Vec<Held<Intercepting>>,
    group: Arc<Group>,
}

impl Kept {
    pub fn new(
        handlers: Held<Handlers>,
        interceptors: Vec<Held<Intercepting>>,
        group: Arc<Group>,
    ) -> Self {
        // A group that nobody else has yet refuses nothing.
        let handlers = group.join(handlers).unwrap_or_else(|refused| refused.into_handle());
        let join = |held| group.join(held).unwrap_or_else(|refused| refused.into_handle());
        let interceptors = interceptors.into_iter().map(join).collect();
        Kept { handlers, interceptors, group }
    }
}

/// Ends all callbacks of a client, at any moment and from anywhere.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Group>);

impl Stopper {
    /// From here on librdkafka reaches none of them; it goes on without. They are dropped when the last call has left:
    /// `Ended::Now` means that this has happened, and `Ended::Later` that a call is inside, which may be the caller's own.
    pub fn stop(&self) -> Ended {
        self.0.revoke()
    }
}

impl Client {
    pub fn new(raw: NonNull<rd::rd_kafka_t>, kind: rd::rd_kafka_type_t, kept: Kept) -> Self {
        Client { raw, kind, kept: Some(kept) }
    }

    /// The client, where it may be called.
    pub fn as_ptr(&self) -> Result<*mut rd::rd_kafka_t, Error> {
        allowed().map(|()| self.raw.as_ptr())
    }

    /// Runs `f` on the handlers, unless they have ended.
    pub fn handlers<R>(&self, f: impl FnOnce(&Handlers) -> R) -> Result<R, Error> {
        let kept = self.kept.as_ref().ok_or_else(|| Error::new("the client is gone"))?;
        kept.handlers.with(f).map_err(Error::new)
    }

    pub fn stopper(&self) -> Stopper {
        Stopper(self.kept.as_ref().map(|kept| kept.group.clone()).unwrap_or_default())
    }
}

/// Milliseconds, as librdkafka counts them.
pub(crate) fn milliseconds(duration: Duration) -> c_int {
    duration.as_millis().try_into().unwrap_or(c_int::MAX)
}

impl Drop for Client {
    fn drop(&mut self) {
        struct Anywhere(NonNull<rd::rd_kafka_t>);
        // SAFETY: any thread may destroy a client, but its own.
        unsafe impl Send for Anywhere {}
        let (client, kind, kept) = (Anywhere(self.raw), self.kind, self.kept.take());
        let destroy = move || {
            let Anywhere(raw) = { client };
            destroy(raw.as_ptr(), kind);
            let Some(Kept { handlers, interceptors, group: _ }) = kept else { return };
            // SAFETY: the client is gone, and its configuration with it.
            let _ = unsafe { handlers.release() };
            for held in interceptors {
                // SAFETY: the client is gone, and its configuration with it.
                let _ = unsafe { held.release() };
            }
        };
        // In a callback of its own, librdkafka would wait for itself.
        if let Err(failed) = outlive::outside(destroy) {
            core::mem::forget(failed.into_closure()); // Without a thread the client stays, with all that it calls.
        }
    }
}

/// Destroys a client; a producer gives up what has not been sent, and reports that.
fn destroy(client: *mut rd::rd_kafka_t, kind: rd::rd_kafka_type_t) {
    if kind == rd::rd_kafka_type_t::RD_KAFKA_PRODUCER {
        let all = rd::RD_KAFKA_PURGE_F_QUEUE | rd::RD_KAFKA_PURGE_F_INFLIGHT;
        // SAFETY: OWNED.
        unsafe { rd::rd_kafka_purge(client, all) };
        // SAFETY: OWNED.
        unsafe { rd::rd_kafka_flush(client, AT_THE_END) };
    }
    // SAFETY: OWNED, and no callback of the client's is below.
    unsafe { rd::rd_kafka_destroy(client) };
}
