//! What a session is to send.

use std::ffi::c_int;
use std::io::Read;
use std::marker::PhantomData;
use std::ptr;

use libnghttp2_sys as sys;

use crate::bodies::{Bodies, Provided};
use crate::body::Body;
use crate::error::Error;

/// A setting of the connection: its identifier, such as `NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS`, and its value.
pub type Setting = (u32, u32);

/// The outbound queue of a session: callbacks have it, and its owner by [`Session::outbound`](crate::Session::outbound).
///
/// What is queued is sent by the next call of [`Session::send`](crate::Session::send).
pub struct Outbound<'session> {
    session: *mut sys::nghttp2_session,
    bodies: &'session Bodies,
    _session: PhantomData<&'session mut sys::nghttp2_session>,
}

/// Head fields of a request or a response: names, in lower case, and values.
type Fields<'a> = &'a [(&'a str, &'a str)];

impl<'session> Outbound<'session> {
    /// # Safety
    ///
    /// LIVE: the session is not deleted during `'session`, and no other thread uses it.
    pub(crate) unsafe fn new(
        session: *mut sys::nghttp2_session,
        bodies: &'session Bodies,
    ) -> Outbound<'session> {
        Outbound { session, bodies, _session: PhantomData }
    }

    /// Queues a request, and returns its stream. Pseudo headers (`:method`, `:scheme`, `:authority`, `:path`) come first.
    ///
    /// nghttp2 reads the body when it has room to send it, until it is at its end. A body that says
    /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) is asked again after [`resume`](Outbound::resume); one that fails has
    /// its stream reset. It is dropped when the stream is closed, or with the session.
    ///
    /// # Errors
    ///
    /// nghttp2's, such as where this is a server.
    #[track_caller]
    pub fn request(
        &mut self,
        head: Fields<'_>,
        body: Option<impl Read + Send + 'static>,
    ) -> Result<i32, Error> {
        let (session, fields) = (self.session, fields(head));
        self.submit(body, None, |provider| {
            // SAFETY: LIVE; nghttp2 copies the fields and the provider.
            unsafe {
                sys::nghttp2_submit_request2(
                    session,
                    ptr::null(),
                    fields.as_ptr(),
                    fields.len(),
                    provider,
                    ptr::null_mut(),
                )
            }
        })
    }

    /// Queues the response to a request, as [`request`](Outbound::request) does. `:status` comes first.
    ///
    /// # Errors
    ///
    /// [`Error::Answered`] where the stream has one; nghttp2's, such as where this is a client.
    #[track_caller]
    pub fn response(
        &mut self,
        stream_id: i32,
        head: Fields<'_>,
        body: Option<impl Read + Send + 'static>,
    ) -> Result<(), Error> {
        if !self.bodies.answer(stream_id) {
            return Err(Error::Answered);
        }
        let (session, fields) = (self.session, fields(head));
        let submitted = self.submit(body, Some(stream_id), |provider| {
            // SAFETY: LIVE; nghttp2 copies the fields and the provider, and this is the stream's first response.
            unsafe {
                sys::nghttp2_submit_response2(
                    session,
                    stream_id,
                    fields.as_ptr(),
                    fields.len(),
                    provider,
                )
            }
        });
        if submitted.is_err() {
            self.bodies.unanswer(stream_id);
        }
        submitted.map(drop)
    }

    /// Has C take a body by `submit`, for a stream that is known, or that `submit` returns.
    #[track_caller]
    fn submit(
        &mut self,
        body: Option<impl Read + Send + 'static>,
        stream_id: Option<i32>,
        submit: impl FnOnce(*const sys::nghttp2_data_provider2) -> i32,
    ) -> Result<i32, Error> {
        let provided = match body {
            Some(body) => Some(self.bodies.provide(Body::new(body))?),
            None => None,
        };
        let provider: *const _ = match &provided {
            Some(Provided { provider, .. }) => provider,
            None => ptr::null(),
        };
        let submitted = Error::check(submit(provider));
        match (provided, submitted) {
            (Some(provided), Ok(id)) => self.bodies.keep(stream_id.unwrap_or(id), provided),
            (Some(provided), Err(_)) => Bodies::give_back(provided),
            (None, _) => {}
        }
        submitted
    }

    /// Has nghttp2 ask a body again that said [`WouldBlock`](std::io::ErrorKind::WouldBlock).
    ///
    /// # Errors
    ///
    /// `NGHTTP2_ERR_INVALID_ARGUMENT` where no body of this stream waits.
    pub fn resume(&mut self, stream_id: i32) -> Result<(), Error> {
        // SAFETY: LIVE.
        let resumed = unsafe { sys::nghttp2_session_resume_data(self.session, stream_id) };
        Error::check(resumed).map(drop)
    }

    /// Queues SETTINGS. Both ends have to send some first, which may be none.
    ///
    /// # Errors
    ///
    /// nghttp2's, such as `NGHTTP2_ERR_INVALID_ARGUMENT` for a value that is out of its range.
    pub fn settings(&mut self, settings: &[Setting]) -> Result<(), Error> {
        let entry =
            |&(id, value): &Setting| sys::nghttp2_settings_entry { settings_id: id as i32, value };
        let entries: Vec<_> = settings.iter().map(entry).collect();
        let (first, count) = (entries.as_ptr(), entries.len());
        let flags = sys::NGHTTP2_FLAG_NONE as u8;
        // SAFETY: LIVE; nghttp2 copies the entries.
        let queued = unsafe { sys::nghttp2_submit_settings(self.session, flags, first, count) };
        Error::check(queued).map(drop)
    }

    /// Queues a PING.
    ///
    /// # Errors
    ///
    /// nghttp2's, such as where too many are queued.
    pub fn ping(&mut self, data: &[u8; 8]) -> Result<(), Error> {
        let flags = sys::NGHTTP2_FLAG_NONE as u8;
        // SAFETY: LIVE; nghttp2 copies the eight bytes.
        let queued = unsafe { sys::nghttp2_submit_ping(self.session, flags, data.as_ptr()) };
        Error::check(queued).map(drop)
    }

    /// Queues a RST_STREAM, by which the stream ends with an error code of HTTP/2's.
    ///
    /// # Errors
    ///
    /// nghttp2's.
    pub fn reset(&mut self, stream_id: i32, error_code: u32) -> Result<(), Error> {
        let flags = sys::NGHTTP2_FLAG_NONE as u8;
        let submit = sys::nghttp2_submit_rst_stream;
        // SAFETY: LIVE.
        let queued = unsafe { submit(self.session, flags, stream_id, error_code) };
        Error::check(queued).map(drop)
    }

    /// Queues a GOAWAY, after which the session is at its end: it wants neither to read nor to write when it is sent.
    ///
    /// # Errors
    ///
    /// nghttp2's.
    pub fn terminate(&mut self, error_code: u32) -> Result<(), Error> {
        // SAFETY: LIVE.
        let queued: c_int =
            unsafe { sys::nghttp2_session_terminate_session(self.session, error_code) };
        Error::check(queued).map(drop)
    }
}

/// C's form of the fields. Its pointers are `*mut`, but nothing is written: without flags C copies.
fn fields(head: Fields<'_>) -> Vec<sys::nghttp2_nv> {
    let field = |(name, value): &(&str, &str)| sys::nghttp2_nv {
        name: name.as_ptr().cast_mut(),
        value: value.as_ptr().cast_mut(),
        namelen: name.len(),
        valuelen: value.len(),
        flags: sys::NGHTTP2_NV_FLAG_NONE as u8,
    };
    head.iter().map(field).collect()
}
