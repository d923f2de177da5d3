//! What SQLite, or a callback, says of a failure.

use std::ffi::{CStr, c_int};
use std::fmt;

use libsqlite3_sys as ffi;

/// A result code of SQLite's, with its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The extended result code, such as `SQLITE_BUSY`.
    pub code: c_int,
    /// In words.
    pub message: String,
}

impl Error {
    /// What a callback returns to SQLite.
    ///
    /// ```
    /// let error = outlive_sqlite::Error::new(libsqlite3_sys::SQLITE_FULL, "no more than ten rows");
    /// assert_eq!(error.to_string(), "no more than ten rows (SQLite: 13)");
    /// ```
    pub fn new(code: c_int, message: impl Into<String>) -> Self {
        Error { code, message: message.into() }
    }

    /// A code alone, in SQLite's own words.
    pub(crate) fn of_code(code: c_int) -> Self {
        // SAFETY: any number will do.
        let words = unsafe { ffi::sqlite3_errstr(code) };
        // SAFETY: these strings are there for good.
        let words = unsafe { CStr::from_ptr(words) };
        Error::new(code, words.to_string_lossy())
    }

    /// The code without what extends it: `SQLITE_IOERR` for `SQLITE_IOERR_WRITE`.
    pub fn primary_code(&self) -> c_int {
        self.code & 0xff
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLite: {})", self.message, self.code)
    }
}

impl std::error::Error for Error {}
