//! Answers that a host owes to C.

use core::fmt;
use core::marker::PhantomData;

use outlive_core::{Call, Outgoing};

use crate::any_thread::{AnyThread, NotSendWithoutAssumeSend};
use crate::error::NotCalledError;
use crate::lone::{CallbackType, First, Last};
use crate::seal::Seal;

/// An answer that is owed to C: a function that C passed to a callback with a cookie, to be called exactly once.
///
/// `S` is C's type of the function, as bindgen or a -sys crate has it; `P` says where the cookie stands among its arguments:
/// [`Last`] or [`First`]. [`complete`](Completion::complete) answers. Where this is dropped before, C hears what was declared
/// for that: when a method returns early or panics, or when the host value ends with work undone. So no answer is lost, but
/// that of a completion which is leaked (`mem::forget`), and none is given twice.
///
/// | what has become of the registration that it came by | |
/// | --- | --- |
/// | it was revoked, dropped, leaked, or its value taken out | C waits for the answer, and gets it |
/// | C has made its last call, or called the destroy notify | the same: the cookie is C's memory, not the registration's. Where C's last call takes its cookies, too, answer what is owed in the method of that call, before it returns: nobody else knows that C is about to forget them |
/// | it was [released](crate::Held::release), or its [scope](crate::scope()) is over | C has forgotten the cookie: it is not called any more. `complete` says so; a drop does nothing |
///
/// An answer is a call into C, and the registration's release, or revoke, waits for one that another thread is giving, as it
/// waits for a call inside. The thread that gives it [is inside](crate::is_inside()): a release from there does not wait.
///
/// It stays on its thread, since C says which thread may answer; [`assume_send`](Completion::assume_send) is the word that
/// any may. It keeps the registration's slot, though not the value, until it is answered.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Call, Completion, Held, callbacks};
///
/// #[repr(C)] // from the header
/// pub struct worker {
///     pub start: Option<unsafe extern "C" fn(job: c_int, done: done_cb, cookie: *mut c_void, arg: *mut c_void)>,
/// }
/// type done_cb = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;
///
/// struct Host;
///
/// #[callbacks(worker, state = arg)]
/// impl Host {
///     // A call that is refused, so that the method does not run, answers by itself.
///     #[callback(fallback = done.map_or((), |done| unsafe { done(-2, cookie) }), panicked = ())]
///     fn start(&self, call: &Call, job: c_int, done: done_cb, cookie: *mut c_void) {
///         let owed = unsafe { Completion::of(call, done, cookie, -1) };
///         if job > 0 {
///             owed.complete(0).expect("C is there");
///         } // else C hears -1
///     }
/// }
/// # unsafe extern "C" fn done(status: c_int, cookie: *mut c_void) { unsafe { cookie.cast::<c_int>().write(status) }; }
/// # let held = Held::new(Host).unwrap();
/// # let (start, arg) = (unsafe { (*held.as_ptr()).start }.unwrap(), held.user_data());
/// # let mut heard = 7;
/// # let cookie = (&raw mut heard).cast();
/// # unsafe { start(1, Some(done), cookie, arg) };
/// # assert_eq!(heard, 0);
/// # unsafe { start(0, Some(done), cookie, arg) };
/// # assert_eq!(heard, -1);
/// # held.revoke();
/// # unsafe { start(1, Some(done), cookie, arg) };
/// # assert_eq!(heard, -2);
/// ```
#[must_use = "dropping it answers C at once, with what was declared for that"]
pub struct Completion<S: CallbackType<P>, P = Last> {
    outgoing: Outgoing,
    /// There until it is answered.
    owed: Option<Owed<S, P>>,
    _on_its_thread: PhantomData<NotSendWithoutAssumeSend>,
}

struct Owed<S: CallbackType<P>, P> {
    function: S,
    cookie: S::UserData,
    when_dropped: S::Others,
}

impl<S: CallbackType<Last>> Completion<S, Last> {
    /// The answer to a function that C has passed to the running `call`, whose last argument is the cookie. `when_dropped` is
    /// what C hears where nobody answers: its other argument, or a tuple of these. NULL asks for no answer.
    ///
    /// # Safety
    ///
    /// * C may be answered, once, by `function` with this cookie, until the registration is released, after C's last call, too.
    ///   (Where that call takes the cookie, you see to it that this is completed or dropped before.) Nobody else answers it.
    /// * `when_dropped`, and what is passed to [`complete`](Completion::complete), is what C's header asks for.
    /// * C may be called on the calling thread whenever this may be dropped or completed: from inside a callback, or from a
    ///   destructor.
    pub unsafe fn of(
        call: &Call<'_>,
        function: S,
        cookie: S::UserData,
        when_dropped: S::Others,
    ) -> Self {
        Completion::made(call, Owed { function, cookie, when_dropped })
    }
}

