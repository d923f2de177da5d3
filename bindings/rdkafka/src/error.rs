//! What librdkafka says when it fails.

use core::ffi::CStr;
use core::fmt;

use rdkafka_sys as rd;

/// An error of librdkafka's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: i32,
    message: String,
}

impl Error {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Error {
            code: rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__FAIL as i32,
            message: message.to_string(),
        }
    }

    /// What librdkafka says of a code.
    pub(crate) fn of(code: rd::rd_kafka_resp_err_t) -> Self {
        // SAFETY: any code will do; the text is a constant.
        let text = unsafe { rd::rd_kafka_err2str(code) };
        // SAFETY: it ends in NUL.
        let message = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
        Error { code: code as i32, message }
    }

    pub(crate) fn coded(code: i32, message: &str) -> Self {
        Error { code, message: message.into() }
    }

    /// What librdkafka has written into a buffer.
    pub(crate) fn written(code: i32, buffer: &[u8]) -> Self {
        let text = CStr::from_bytes_until_nul(buffer).unwrap_or_default();
        Error { code, message: text.to_string_lossy().into_owned() }
    }

    /// The number of `rd_kafka_resp_err_t`, negative for what librdkafka itself has found.
    pub fn code(&self) -> i32 {
        self.code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

pub(crate) fn check(code: rd::rd_kafka_resp_err_t) -> Result<(), Error> {
    match code {
        rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(Error::of(code)),
    }
}
