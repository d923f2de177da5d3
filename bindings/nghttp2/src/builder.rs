//! Setting a session's callbacks, one by one.

use std::cell::RefCell;
use std::ffi::c_int;
use std::io;
use std::ptr;
use std::sync::Arc;

use libnghttp2_sys as sys;
use outlive::{Exclusive, Held};

use crate::bodies::Bodies;
use crate::error::{Error, Failure};
use crate::frame::Frame;
use crate::host::{Closures, DataRoom, Header, Host};
use crate::memory::Memory;
use crate::outbound::Outbound;
use crate::session::Session;

/// Sets the callbacks of a session, and makes it.
///
/// Each callback gets the state of the session as `&mut S`, and most an [`Outbound`], to queue what is to be sent. nghttp2
/// calls them on the thread that is in one of the session's functions. A callback that is not set is NULL for C, which does
/// without it. How they fail, by themselves or by a panic, is said [above](crate#when-callbacks-fail).
///
/// The functions have nghttp2's names, without `nghttp2_session_callbacks_set_` and `_callback`.
///
/// ```
/// use outlive_nghttp2::{Builder, Error};
///
/// // The state is how many frames there were.
/// let mut session = Builder::new(0)
///     .on_frame_send(|frames, _, frame| {
///         println!("{frame:?}");
///         *frames += 1;
///         Ok(())
///     })
///     .client()?;
/// session.outbound().settings(&[])?;
/// session.outbound().ping(b"8 bytes.")?;
/// while session.send()?.is_some() {}
/// assert_eq!(session.with_state(|frames| *frames)?, 2);
/// # Ok::<(), Error>(())
/// ```
pub struct Builder<S> {
    closures: Closures<S>,
    memory: Option<Memory>,
}

/// Which end of the connection a session is.
#[derive(Clone, Copy)]
enum Side {
    Client,
    Server,
}

