//! What C lets any thread call.

use core::ops::Deref;

/// A [`Completion`](crate::Completion) or a [`CClosure`](crate::CClosure) that may go to any thread, by the word of its
/// `assume_send`. It is called and dropped where it is then.
///
/// ```
#[doc = include_str!("guide/worker.md")]
/// use outlive::AnyThread;
///
/// struct Worker;
///
/// #[callbacks(worker, state = arg)]
/// impl Worker {
///     #[callback(panicked = ())]
///     fn start(&self, call: &Call, done: done_cb, cookie: *mut c_void) {
///         let owed = unsafe { Completion::of(call, done, cookie, -1) };
///         // The manual: any thread may answer.
///         let owed: AnyThread<Completion<done_cb>> = unsafe { owed.assume_send() };
///         let thread = std::thread::spawn(|| owed.into_inner().complete(0));
///         thread.join().unwrap().unwrap();
///     }
/// }
/// assert_eq!(start(Worker, Some(done)), 0);
/// ```
#[must_use = "dropping it calls C at once"]
#[derive(Debug)]
pub struct AnyThread<T>(T);

// SAFETY: the word of whoever made it, by `assume_send`: C lets any thread call.
unsafe impl<T> Send for AnyThread<T> {}

/// Keeps a function of C's on its thread. The compiler names this where it is moved to another.
#[derive(Debug)]
pub(crate) struct NotSendWithoutAssumeSend(
    #[expect(dead_code, reason = "it is there for its type")] *mut (),
);

impl<T> AnyThread<T> {
    /// # Safety
    ///
    /// `value` may be used, and dropped, on any thread, by one at a time.
    pub(crate) unsafe fn new(value: T) -> Self {
        AnyThread(value)
    }

    /// The same, to stay on the calling thread.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for AnyThread<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
