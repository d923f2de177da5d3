//! Where librdkafka may not be called: in logs and interceptors, for it holds locks there, or waits for the thread.

use std::cell::Cell;

use crate::error::Error;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs what librdkafka calls and what may not call it.
pub(crate) fn without_calls<R>(run: impl FnOnce() -> R) -> R {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }
    DEPTH.set(DEPTH.get() + 1);
    let _leave = Leave;
    run()
}

/// An error where librdkafka may not be called.
pub(crate) fn allowed() -> Result<(), Error> {
    match DEPTH.get() {
        0 => Ok(()),
        _ => Err(Error::new("librdkafka may not be called in a log or in an interceptor")),
    }
}
