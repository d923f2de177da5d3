//! Running code where no callback is below it.

use core::error::Error;
use core::fmt;
use std::io;
use std::sync::mpsc::{SendError, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Whether the calling thread is inside: it runs a callback (or [`Held::with`](crate::Held::with), which counts as one), an
/// incident hook, or a destructor that one of them has caused, so that a call of C's is below the caller on the stack. A close does not wait there, and C's own stop function
/// may wait for the very call that is below. See [`outside`].
///
/// Any thread may ask, at any moment.
///
/// ```
/// use outlive::Callback;
///
/// let ask = Callback::<unsafe extern "C" fn(*mut std::ffi::c_void)>::new(|| assert!(outlive::is_inside()))?;
/// unsafe { (ask.function())(ask.user_data()) };
/// assert!(!outlive::is_inside());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn is_inside() -> bool {
    outlive_core::is_inside()
}

/// Runs `f` where no callback is below it: at once if the calling thread [is outside](is_inside), else on a new thread,
/// beside what the calling thread goes on with.
///
/// It is for a function of C's that must not be called from a callback, or that waits for the thread which one is on: a
/// stop function that joins C's thread, called by the destructor of a value that a callback may drop.
///
/// ```
/// # unsafe fn stream_stop(_: usize) {}
/// struct Stream(usize);
///
/// impl Drop for Stream {
///     fn drop(&mut self) {
///         let stream = self.0;
///         // In a callback of the stream's own, this would wait for itself.
///         if let Err(failed) = outlive::outside(move || unsafe { stream_stop(stream) }) {
///             eprintln!("the stream goes on: {failed}");
///         }
///     }
/// }
/// # drop(Stream(1));
/// ```
///
/// # Errors
///
/// Where a thread is needed and cannot be had; the error has `f`.
///
/// # Panics
///
/// With the panic of `f`, where that runs at once; else its [`JoinHandle`] has it.
pub fn outside<F: FnOnce() + Send + 'static>(f: F) -> Result<Outside, OutsideError<F>> {
    if !is_inside() {
        f();
        return Ok(Outside::Here);
    }
    let (give, take) = sync_channel::<F>(1);
    let run = move || {
        if let Ok(f) = take.recv() {
            f();
        }
    };
    // The closure goes after the thread is there, so that it is not lost with one that is not.
    let failed = |f, error| OutsideError { f, error };
    let thread = match Builder::new().name(String::from("outlive-outside")).spawn(run) {
        Ok(thread) => thread,
        Err(error) => return Err(failed(f, error)),
    };
    match give.send(f) {
        Ok(()) => Ok(Outside::Elsewhere(thread)),
        Err(SendError(f)) => Err(failed(f, io::Error::other("the new thread ended at once"))),
    }
}

/// Where [`outside`] runs its closure.
///
/// ```
/// use outlive::{Outside, outside};
///
/// match outside(|| println!("no callback is below")).expect("a thread") {
///     Outside::Here => {}
///     Outside::Elsewhere(thread) => drop(thread), // it goes on by itself
/// }
/// ```
#[derive(Debug)]
pub enum Outside {
    /// It has run on the calling thread.
    Here,
    /// It runs on this thread. Whoever is inside must not wait for it, for it may wait for them.
    Elsewhere(JoinHandle<()>),
}

/// A closure that could not be run outside. It is in here, unharmed.
///
/// ```
/// use outlive::outside;
///
/// if let Err(failed) = outside(|| println!("stopped")) {
///     eprintln!("{}", failed.error());
///     let stop = failed.into_closure(); // to be run when the callback has returned
///     stop();
/// }
/// ```
pub struct OutsideError<F> {
    f: F,
    error: io::Error,
}

impl<F> OutsideError<F> {
    /// The closure, to be run later.
    pub fn into_closure(self) -> F {
        self.f
    }

    /// What the system said.
    pub fn error(&self) -> &io::Error {
        &self.error
    }
}

impl<F> fmt::Debug for OutsideError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<F> fmt::Display for OutsideError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no thread to run it outside of the callback: {}", self.error)
    }
}

impl<F> Error for OutsideError<F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
