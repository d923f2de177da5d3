//! Frames, as callbacks see them.

use libnghttp2_sys as sys;

/// A frame that nghttp2 passes to a callback, for the time of the call.
#[derive(Clone, Copy)]
pub struct Frame<'call>(&'call sys::nghttp2_frame);

/// What kind of frame it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named as in the specification of HTTP/2")]
pub enum Kind {
    Data,
    Headers,
    Priority,
    RstStream,
    Settings,
    PushPromise,
    Ping,
    Goaway,
    WindowUpdate,
    /// Another one, such as an extension.
    Other(u8),
}

/// Which headers a HEADERS frame has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Those of a request.
    Request,
    /// The first ones of a response.
    Response,
    /// The first ones of a pushed response.
    PushResponse,
    /// Later ones: trailers, or those after an informational response.
    Other,
}

impl<'call> Frame<'call> {
    /// The union's members are read only as the frame's own type says.
    pub(crate) fn new(frame: &'call sys::nghttp2_frame) -> Self {
        Frame(frame)
    }

    fn head(&self) -> &sys::nghttp2_frame_hd {
        // SAFETY: each member of the union begins with the head.
        unsafe { &self.0.hd }
    }

    /// The kind of frame.
    pub fn kind(&self) -> Kind {
        match u32::from(self.head().type_) {
            sys::NGHTTP2_DATA => Kind::Data,
            sys::NGHTTP2_HEADERS => Kind::Headers,
            sys::NGHTTP2_PRIORITY => Kind::Priority,
            sys::NGHTTP2_RST_STREAM => Kind::RstStream,
            sys::NGHTTP2_SETTINGS => Kind::Settings,
            sys::NGHTTP2_PUSH_PROMISE => Kind::PushPromise,
            sys::NGHTTP2_PING => Kind::Ping,
            sys::NGHTTP2_GOAWAY => Kind::Goaway,
            sys::NGHTTP2_WINDOW_UPDATE => Kind::WindowUpdate,
            _ => Kind::Other(self.head().type_),
        }
    }

    /// The stream it belongs to; 0 is the connection.
    pub fn stream_id(&self) -> i32 {
        self.head().stream_id
    }

    /// How many bytes follow the frame's head.
    pub fn length(&self) -> usize {
        self.head().length
    }

    /// Whether the sender has no more to send on this stream: of DATA and HEADERS.
    pub fn ends_stream(&self) -> bool {
        matches!(self.kind(), Kind::Data | Kind::Headers)
            && u32::from(self.head().flags) & sys::NGHTTP2_FLAG_END_STREAM != 0
    }

    /// Whether it confirms SETTINGS or PING.
    pub fn is_ack(&self) -> bool {
        matches!(self.kind(), Kind::Settings | Kind::Ping)
            && u32::from(self.head().flags) & sys::NGHTTP2_FLAG_ACK != 0
    }

    /// Which headers a HEADERS frame has; `None` for another frame.
    pub fn category(&self) -> Option<Category> {
        if self.kind() != Kind::Headers {
            return None;
        }
        // SAFETY: the type says that it is HEADERS.
        let headers = unsafe { &self.0.headers };
        Some(match headers.cat {
            sys::NGHTTP2_HCAT_REQUEST => Category::Request,
            sys::NGHTTP2_HCAT_RESPONSE => Category::Response,
            sys::NGHTTP2_HCAT_PUSH_RESPONSE => Category::PushResponse,
            _ => Category::Other,
        })
    }

    /// The error code of RST_STREAM and GOAWAY; `None` for another frame.
    pub fn error_code(&self) -> Option<u32> {
        match self.kind() {
            // SAFETY: the type says that it is RST_STREAM.
            Kind::RstStream => Some(unsafe { self.0.rst_stream.error_code }),
            // SAFETY: the type says that it is GOAWAY.
            Kind::Goaway => Some(unsafe { self.0.goaway.error_code }),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("kind", &self.kind())
            .field("stream_id", &self.stream_id())
            .field("length", &self.length())
            .finish()
    }
}
