//! What can fail, and how a callback says so.

use std::ffi::{CStr, c_int};
use std::{fmt, io};

use libnghttp2_sys::{nghttp2_error, nghttp2_strerror};
use outlive::HoldErrorKind;

/// What a call into a session comes to where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// An error of nghttp2's own: `NGHTTP2_ERR_...`. Those below -900 are fatal, and end the session.
    Nghttp2(c_int),
    /// The session has ended, by an earlier fatal error or by its [`Canceller`](crate::Canceller): drop it.
    Ended,
    /// The function needs this callback: set it in the [`Builder`](crate::Builder).
    MissingCallback(&'static str),
    /// The stream has got its response: a second one would be undefined for nghttp2.
    Answered,
    /// There is no memory or no slot for a callback.
    Hold(HoldErrorKind),
}

impl Error {
    /// `Err` where nghttp2 returned a negative number.
    pub(crate) fn check(returned: impl TryInto<c_int>) -> Result<c_int, Error> {
        match returned.try_into().unwrap_or(c_int::MAX) {
            code if code < 0 => Err(Error::Nghttp2(code)),
            value => Ok(value),
        }
    }

    /// Whether the session is of no use afterwards.
    pub fn is_fatal(self) -> bool {
        match self {
            // SAFETY: it may be called with any number.
            Error::Nghttp2(code) => unsafe { libnghttp2_sys::nghttp2_is_fatal(code) != 0 },
            Error::Ended => true,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Nghttp2(code) => {
                // SAFETY: it may be called with any number.
                let text = unsafe { nghttp2_strerror(*code) };
                // SAFETY: it returns a static string, for a number that it does not know, too.
                let text = unsafe { CStr::from_ptr(text) };
                write!(f, "nghttp2: {} ({code})", text.to_string_lossy())
            }
            Error::Ended => f.write_str("the session has ended: drop it"),
            Error::MissingCallback(name) => write!(f, "set the callback `{name}` in the builder"),
            Error::Answered => f.write_str("the stream has a response already"),
            Error::Hold(kind) => write!(f, "no callback could be registered: {kind:?}"),
        }
    }
}

impl std::error::Error for Error {}

/// How a callback fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Of a header: its stream is reset. Of a frame that is to be sent: it is not. Elsewhere the same as `Session`.
    Stream,
    /// The session fails, with `NGHTTP2_ERR_CALLBACK_FAILURE`.
    Session,
}

/// What a callback could not do fails the session.
impl From<Error> for Failure {
    fn from(_: Error) -> Failure {
        Failure::Session
    }
}

/// What a callback returns to C; `stream` is what C takes for [`Failure::Stream`].
pub(crate) fn to_c(result: Result<(), Failure>, stream: nghttp2_error) -> c_int {
    match result {
        Ok(()) => 0,
        Err(Failure::Stream) => stream,
        Err(Failure::Session) => libnghttp2_sys::NGHTTP2_ERR_CALLBACK_FAILURE,
    }
}

/// What a callback that moves bytes returns to C: at most `most`, which memory safety depends on.
pub(crate) fn moved(result: io::Result<usize>, most: usize, failure: nghttp2_error) -> isize {
    match result {
        Ok(count) => count.min(most) as isize,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            libnghttp2_sys::NGHTTP2_ERR_WOULDBLOCK as isize
        }
        Err(_) => failure as isize,
    }
}
