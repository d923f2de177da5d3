//! The bodies that nghttp2 has, by their streams.

use std::collections::{HashMap, HashSet};
use std::io::Empty;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libnghttp2_sys as sys;
use outlive::{Exclusive, Group, Held};

use crate::body::Body;
use crate::error::Error;

/// For a request or a response without a body.
pub const NO_BODY: Option<Empty> = None;

/// What a session's streams have registered.
#[derive(Default)]
pub(crate) struct Bodies {
    pub(crate) group: Arc<Group>,
    streams: Mutex<Streams>,
}

#[derive(Default)]
struct Streams {
    bodies: HashMap<i32, Held<Body, Exclusive>>,
    answered: HashSet<i32>,
    /// Streams whose bodies nghttp2 has forgotten when its function has returned.
    closed: Vec<i32>,
}

/// A body and the provider that leads C to it. Dropped before [`Bodies::keep`], C has not got it.
pub(crate) struct Provided {
    held: Held<Body, Exclusive>,
    pub(crate) provider: sys::nghttp2_data_provider2,
}

impl Bodies {
    /// Registers a body, for C to take.
    #[track_caller]
    pub(crate) fn provide(&self, body: Body) -> Result<Provided, Error> {
        let held = Held::exclusive(body).map_err(|error| Error::Hold(*error.kind()))?;
        let held = self.group.join(held).map_err(|closing| {
            forget(closing.into_handle());
            Error::Ended
        })?;
        let provider = sys::nghttp2_data_provider2 {
            source: sys::nghttp2_data_source { ptr: held.user_data() },
            read_callback: held.functions().read,
        };
        Ok(Provided { held, provider })
    }

    /// C has taken it, for this stream.
    pub(crate) fn keep(&self, stream_id: i32, provided: Provided) {
        self.streams().bodies.insert(stream_id, provided.held);
    }

    /// C has not taken it.
    pub(crate) fn give_back(provided: Provided) {
        forget(provided.held);
    }

    /// Notes that the stream has its response; `false` where it had one.
    pub(crate) fn answer(&self, stream_id: i32) -> bool {
        self.streams().answered.insert(stream_id)
    }

    /// The response was not taken.
    pub(crate) fn unanswer(&self, stream_id: i32) {
        self.streams().answered.remove(&stream_id);
    }

    /// nghttp2 is about to forget the stream.
    pub(crate) fn close(&self, stream_id: i32) {
        self.streams().closed.push(stream_id);
    }

    /// Gives back what belongs to closed streams. nghttp2's function has returned.
    pub(crate) fn settle(&self) {
        let closed: Vec<_> = {
            let mut streams = self.streams();
            let closed = mem::take(&mut streams.closed);
            closed
                .iter()
                .filter_map(|id| {
                    streams.answered.remove(id);
                    streams.bodies.remove(id)
                })
                .collect()
        };
        // Not under the lock: it runs the readers' destructors.
        closed.into_iter().for_each(forget);
    }

    /// Gives everything back. nghttp2 has deleted the session.
    pub(crate) fn clear(&self) {
        let bodies = mem::take(&mut self.streams().bodies);
        bodies.into_values().for_each(forget);
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives back what C has never got, or does not call any more.
fn forget(held: Held<Body, Exclusive>) {
    // SAFETY: the callers': C has not taken it, has closed its stream and returned, or has deleted the session.
    let _ = unsafe { held.release() };
}
