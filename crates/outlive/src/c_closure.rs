//! Functions of C's that a host may call often.

use core::fmt;
use core::marker::PhantomData;

use outlive_core::{Call, Outgoing};

use crate::abi::bare;
use crate::any_thread::{AnyThread, NotSendWithoutAssumeSend};
use crate::argument::UserData;
use crate::error::NotCalledError;
use crate::lone::{CallbackType, First, Last};
use crate::seal::Seal;

/// A closure of C's: a function that C passed to a callback with its data and a destructor for that, to be called any number
/// of times until the host drops it. Then the destructor is called, once.
///
/// `S` is C's type of the function; `P` says where the data stands among its arguments: [`Last`] or [`First`]. What becomes of
/// the registration that it came by is as for a [`Completion`](crate::Completion): after the end of the registration, and after
/// C's last call, C may still be called and its data is freed; after the release C has forgotten both, and neither is called.
/// A release waits for a call that another thread is making.
///
/// It stays on its thread, unless [`assume_send`](CClosure::assume_send) says that any may call.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// # use std::cell::RefCell;
/// use outlive::{CClosure, Call, Held, callbacks};
///
/// #[repr(C)] // from the header
/// pub struct source {
///     pub watch: Option<unsafe extern "C" fn(changed: changed_cb, data: *mut c_void, free: free_cb, arg: *mut c_void)>,
/// }
/// type changed_cb = Option<unsafe extern "C" fn(value: c_int, data: *mut c_void)>;
/// type free_cb = Option<unsafe extern "C" fn(data: *mut c_void)>;
///
/// #[derive(Default)]
/// struct Source(RefCell<Vec<CClosure<changed_cb>>>);
///
/// #[callbacks(source, state = arg)]
/// impl Source {
///     #[callback(fallback = free.map_or((), |free| unsafe { free(data) }), panicked = ())]
///     fn watch(&self, call: &Call, changed: changed_cb, data: *mut c_void, free: free_cb) {
///         let changed = unsafe { CClosure::of(call, changed, data, free) };
///         changed.call(1).expect("C is there");
///         self.0.borrow_mut().push(changed);
///     }
/// }
/// # unsafe extern "C" fn changed(value: c_int, data: *mut c_void) { unsafe { *data.cast::<c_int>() += value }; }
/// # unsafe extern "C" fn free(data: *mut c_void) { unsafe { *data.cast::<c_int>() += 100 }; }
/// # let held = Held::local(Source::default()).unwrap();
/// # let (watch, arg) = (unsafe { (*held.as_ptr()).watch }.unwrap(), held.user_data());
/// # let mut seen = 0;
/// # let data = (&raw mut seen).cast();
/// # unsafe { watch(Some(changed), data, Some(free), arg) };
/// # assert_eq!(seen, 1);
/// drop(held); // C's data is freed with the source
/// # assert_eq!(seen, 101);
/// ```
#[must_use = "dropping it has C free its data at once"]
pub struct CClosure<S: CallbackType<P, UserData: UserData>, P = Last> {
    outgoing: Outgoing,
    function: S,
    data: S::UserData,
    free: S::Destructor,
    _on_its_thread: PhantomData<NotSendWithoutAssumeSend>,
}

impl<S: CallbackType<Last, UserData: UserData>> CClosure<S, Last> {
    /// The closure that C has passed to the running `call`, whose function has its data as the last argument. `free` may be
    /// NULL, where there is nothing to be freed, and so may the function, where nothing is to be called. Both are of one ABI,
    /// `C` or `system`.
    ///
    /// # Safety
    ///
    /// * C may be called, any number of times, by `function` with this data, and then once by `free`, until the registration
    ///   is released; after C's last call, too, or you drop this before. Nobody else frees the data.
    /// * What is passed to [`call`](CClosure::call) is what C's header asks for.
    /// * C may be called on the calling thread whenever the host may do so: from inside a callback, from a destructor, or
    ///   from inside the function itself.
    pub unsafe fn of(call: &Call<'_>, function: S, data: S::UserData, free: S::Destructor) -> Self {
        CClosure::made(call, function, data, free)
    }
}

impl<S: CallbackType<First, UserData: UserData>> CClosure<S, First> {
    /// As [`of`](CClosure::of), for a function that has its data as the first argument.
    ///
    /// ```
    /// # use std::ffi::{c_int, c_void};
    /// use outlive::{CClosure, Call, First, Held, callbacks};
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
    ///         let reply: CClosure<_, First> = unsafe { CClosure::data_first(call, reply, cookie, None) };
    ///         reply.call(3).expect("C is there");
    ///         reply.call(4).expect("C is there");
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
    /// As for [`of`](CClosure::of).
    pub unsafe fn data_first(
        call: &Call<'_>,
        function: S,
        data: S::UserData,
        free: S::Destructor,
    ) -> Self {
        CClosure::made(call, function, data, free)
    }
}

impl<S: CallbackType<P, UserData: UserData>, P> CClosure<S, P> {
    fn made(call: &Call<'_>, function: S, data: S::UserData, free: S::Destructor) -> Self {
        let outgoing = Outgoing::of(call);
        CClosure { outgoing, function, data, free, _on_its_thread: PhantomData }
    }

    /// Calls C; what its function returned. `arguments` is its argument beside the data, or a tuple of these.
    ///
    /// # Errors
    ///
    /// [`NotCalledError`] where C was not called.
    pub fn call(&self, arguments: S::Others) -> Result<S::Ret, NotCalledError> {
        // SAFETY: the promise of whoever made this.
        let called =
            self.outgoing.call(|| unsafe { self.function.call(self.data, arguments, Seal(())) });
        called.ok_or(NotCalledError::Released)?.ok_or(NotCalledError::Null)
    }

    /// The same for any thread.
    ///
    /// ```
    /// # use std::ffi::{c_int, c_void};
    /// use outlive::{CClosure, Call, Held, callbacks};
    ///
    /// type reply_cb = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;
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
    ///         let reply = unsafe { CClosure::of(call, reply, cookie, None).assume_send() };
    ///         std::thread::spawn(move || reply.call(7)).join().unwrap().expect("C is there");
    ///     }
    /// }
    /// # unsafe extern "C" fn reply(status: c_int, cookie: *mut c_void) { unsafe { *cookie.cast::<c_int>() += status } }
    /// # let held = Held::new(Worker).unwrap();
    /// # let mut heard = 0;
    /// # unsafe { (*held.as_ptr()).start.unwrap()(Some(reply), (&raw mut heard).cast(), held.user_data()) };
    /// # assert_eq!(heard, 7);
    /// ```
    ///
    /// # Safety
    ///
    /// C's function and its destructor may be called on any thread, by one at a time.
    pub unsafe fn assume_send(self) -> AnyThread<Self> {
        // SAFETY: the caller's promise.
        unsafe { AnyThread::new(self) }
    }
}

impl<S: CallbackType<P, UserData: UserData>, P> Drop for CClosure<S, P> {
    fn drop(&mut self) {
        let Some(free) = bare(self.free) else { return };
        // SAFETY: the promise of whoever made this.
        self.outgoing.call(|| unsafe { free(self.data) });
    }
}

impl<S: CallbackType<P, UserData: UserData>, P> fmt::Debug for CClosure<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CClosure").finish_non_exhaustive()
    }
}