macro_rules! setters {
    ($($(#[doc = $what:literal])* $name:ident: Fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        $(
            $(#[doc = $what])*
            pub fn $name(mut self, closure: impl FnMut($($argument),*) $(-> $result)? + Send + 'static) -> Self {
                self.closures.$name = Some(Box::new(closure));
                self
            }
        )*
    };
}

impl<S: Send + 'static> Builder<S> {
    /// A session without callbacks. They will share this state.
    pub fn new(state: S) -> Builder<S> {
        Builder { closures: Closures::new(state), memory: None }
    }

    /// Has nghttp2 take all memory of the session from here, and not from the C library's `malloc`.
    pub fn memory(mut self, memory: Memory) -> Self {
        self.memory = Some(memory);
        self
    }

    setters! {
        /// Sends bytes, and returns how many; [`WouldBlock`](io::ErrorKind::WouldBlock) has nghttp2 keep them for the next
        /// time. Needed for [`Session::send_by_callback`], which alone calls it.
        send: Fn(&mut S, &[u8]) -> io::Result<usize>;
        /// Receives bytes into the buffer, and returns how many; none is the end of the connection, and
        /// [`WouldBlock`](io::ErrorKind::WouldBlock) that there are none yet. Needed for [`Session::receive_by_callback`],
        /// which alone calls it.
        recv: Fn(&mut S, &mut [u8]) -> io::Result<usize>;
        /// A frame has been received whole: for a request, its HEADERS or the last DATA says that it
        /// [ends the stream](Frame::ends_stream).
        on_frame_recv: Fn(&mut S, &mut Outbound<'_>, Frame<'_>) -> Result<(), Failure>;
        /// A frame breaks the protocol. With nghttp2's error, `NGHTTP2_ERR_...`.
        on_invalid_frame_recv: Fn(&mut S, &mut Outbound<'_>, Frame<'_>, c_int) -> Result<(), Failure>;
        /// A part of a stream's body has been received.
        on_data_chunk_recv: Fn(&mut S, &mut Outbound<'_>, i32, &[u8]) -> Result<(), Failure>;
        /// A frame is about to be sent. With [`Failure::Stream`] it is not.
        before_frame_send: Fn(&mut S, &mut Outbound<'_>, Frame<'_>) -> Result<(), Failure>;
        /// A frame has been sent.
        on_frame_send: Fn(&mut S, &mut Outbound<'_>, Frame<'_>) -> Result<(), Failure>;
        /// A frame that is none of DATA is not sent. With nghttp2's error, `NGHTTP2_ERR_...`.
        on_frame_not_send: Fn(&mut S, &mut Outbound<'_>, Frame<'_>, c_int) -> Result<(), Failure>;
        /// A stream is closed, with an error code of HTTP/2's. Its body is dropped when the session's function returns.
        on_stream_close: Fn(&mut S, &mut Outbound<'_>, i32, u32) -> Result<(), Failure>;
        /// Headers begin. With [`Failure::Stream`] their stream is reset.
        on_begin_headers: Fn(&mut S, &mut Outbound<'_>, Frame<'_>) -> Result<(), Failure>;
        /// A header field has been received. With [`Failure::Stream`] its stream is reset.
        on_header: Fn(&mut S, &mut Outbound<'_>, Frame<'_>, Header<'_>) -> Result<(), Failure>;
        /// A header field that HTTP does not allow has been received. It is ignored, or with [`Failure::Stream`] its stream
        /// is reset.
        on_invalid_header: Fn(&mut S, &mut Outbound<'_>, Frame<'_>, Header<'_>) -> Result<(), Failure>;
        /// How long a frame is to be with its padding: at least [as it is](Frame::length), at most the last argument.
        select_padding: Fn(&mut S, Frame<'_>, usize) -> usize;
        /// How many bytes of a body may be read at once. 0 fails the session.
        data_source_read_length: Fn(&mut S, DataRoom) -> usize;
        /// The head of a frame has been received: its type, its stream and how many bytes follow.
        on_begin_frame: Fn(&mut S, u8, i32, usize) -> Result<(), Failure>;
        /// nghttp2 has a message for people, with its error `NGHTTP2_ERR_...`.
        error: Fn(&mut S, c_int, &str);
    }

    /// The client's end of a connection.
    ///
    /// # Errors
    ///
    /// Where there is no memory.
    #[track_caller]
    pub fn client(self) -> Result<Session<S>, Error> {
        self.build(Side::Client)
    }

    /// The server's end of a connection.
    ///
    /// # Errors
    ///
    /// Where there is no memory.
    #[track_caller]
    pub fn server(self) -> Result<Session<S>, Error> {
        self.build(Side::Server)
    }

    #[track_caller]
    fn build(self, side: Side) -> Result<Session<S>, Error> {
        let Builder { closures, memory } = self;
        let bodies = Arc::new(Bodies::default());
        let host = Host { closures: RefCell::new(closures), bodies: Arc::clone(&bodies) };
        let host = Held::exclusive(host).map_err(|error| Error::Hold(*error.kind()))?;
        let host = bodies.group.join(host).map_err(|_| Error::Ended)?;
        let mut session = Session::without_c(host, bodies);
        if let Some(memory) = memory {
            session.give_memory(memory)?;
        }
        let table = Table::new()?;
        table.fill(session.host())?;
        let new = match side {
            Side::Client => sys::nghttp2_session_client_new3,
            Side::Server => sys::nghttp2_session_server_new3,
        };
        let (user_data, memory) = (session.host().user_data(), session.memory());
        let mut raw = ptr::null_mut();
        // SAFETY: C copies both tables, and writes to neither; what they lead to is owned by `session`, which deletes the
        // session before it releases them.
        Error::check(unsafe { new(&mut raw, table.0, user_data, ptr::null(), memory) })?;
        session.set_raw(raw);
        Ok(session)
    }
}

/// C's table of callbacks, which sessions copy.
struct Table(*mut sys::nghttp2_session_callbacks);

impl Table {
    fn new() -> Result<Table, Error> {
        let mut raw = ptr::null_mut();
        // SAFETY: it writes the pointer.
        Error::check(unsafe { sys::nghttp2_session_callbacks_new(&mut raw) })?;
        Ok(Table(raw))
    }

    /// Sets what has a closure, and the two by which streams end.
    fn fill<S: Send + 'static>(&self, host: &Held<Host<S>, Exclusive>) -> Result<(), Error> {
        let functions = host.functions();
        macro_rules! set {
            ($is_set:expr, $set:ident, $function:ident) => {
                if $is_set {
                    // SAFETY: the table is C's, and the function has the type that it takes.
                    unsafe { sys::$set(self.0, functions.$function) };
                }
            };
            ($($set:ident: $name:ident;)*) => {
                host.with(|host| {
                    let closures = host.closures.borrow();
                    $(set!(closures.$name.is_some(), $set, $name);)*
                })
                .map_err(|_| Error::Ended)?;
            };
        }
        set! {
            nghttp2_session_callbacks_set_send_callback2: send;
            nghttp2_session_callbacks_set_recv_callback2: recv;
            nghttp2_session_callbacks_set_on_frame_recv_callback: on_frame_recv;
            nghttp2_session_callbacks_set_on_invalid_frame_recv_callback: on_invalid_frame_recv;
            nghttp2_session_callbacks_set_on_data_chunk_recv_callback: on_data_chunk_recv;
            nghttp2_session_callbacks_set_before_frame_send_callback: before_frame_send;
            nghttp2_session_callbacks_set_on_frame_send_callback: on_frame_send;
            nghttp2_session_callbacks_set_on_begin_headers_callback: on_begin_headers;
            nghttp2_session_callbacks_set_on_header_callback: on_header;
            nghttp2_session_callbacks_set_on_invalid_header_callback: on_invalid_header;
            nghttp2_session_callbacks_set_select_padding_callback2: select_padding;
            nghttp2_session_callbacks_set_data_source_read_length_callback2: data_source_read_length;
            nghttp2_session_callbacks_set_on_begin_frame_callback: on_begin_frame;
            nghttp2_session_callbacks_set_error_callback2: error;
        }
        set!(true, nghttp2_session_callbacks_set_on_stream_close_callback, on_stream_close);
        set!(true, nghttp2_session_callbacks_set_on_frame_not_send_callback, on_frame_not_send);
        Ok(())
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: it is C's, and nobody else's.
        unsafe { sys::nghttp2_session_callbacks_del(self.0) };
    }
}
