//! The session's callbacks: the block whose functions C calls, and the closures behind it.

use std::cell::RefCell;
use std::ffi::c_int;
use std::io;
use std::sync::Arc;

use libnghttp2_sys as sys;
use outlive::{Buffer, callbacks};

use crate::bodies::Bodies;
use crate::error::{Failure, moved, to_c};
use crate::frame::{Frame, Kind};
use crate::outbound::Outbound;

/// A header field, as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Header<'call> {
    /// The name, in lower case.
    pub name: &'call [u8],
    /// The value.
    pub value: &'call [u8],
    /// Whether it may not be compressed where it is passed on: `NGHTTP2_NV_FLAG_NO_INDEX`.
    pub is_sensitive: bool,
}

/// For how many bytes of a body there is room.
#[derive(Clone, Copy, Debug)]
pub struct DataRoom {
    /// The stream of the body.
    pub stream_id: i32,
    /// The peer's window of the session.
    pub session: i32,
    /// The peer's window of the stream.
    pub stream: i32,
    /// The largest frame that the peer takes.
    pub frame: u32,
}

type Done = Result<(), Failure>;
type Closure<F> = Option<Box<F>>;
type OnFrame<S> = dyn FnMut(&mut S, &mut Outbound<'_>, Frame<'_>) -> Done + Send;
type OnFailedFrame<S> = dyn FnMut(&mut S, &mut Outbound<'_>, Frame<'_>, c_int) -> Done + Send;
type OnHeader<S> = dyn FnMut(&mut S, &mut Outbound<'_>, Frame<'_>, Header<'_>) -> Done + Send;

/// The closures; the builder fills them in.
#[allow(clippy::type_complexity, reason = "each stands here once")]
pub(crate) struct Closures<S> {
    pub(crate) state: S,
    pub(crate) send: Closure<dyn FnMut(&mut S, &[u8]) -> io::Result<usize> + Send>,
    pub(crate) recv: Closure<dyn FnMut(&mut S, &mut [u8]) -> io::Result<usize> + Send>,
    pub(crate) on_frame_recv: Closure<OnFrame<S>>,
    pub(crate) on_invalid_frame_recv: Closure<OnFailedFrame<S>>,
    pub(crate) on_data_chunk_recv:
        Closure<dyn FnMut(&mut S, &mut Outbound<'_>, i32, &[u8]) -> Done + Send>,
    pub(crate) before_frame_send: Closure<OnFrame<S>>,
    pub(crate) on_frame_send: Closure<OnFrame<S>>,
    pub(crate) on_frame_not_send: Closure<OnFailedFrame<S>>,
    pub(crate) on_stream_close:
        Closure<dyn FnMut(&mut S, &mut Outbound<'_>, i32, u32) -> Done + Send>,
    pub(crate) on_begin_headers: Closure<OnFrame<S>>,
    pub(crate) on_header: Closure<OnHeader<S>>,
    pub(crate) on_invalid_header: Closure<OnHeader<S>>,
    pub(crate) select_padding: Closure<dyn FnMut(&mut S, Frame<'_>, usize) -> usize + Send>,
    pub(crate) data_source_read_length: Closure<dyn FnMut(&mut S, DataRoom) -> usize + Send>,
    pub(crate) on_begin_frame: Closure<dyn FnMut(&mut S, u8, i32, usize) -> Done + Send>,
    pub(crate) error: Closure<dyn FnMut(&mut S, c_int, &str) + Send>,
}

impl<S> Closures<S> {
    pub(crate) fn new(state: S) -> Closures<S> {
        Closures {
            state,
            send: None,
            recv: None,
            on_frame_recv: None,
            on_invalid_frame_recv: None,
            on_data_chunk_recv: None,
            before_frame_send: None,
            on_frame_send: None,
            on_frame_not_send: None,
            on_stream_close: None,
            on_begin_headers: None,
            on_header: None,
            on_invalid_header: None,
            select_padding: None,
            data_source_read_length: None,
            on_begin_frame: None,
            error: None,
        }
    }
}

/// What C's user data leads to. It is held exclusively, so that one call at a time borrows the closures.
pub(crate) struct Host<S> {
    pub(crate) closures: RefCell<Closures<S>>,
    pub(crate) bodies: Arc<Bodies>,
}

/// Runs a closure with the state and the outbound queue; without one the call succeeds.
macro_rules! run {
    ($host:ident, $session:ident, $closure:ident($($argument:expr),*)) => {
        match &mut *$host.closures.borrow_mut() {
            Closures { state, $closure: Some(closure), .. } => {
                // SAFETY: LIVE: C passes the session that runs the callback.
                let mut outbound = unsafe { Outbound::new($session, &$host.bodies) };
                closure(state, &mut outbound, $($argument),*)
            }
            _ => Ok(()),
        }
    };
}

const FAILURE: c_int = sys::NGHTTP2_ERR_CALLBACK_FAILURE;
const STREAM_FAILURE: c_int = sys::NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;

// All of them are called on the thread that is in one of the session's functions. What C passes is for the time of the
// call, and nobody writes there: `frame` and its parts belong to the session, `data` is in what the session was given to
// receive. A refused call, and one that panics, fails the session.
#[callbacks(state = arg, unsafe(borrow))]
#[allow(clippy::too_many_arguments, reason = "they are C's")]
impl<S: Send + 'static> Host<S> {
    /// C calls this to have bytes sent, in `nghttp2_session_send` only.
    #[callback(type = sys::nghttp2_send_callback2, fallback = FAILURE as isize)]
    fn send(
        &self,
        _session: *mut sys::nghttp2_session,
        #[len(length)] data: &[u8],
        length: usize,
        _flags: c_int,
    ) -> isize {
        let Closures { state, send: Some(send), .. } = &mut *self.closures.borrow_mut() else {
            return FAILURE as isize;
        };
        match moved(send(state, data), length, FAILURE) {
            // C would ask again at once, for ever.
            0 => FAILURE as isize,
            sent => sent,
        }
    }

    /// C calls this to have bytes that were received, in `nghttp2_session_recv` only.
    #[callback(type = sys::nghttp2_recv_callback2, fallback = FAILURE as isize)]
    fn recv(
        &self,
        _session: *mut sys::nghttp2_session,
        #[len(length)] mut into: Buffer<'_>,
        length: usize,
        _flags: c_int,
    ) -> isize {
        let Closures { state, recv: Some(recv), .. } = &mut *self.closures.borrow_mut() else {
            return FAILURE as isize;
        };
        match moved(recv(state, into.fill(0)), length, FAILURE) {
            0 => sys::NGHTTP2_ERR_EOF as isize,
            received => received,
        }
    }

    /// C calls this when a frame has been received whole.
    #[callback(type = sys::nghttp2_on_frame_recv_callback, fallback = FAILURE)]
    fn on_frame_recv(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
    ) -> c_int {
        to_c(run!(self, session, on_frame_recv(Frame::new(frame))), FAILURE)
    }

    /// C calls this for a frame that breaks the protocol.
    #[callback(type = sys::nghttp2_on_invalid_frame_recv_callback, fallback = FAILURE)]
    fn on_invalid_frame_recv(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
        error: c_int,
    ) -> c_int {
        to_c(run!(self, session, on_invalid_frame_recv(Frame::new(frame), error)), FAILURE)
    }

    /// C calls this for a part of a body.
    #[callback(type = sys::nghttp2_on_data_chunk_recv_callback, fallback = FAILURE)]
    fn on_data_chunk_recv(
        &self,
        session: *mut sys::nghttp2_session,
        _flags: u8,
        stream_id: i32,
        #[len(length)] data: &[u8],
        length: usize,
    ) -> c_int {
        to_c(run!(self, session, on_data_chunk_recv(stream_id, data)), FAILURE)
    }

    /// C calls this before it sends a frame; what it returns may keep the frame from being sent.
    #[callback(type = sys::nghttp2_before_frame_send_callback, fallback = FAILURE)]
    fn before_frame_send(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
    ) -> c_int {
        to_c(run!(self, session, before_frame_send(Frame::new(frame))), sys::NGHTTP2_ERR_CANCEL)
    }

    /// C calls this when it has sent a frame.
    #[callback(type = sys::nghttp2_on_frame_send_callback, fallback = FAILURE)]
    fn on_frame_send(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
    ) -> c_int {
        to_c(run!(self, session, on_frame_send(Frame::new(frame))), FAILURE)
    }

    /// C calls this for a frame that is not sent. Where it is one of headers, their body is not read any more.
    #[callback(type = sys::nghttp2_on_frame_not_send_callback, fallback = FAILURE)]
    fn on_frame_not_send(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
        error: c_int,
    ) -> c_int {
        let frame = Frame::new(frame);
        if frame.kind() == Kind::Headers {
            self.bodies.close(frame.stream_id());
        }
        to_c(run!(self, session, on_frame_not_send(frame, error)), FAILURE)
    }

    /// C calls this before it forgets a stream: its body is not read any more.
    #[callback(type = sys::nghttp2_on_stream_close_callback, fallback = FAILURE)]
    fn on_stream_close(
        &self,
        session: *mut sys::nghttp2_session,
        stream_id: i32,
        error_code: u32,
    ) -> c_int {
        self.bodies.close(stream_id);
        to_c(run!(self, session, on_stream_close(stream_id, error_code)), FAILURE)
    }

    /// C calls this when headers begin.
    #[callback(type = sys::nghttp2_on_begin_headers_callback, fallback = FAILURE)]
    fn on_begin_headers(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
    ) -> c_int {
        to_c(run!(self, session, on_begin_headers(Frame::new(frame))), STREAM_FAILURE)
    }

    /// C calls this for each header field.
    #[callback(type = sys::nghttp2_on_header_callback, fallback = FAILURE)]
    fn on_header(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
        #[len(name_length)] name: &[u8],
        name_length: usize,
        #[len(value_length)] value: &[u8],
        value_length: usize,
        flags: u8,
    ) -> c_int {
        let header = Header::new(name, value, flags);
        to_c(run!(self, session, on_header(Frame::new(frame), header)), STREAM_FAILURE)
    }

    /// C calls this for a header field that HTTP does not allow; without the callback it is ignored.
    #[callback(type = sys::nghttp2_on_invalid_header_callback, fallback = FAILURE)]
    fn on_invalid_header(
        &self,
        session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
        #[len(name_length)] name: &[u8],
        name_length: usize,
        #[len(value_length)] value: &[u8],
        value_length: usize,
        flags: u8,
    ) -> c_int {
        let header = Header::new(name, value, flags);
        to_c(run!(self, session, on_invalid_header(Frame::new(frame), header)), STREAM_FAILURE)
    }

    /// C calls this for HEADERS and DATA, and adds as many bytes as the result is longer than the frame.
    #[callback(type = sys::nghttp2_select_padding_callback2, fallback = FAILURE as isize)]
    fn select_padding(
        &self,
        _session: *mut sys::nghttp2_session,
        frame: &sys::nghttp2_frame,
        most: usize,
    ) -> isize {
        let frame = Frame::new(frame);
        let length = frame.length();
        match &mut *self.closures.borrow_mut() {
            Closures { state, select_padding: Some(closure), .. } => {
                closure(state, frame, most).clamp(length, most.max(length)) as isize
            }
            _ => length as isize,
        }
    }

    /// C calls this before it reads a body, and reads as many bytes at most.
    #[callback(type = sys::nghttp2_data_source_read_length_callback2, fallback = FAILURE as isize)]
    fn data_source_read_length(
        &self,
        _session: *mut sys::nghttp2_session,
        _frame_type: u8,
        stream_id: i32,
        session: i32,
        stream: i32,
        frame: u32,
    ) -> isize {
        match &mut *self.closures.borrow_mut() {
            Closures { state, data_source_read_length: Some(closure), .. } => {
                closure(state, DataRoom { stream_id, session, stream, frame }) as isize
            }
            _ => frame as isize,
        }
    }

    /// C calls this when the head of a frame has been received.
    #[callback(type = sys::nghttp2_on_begin_frame_callback, fallback = FAILURE)]
    fn on_begin_frame(
        &self,
        _session: *mut sys::nghttp2_session,
        head: &sys::nghttp2_frame_hd,
    ) -> c_int {
        match &mut *self.closures.borrow_mut() {
            Closures { state, on_begin_frame: Some(closure), .. } => {
                to_c(closure(state, head.type_, head.stream_id, head.length), FAILURE)
            }
            _ => 0,
        }
    }

    /// C calls this with a message for people.
    #[callback(type = sys::nghttp2_error_callback2, fallback = FAILURE)]
    fn error(
        &self,
        _session: *mut sys::nghttp2_session,
        code: c_int,
        #[len(length)] message: &[u8],
        length: usize,
    ) -> c_int {
        if let Closures { state, error: Some(closure), .. } = &mut *self.closures.borrow_mut() {
            closure(state, code, &String::from_utf8_lossy(message));
        }
        0
    }
}

impl<'call> Header<'call> {
    fn new(name: &'call [u8], value: &'call [u8], flags: u8) -> Header<'call> {
        let is_sensitive = u32::from(flags) & sys::NGHTTP2_NV_FLAG_NO_INDEX != 0;
        Header { name, value, is_sensitive }
    }
}
