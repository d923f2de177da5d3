//! What libgit2 says when it fails, and what it is told.

use core::ffi::{CStr, c_int};
use core::fmt;
use std::ffi::CString;

use libgit2_sys as git;

/// An error of libgit2's, or of a store, which libgit2 passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: c_int,
    message: String,
}

impl Error {
    /// An error without a code of its own.
    pub fn new(message: impl Into<String>) -> Self {
        Error::coded(git::GIT_ERROR, message)
    }

    /// There is no such object or reference.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Error::coded(git::GIT_ENOTFOUND, format!("{what} is not there"))
    }

    /// More than one object has this prefix.
    pub fn ambiguous(what: impl fmt::Display) -> Self {
        Error::coded(git::GIT_EAMBIGUOUS, format!("{what} is ambiguous"))
    }

    /// The reference is there already.
    pub fn exists(what: impl fmt::Display) -> Self {
        Error::coded(git::GIT_EEXISTS, format!("{what} is there already"))
    }

    /// The reference is no longer what the caller took it for.
    pub fn modified(what: impl fmt::Display) -> Self {
        Error::coded(git::GIT_EMODIFIED, format!("{what} has been changed meanwhile"))
    }

    pub(crate) fn locked(what: impl fmt::Display) -> Self {
        Error::coded(git::GIT_ELOCKED, format!("{what} is locked"))
    }

    /// What `outlive` says.
    pub(crate) fn told(error: impl fmt::Display) -> Self {
        Error::new(error.to_string())
    }

    pub(crate) fn coded(code: c_int, message: impl Into<String>) -> Self {
        Error { code, message: message.into() }
    }

    /// libgit2's code: -3 for what is not there (`GIT_ENOTFOUND`), and so on.
    pub fn code(&self) -> c_int {
        self.code
    }

    /// Leaves the message with libgit2, for this thread, and gives the code that the callback returns.
    pub(crate) fn raise(&self) -> c_int {
        set_message(&self.message);
        self.code
    }

    /// What libgit2 says of its last failure on this thread.
    fn last(code: c_int) -> Self {
        // SAFETY: it may be called at any time; the result is valid until this thread's next call of libgit2.
        let last = unsafe { git::git_error_last() };
        // SAFETY: OWNED by the thread until then.
        let last = unsafe { last.as_ref() };
        // SAFETY: OWNED by the thread until then; the message ends in NUL.
        let message = last.map(|last| unsafe { CStr::from_ptr(last.message) });
        let message = message.map(|message| message.to_string_lossy().into_owned());
        Error { code, message: message.unwrap_or_else(|| format!("error {code} of libgit2")) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The result of a function of libgit2's, which is negative where it failed.
pub(crate) fn check(code: c_int) -> Result<c_int, Error> {
    if code < 0 { Err(Error::last(code)) } else { Ok(code) }
}

/// What a callback returns: 0, or the code of an error.
pub(crate) fn answer(result: Result<(), Error>) -> c_int {
    result.map_or_else(|error| error.raise(), |()| 0)
}

/// What a callback returns that comes after its store was taken away, or that cannot be served.
pub(crate) fn refused() -> c_int {
    Error::new("the store has been taken away from libgit2").raise()
}

/// What a callback returns whose store has panicked.
pub(crate) fn panicked() -> c_int {
    Error::new("the store has panicked").raise()
}

fn set_message(message: &str) {
    let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
    // SAFETY: LENT: libgit2 copies the message.
    unsafe { git::git_error_set_str(git::GIT_ERROR_CALLBACK as c_int, message.as_ptr()) };
}