impl<S: CallbackType<First>> Completion<S, First> {
    /// As [`of`](Completion::of), for a function whose first argument is the cookie.
    ///
    /// ```
    /// # use std::ffi::{c_int, c_void};
    /// use outlive::{Completion, Call, First, Held, callbacks};
    ///
    /// type reply_cb = Option<unsafe extern "C" fn(cookie: *mut c_void, status: c_int)>;
    ///
    /// #[repr(C)]
    /// pub struct worker {
    ///     pub start: Option<unsafe extern "C" fn(reply: reply_cb, cookie: *mut c_void, arg: *mut c_void)>,
    /// }
    ///
    /// struct Worker;
    ///
    /// #[callbacks(worker, state = arg)]
    /// impl Worker {
    ///     fn start(&self, call: &Call, reply: reply_cb, cookie: *mut c_void) {
    ///         let owed: Completion<_, First> = unsafe { Completion::cookie_first(call, reply, cookie, -1) };
    ///         owed.complete(7).expect("C is there");
    ///     }
    /// }
    /// # unsafe extern "C" fn reply(cookie: *mut c_void, status: c_int) { unsafe { *cookie.cast::<c_int>() += status } }
    /// # let held = Held::new(Worker).unwrap();
    /// # let mut heard = 0;
    /// # unsafe { (*held.as_ptr()).start.unwrap()(Some(reply), (&raw mut heard).cast(), held.user_data()) };
    /// # assert_eq!(heard, 7);
    /// ```
    ///
    /// # Safety
    ///
    /// As for [`of`](Completion::of).
    pub unsafe fn cookie_first(
        call: &Call<'_>,
        function: S,
        cookie: S::UserData,
        when_dropped: S::Others,
    ) -> Self {
        Completion::made(call, Owed { function, cookie, when_dropped })
    }
}

impl<S: CallbackType<P>, P> Completion<S, P> {
    fn made(call: &Call<'_>, owed: Owed<S, P>) -> Self {
        let outgoing = Outgoing::of(call);
        Completion { outgoing, owed: Some(owed), _on_its_thread: PhantomData }
    }

    /// Answers; what C's function returned. `answer` is its argument beside the cookie, or a tuple of these.
    ///
    /// # Errors
    ///
    /// [`NotCalledError`] where C was not called.
    pub fn complete(mut self, answer: S::Others) -> Result<S::Ret, NotCalledError> {
        self.answer(|owed| owed.call(answer))
    }

    /// Answers by another function of C's, which `answer` calls with the cookie: where C has several for one request, as
    /// FUSE has `fuse_reply_buf` beside `fuse_reply_err`. A panic of `answer` counts as the answer.
    ///
    /// ```
    #[doc = include_str!("guide/worker.md")]
    /// # unsafe fn reply_buffer(cookie: *mut c_void, buffer: &[u8]) -> c_int {
    /// #     unsafe { cookie.cast::<c_int>().write(buffer.len() as c_int) };
    /// #     0
    /// # }
    /// struct Worker;
    ///
    /// #[callbacks(worker, state = arg)]
    /// impl Worker {
    ///     #[callback(panicked = ())]
    ///     fn start(&self, call: &Call, done: done_cb, cookie: *mut c_void) {
    ///         let owed = unsafe { Completion::of(call, done, cookie, -1) };
    ///         owed.complete_with(|cookie| unsafe { reply_buffer(cookie, b"data") }).expect("C is there");
    ///     }
    /// }
    /// assert_eq!(start(Worker, Some(done)), 4);
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCalledError`] where `answer` was not run.
    pub fn complete_with<R>(
        mut self,
        answer: impl FnOnce(S::UserData) -> R,
    ) -> Result<R, NotCalledError> {
        self.answer(|owed| (!owed.function.is_null(Seal(()))).then(|| answer(owed.cookie)))
    }

    /// The same for any thread.
    ///
    /// ```
    #[doc = include_str!("guide/worker.md")]
    /// struct Worker;
    ///
    /// #[callbacks(worker, state = arg)]
    /// impl Worker {
    ///     #[callback(panicked = ())]
    ///     fn start(&self, call: &Call, done: done_cb, cookie: *mut c_void) {
    ///         let owed = unsafe { Completion::of(call, done, cookie, -1).assume_send() };
    ///         std::thread::spawn(move || drop(owed)).join().unwrap(); // C hears -1, on that thread
    ///     }
    /// }
    /// assert_eq!(start(Worker, Some(done)), -1);
    /// ```
    ///
    /// # Safety
    ///
    /// C's function may be called on any thread, with what was declared for a drop, too.
    pub unsafe fn assume_send(self) -> AnyThread<Self> {
        // SAFETY: the caller's promise.
        unsafe { AnyThread::new(self) }
    }

    fn answer<R>(
        &mut self,
        answer: impl FnOnce(Owed<S, P>) -> Option<R>,
    ) -> Result<R, NotCalledError> {
        // Before C is called, so that nothing answers again that happens there.
        let owed = self.owed.take();
        let answered = self.outgoing.call(|| owed.and_then(answer));
        answered.ok_or(NotCalledError::Released)?.ok_or(NotCalledError::Null)
    }
}

impl<S: CallbackType<P>, P> Owed<S, P> {
    fn call(self, answer: S::Others) -> Option<S::Ret> {
        // SAFETY: the promise of whoever made the completion.
        unsafe { self.function.call(self.cookie, answer, Seal(())) }
    }
}

impl<S: CallbackType<P>, P> Drop for Completion<S, P> {
    fn drop(&mut self) {
        let Some(Owed { function, cookie, when_dropped }) = self.owed.take() else { return };
        // SAFETY: the promise of whoever made this.
        self.outgoing.call(|| unsafe { function.call(cookie, when_dropped, Seal(())) });
    }
}

impl<S: CallbackType<P>, P> fmt::Debug for Completion<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion").finish_non_exhaustive()
    }
}
