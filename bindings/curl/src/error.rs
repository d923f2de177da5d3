//! What can fail.

use std::ffi::{CStr, NulError};
use std::fmt;

use curl_sys::{CURLE_OK, CURLM_OK, CURLMcode, CURLcode};
use outlive::HoldErrorKind;

/// What a function comes to where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// An error of a transfer: `CURLE_...`.
    Easy(CURLcode),
    /// An error of a [`Multi`](crate::Multi): `CURLM_...`.
    Multi(CURLMcode),
    /// Some callback of the same [`Multi`](crate::Multi) is running on this thread, and libcurl allows this outside only.
    Inside,
    /// The transfer has been cancelled: make a new one.
    Cancelled,
    /// The [`Multi`](crate::Multi) has been dropped, and its transfers with it.
    Closed,
    /// A string has a NUL in it, which C's cannot have.
    Nul,
    /// There is no memory or no slot for a callback.
    Hold(HoldErrorKind),
}

/// What `curl_easy_...` returned.
pub(crate) fn easy(code: CURLcode) -> Result<(), Error> {
    if code == CURLE_OK { Ok(()) } else { Err(Error::Easy(code)) }
}

/// What `curl_multi_...` returned.
pub(crate) fn multi(code: CURLMcode) -> Result<(), Error> {
    if code == CURLM_OK { Ok(()) } else { Err(Error::Multi(code)) }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, code) = match *self {
            // SAFETY: it may be called with any number.
            Error::Easy(code) => (unsafe { curl_sys::curl_easy_strerror(code) }, code as i32),
            // SAFETY: it may be called with any number.
            Error::Multi(code) => (unsafe { curl_sys::curl_multi_strerror(code) }, code),
            Error::Inside => return f.write_str("do this when the callback has returned"),
            Error::Cancelled => return f.write_str("the transfer has been cancelled"),
            Error::Closed => return f.write_str("the multi of the transfer has been dropped"),
            Error::Nul => return f.write_str("the string has a NUL in it"),
            Error::Hold(kind) => return write!(f, "no callback could be registered: {kind:?}"),
        };
        // SAFETY: both return static strings, for numbers that they do not know, too.
        let text = unsafe { CStr::from_ptr(text) };
        write!(f, "libcurl: {} ({code})", text.to_string_lossy())
    }
}

impl std::error::Error for Error {}

impl From<NulError> for Error {
    fn from(_: NulError) -> Error {
        Error::Nul
    }
}
