//! The errors of the safe face.

use core::error::Error;
use core::fmt;

pub use outlive_core::HoldErrorKind;

/// The table has ended. Its handle is in here, to be released or dropped; `H` is [`Held`](crate::Held) or
/// [`Callback`](crate::Callback).
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{ClosedError, Ended};
///
/// let held = Held::new(Adder(1)).unwrap();
/// assert_eq!(held.revoke(), Ended::Now);
/// let closed = held.leak().unwrap_err();
/// let closed = closed.into_held().leak().unwrap_err(); // still
/// let error: ClosedError<()> = closed.into_error(); // the handle is dropped
/// println!("{error}");
/// ```
#[derive(Debug)]
pub struct ClosedError<H>(H);

impl<H> ClosedError<H> {
    pub(crate) fn new(held: H) -> Self {
        ClosedError(held)
    }

    /// The handle of the table that has ended.
    pub fn into_held(self) -> H {
        self.0
    }

    /// The same without the handle, which is dropped: an error that any thread may have.
    pub fn into_error(self) -> ClosedError<()> {
        ClosedError(())
    }
}

impl<H> fmt::Display for ClosedError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the table has ended, and its value with it: release it, and make another")
    }
}

impl<H: fmt::Debug> Error for ClosedError<H> {}

/// Why [`Held::with`](crate::Held::with) did not run.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::WithError;
///
/// let held = Held::new(Adder(1)).unwrap();
/// let _ = held.revoke();
/// assert_eq!(held.with(|adder| adder.0), Err(WithError::Closed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithError {
    /// The table has ended.
    Closed,
    /// The table is exclusive, and a call is inside.
    Busy,
}

impl fmt::Display for WithError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WithError::Closed => f.write_str("the table has ended: make another"),
            WithError::Busy => f.write_str("a call is inside the exclusive table: try again later"),
        }
    }
}

impl Error for WithError {}

/// Why a [`Completion`](crate::Completion) or a [`CClosure`](crate::CClosure) has not called C.
///
/// ```
#[doc = include_str!("guide/worker.md")]
/// use outlive::NotCalledError;
///
/// struct Worker;
///
/// #[callbacks(worker, state = arg)]
/// impl Worker {
///     fn start(&self, call: &Call, done: done_cb, cookie: *mut c_void) {
///         let owed = unsafe { Completion::of(call, done, cookie, -1) };
///         assert_eq!(owed.complete(0), Err(NotCalledError::Null));
///     }
/// }
/// start(Worker, None); // C asks for no answer
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCalledError {
    /// The registration that it came by was released: C has forgotten it.
    Released,
    /// C has passed NULL for the function.
    Null,
}

impl fmt::Display for NotCalledError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotCalledError::Released => f.write_str(
                "C was not called, for its table was released before: call C first, then release",
            ),
            NotCalledError::Null => f.write_str("C was not called, for it has passed NULL"),
        }
    }
}

impl Error for NotCalledError {}

/// A table could not be made. The host value is in here, unharmed.
///
/// ```
#[doc = include_str!("guide/hooks.md")]
/// use outlive::HoldErrorKind;
///
/// let held = Held::new(Clock(1)).unwrap();
/// let error = Held::new(Clock(2)).unwrap_err(); // the block has one instance
/// assert_eq!(*error.kind(), HoldErrorKind::NoInstanceLeft(1));
/// let clock = error.into_value(); // unharmed
/// assert_eq!(Held::new(clock).unwrap_err().into_kind(), HoldErrorKind::NoInstanceLeft(1));
/// ```
///
/// INVARIANT: BY-VALUE: nobody gets a reference to the value from here, but who owns the error.
pub struct HoldError<T> {
    value: T,
    kind: HoldErrorKind,
}

// SAFETY: BY-VALUE: with a shared reference to the error nobody reaches the value. So `?` makes an error of it that any thread
// may have, for each value that any thread may.
unsafe impl<T> Sync for HoldError<T> {}

impl<T> HoldError<T> {
    pub(crate) fn new(value: T, kind: HoldErrorKind) -> Self {
        HoldError { value, kind }
    }

    pub(crate) fn map<U>(self, value: impl FnOnce(T) -> U) -> HoldError<U> {
        HoldError { value: value(self.value), kind: self.kind }
    }

    /// What was missing.
    pub fn kind(&self) -> &HoldErrorKind {
        &self.kind
    }

    /// What was missing, without the host value, which is dropped.
    pub fn into_kind(self) -> HoldErrorKind {
        self.kind
    }

    /// The host value.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> fmt::Display for HoldError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl<T> fmt::Debug for HoldError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HoldError").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<T> Error for HoldError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.kind)
    }
}
