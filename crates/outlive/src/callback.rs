//! A closure, held as a C function with user data.

use core::ffi::c_void;
use core::fmt;
use core::marker::PhantomData;
use std::time::Duration;

use outlive_core::{Ended, Owned, Place, Registered};

use crate::abi::in_form;
use crate::argument::{Refused, UserData};
use crate::destroy::{HandOverError, hand_over};
use crate::error::{ClosedError, HoldError};
use crate::lone::{At, CallbackType, First, Last, Lone, LoneFunction, Once, Use};
use crate::revocable::{Revocable, Sealed};
use crate::seal::Seal;
use crate::threads::{Exclusive, Local, Shared, Threads};
use crate::until_ended::UntilEnded;

/// A closure behind a C function pointer with user data: the commonest callback of all.
///
/// `S` is C's type of the callback, as bindgen or a -sys crate has it; the types of the closure's arguments come from there,
/// without the user data. C gets [`function`](Callback::function) and [`user_data`](Callback::user_data). They stay valid
/// until [`release`](Callback::release), the closure until the callback is ended, by [`revoke`](Callback::revoke) or by
/// dropping this. Both are safe at any moment and from any thread that has this, whatever C does afterwards: a late call
/// returns what was declared, and is reported.
///
/// The closure gets C's arguments as they are, pointers raw: what is behind one it reads and writes in an `unsafe` block of its
/// own, by what C's header says (`CStr::from_ptr`, `slice::from_raw_parts`). The types for memory that C lends, such as
/// [`Buffer`](crate::Buffer), are for the methods of a block.
///
/// `K` says which threads may call, as for [`Held`](crate::Held): [`Shared`], [`Exclusive`] or [`Local`]. A closure that changes
/// what it has captured (`FnMut`) is for [`exclusive`](Callback::exclusive).
///
/// A closure that is to end its own callback reaches it by a handle that is shared with it, such as an `Arc<OnceLock<Callback<_>>>`
/// that is filled when the callback is made. A function that wraps a constructor is best marked `#[track_caller]`: reports
/// name the line that called it then.
///
/// ```
/// # mod sys {
/// #     use std::ffi::c_void;
/// #     #[allow(non_camel_case_types)]
/// #     pub type timer_cb = Option<unsafe extern "C" fn(interval: u32, user: *mut c_void) -> u32>;
/// # }
/// use outlive::{Callback, Ended};
///
/// let tick = Callback::<sys::timer_cb>::new_or(0, |interval| interval + 1)?;
/// let (function, user_data) = (tick.function().unwrap(), tick.user_data()); // what C keeps
///
/// // What C does with them:
/// assert_eq!(unsafe { function(100, user_data) }, 101);
///
/// assert_eq!(tick.revoke(), Ended::Now);
/// assert_eq!(unsafe { function(100, user_data) }, 0); // late, harmless, and reported
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What a refused call returns is given with the closure, by the functions whose names end in `_or`. It has to be, unless C's
/// function returns nothing or a pointer: then it is nothing, or NULL. It is returned on any thread, so that it is `Send`,
/// which a pointer is not. Each distinct value takes a few bytes for good; a
/// call that comes after the release, against the promise made there, may get that of another callback with the same closure.
///
/// The constructors differ by who may call, and by what the closure may therefore do:
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// # use std::{cell::Cell, rc::Rc};
/// use outlive::Callback;
///
/// type done_cb = unsafe extern "C" fn(status: c_int, user: *mut c_void);
/// type next_cb = unsafe extern "C" fn(user: *mut c_void) -> c_int;
///
/// // Any thread, several at the same time: `Fn + Send + Sync`.
/// let shared = Callback::<done_cb>::new(|status| println!("{status}"))?;
/// // Any thread, one at a time: `FnMut + Send`.
/// let mut last = 0;
/// let exclusive = Callback::<next_cb>::exclusive_or(-1, move || {
///     last += 1;
///     last
/// })?;
/// // This thread: `Fn`.
/// let count = Rc::new(Cell::new(0));
/// let local = Callback::<done_cb>::local(move |status| count.set(count.get() + status))?;
/// // Once: `FnOnce + Send`.
/// let name = String::from("request");
/// let once = Callback::<done_cb>::once(move |status| drop((name, status)))?;
///
/// // What C does:
/// assert_eq!(unsafe { (exclusive.function())(exclusive.user_data()) }, 1);
/// unsafe { (once.function())(0, once.user_data()) };
///
/// # drop(local);
/// unsafe { shared.release() }; // C has forgotten it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the callback ends when this is dropped: keep it for as long as C has the function"]
pub struct Callback<S, K: Threads = Shared> {
    owned: Owned,
    function: S,
    destroy_notify: unsafe extern "C" fn(*mut c_void),
    _closure: PhantomData<(*mut (), K)>,
}

// SAFETY: a shared closure is `Send + Sync` (asked for by the constructors), so that it may be called and dropped on any
// thread. The registration is reached through atomics only.
unsafe impl<S: Copy + Send + Sync> Send for Callback<S, Shared> {}
// SAFETY: as above.
unsafe impl<S: Copy + Send + Sync> Sync for Callback<S, Shared> {}
// SAFETY: an exclusive closure is `Send` (asked for by the constructors), and EXCLUSIVE lets one call at a time reach it.
unsafe impl<S: Copy + Send + Sync> Send for Callback<S, Exclusive> {}
// SAFETY: nothing here reaches the closure by a shared reference.
unsafe impl<S: Copy + Send + Sync> Sync for Callback<S, Exclusive> {}

/// Makes callbacks whose user data is not the last argument: see [`Callback::user_data_first`].
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Callback, CallbackAt, First};
///
/// type visit = unsafe extern "C" fn(user: *mut c_void, depth: c_int) -> c_int;
///
/// fn visits() -> CallbackAt<visit, First> {
///     Callback::user_data_first()
/// }
///
/// // All constructors of `Callback` are there.
/// let shared = visits().new_or(-1, |depth| depth * 2)?;
/// let mut most = 0;
/// let exclusive = visits().exclusive_or(-1, move |depth| {
///     most = depth.max(most);
///     most
/// })?;
/// assert_eq!(unsafe { (shared.function())(shared.user_data(), 4) }, 8);
/// assert_eq!(unsafe { (exclusive.function())(exclusive.user_data(), 4) }, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CallbackAt<S, P>(PhantomData<(S, P)>);

/// An example of a constructor.
macro_rules! example {
    ($closure:literal) => {
        concat!(
            "```\n",
            "# use std::ffi::{c_int, c_void};\n",
            "# use outlive::Callback;\n",
            "# type done_cb = unsafe extern \"C\" fn(status: c_int, user: *mut c_void);\n",
            "# type next_cb = unsafe extern \"C\" fn(user: *mut c_void) -> c_int;\n",
            "let callback = ",
            $closure,
            "?;\n",
            "# Ok::<(), Box<dyn std::error::Error>>(())\n",
            "```"
        )
    };
}

/// The constructors for one use of a closure: as functions of the callback's type, and for another place of the user data.
macro_rules! constructors {
    (
        $use:ty, $threads:ty, $new:ident, $new_or:ident, [$($bound:ident)*],
        $example:literal, $example_or:literal, $($what:literal)*
    ) => {
        impl<S> Callback<S> {
            $(#[doc = $what])*
            ///
            /// A refused call returns nothing, or NULL.
            ///
            #[doc = example!($example)]
            ///
            /// # Errors
            ///
            /// Where no slot or no memory is left; the error has the closure.
            #[track_caller]
            pub fn $new<F>(closure: F) -> Result<Callback<S, $threads>, HoldError<F>>
            where
                S: CallbackType<Last, UserData: UserData, Ret: Refused + PartialEq> + LoneFunction<F, $use, Last>,
                F: 'static $(+ $bound)*,
            {
                Callback::hold::<F, $use, Last>(closure, S::Ret::refused(Seal(())), Place::caller())
            }

            $(#[doc = $what])*
            ///
            /// A refused call returns `refused`.
            ///
            #[doc = example!($example_or)]
            ///
            /// # Errors
            ///
            /// Where no slot or no memory is left; the error has the closure.
            #[track_caller]
            pub fn $new_or<F>(
                refused: S::Ret,
                closure: F,
            ) -> Result<Callback<S, $threads>, HoldError<F>>
            where
                S: CallbackType<Last, UserData: UserData, Ret: PartialEq + Send> + LoneFunction<F, $use, Last>,
                F: 'static $(+ $bound)*,
            {
                Callback::hold::<F, $use, Last>(closure, refused, Place::caller())
            }
        }

        #[allow(clippy::new_ret_no_self, reason = "the names are those of `Callback`")]
        impl<S, P: 'static> CallbackAt<S, P> {
            $(#[doc = $what])*
            ///
            /// As the function of this name of [`Callback`].
            ///
            /// # Errors
            ///
            /// Where no slot or no memory is left; the error has the closure.
            #[track_caller]
            pub fn $new<F>(self, closure: F) -> Result<Callback<S, $threads>, HoldError<F>>
            where
                S: CallbackType<P, UserData: UserData, Ret: Refused + PartialEq> + LoneFunction<F, $use, P>,
                F: 'static $(+ $bound)*,
            {
                Callback::hold::<F, $use, P>(closure, S::Ret::refused(Seal(())), Place::caller())
            }

            $(#[doc = $what])*
            ///
            /// As the function of this name of [`Callback`].
            ///
            /// # Errors
            ///
            /// Where no slot or no memory is left; the error has the closure.
            #[track_caller]
            pub fn $new_or<F>(
                self,
                refused: S::Ret,
                closure: F,
            ) -> Result<Callback<S, $threads>, HoldError<F>>
            where
                S: CallbackType<P, UserData: UserData, Ret: PartialEq + Send> + LoneFunction<F, $use, P>,
                F: 'static $(+ $bound)*,
            {
                Callback::hold::<F, $use, P>(closure, refused, Place::caller())
            }
        }
    };
}

constructors!(
    Shared,
    Shared,
    new,
    new_or,
    [Send Sync],
    "Callback::<done_cb>::new(|status| println!(\"{status}\"))",
    "Callback::<next_cb>::new_or(-1, || 7)",
    "Holds a closure that any thread may call, several at the same time."
);
constructors!(
    Exclusive,
    Exclusive,
    exclusive,
    exclusive_or,
    [Send],
    "{ let mut sum = 0; Callback::<done_cb>::exclusive(move |status| sum += status) }",
    "{ let mut last = 0; Callback::<next_cb>::exclusive_or(-1, move || { last += 1; last }) }",
    "Holds a closure that any thread may call, one call at a time: a concurrent or re-entrant call is refused."
);
constructors!(
    Local,
    Local,
    local,
    local_or,
    [],
    "{ let sum = std::cell::Cell::new(0); Callback::<done_cb>::local(move |status| sum.set(status)) }",
    "{ let seven = std::rc::Rc::new(7); Callback::<next_cb>::local_or(-1, move || *seven) }",
    "Holds a closure that only the calling thread may call: a call from another is refused."
);
constructors!(
    Once<Exclusive>,
    Exclusive,
    once,
    once_or,
    [Send],
    "{ let name = String::from(\"x\"); Callback::<done_cb>::once(move |status| drop((name, status))) }",
    "{ let name = String::from(\"x\"); Callback::<next_cb>::once_or(-1, move || { drop(name); 7 }) }",
    "Holds a closure that C calls at most once, on any thread: the call uses it up."
    ""
    "Whatever becomes of the call, C is done with the callback after it; with [`hand_over`](Callback::hand_over) it gives \
     everything back by itself. A handle that C's call has ended is dropped, or released, as any other."
);
constructors!(
    Once<Local>,
    Local,
    local_once,
    local_once_or,
    [],
    "{ let name = std::rc::Rc::new(\"x\"); Callback::<done_cb>::local_once(move |status| drop((name, status))) }",
    "{ let name = std::rc::Rc::new(\"x\"); Callback::<next_cb>::local_once_or(-1, move || { drop(name); 7 }) }",
    "As `once`, for a closure that only the calling thread may call: a call from another is refused, and is still C's last."
);

impl<S> Callback<S> {
    /// For a function whose user data is its first argument.
    ///
    /// ```
    /// # use std::ffi::{c_int, c_void};
    /// # use outlive::Callback;
    /// type visit = unsafe extern "C" fn(user: *mut c_void, depth: c_int) -> c_int;
    ///
    /// let visitor = Callback::<visit>::user_data_first().new_or(-1, |depth| depth * 2)?;
    /// assert_eq!(unsafe { (visitor.function())(visitor.user_data(), 4) }, 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn user_data_first() -> CallbackAt<S, First> {
        CallbackAt(PhantomData)
    }

    /// For a function whose user data is the argument `NUMBER`, counted from 0, with others before and after it.
    ///
    /// ```
    /// # use std::ffi::{c_int, c_void};
    /// # use outlive::Callback;
    /// type compare = unsafe extern "C" fn(a: c_int, user: *mut c_void, b: c_int) -> c_int;
    ///
    /// let order = Callback::<compare>::user_data_at::<1>().new_or(0, |a, b| a - b)?;
    /// assert_eq!(unsafe { (order.function())(7, order.user_data(), 3) }, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn user_data_at<const NUMBER: usize>() -> CallbackAt<S, At<NUMBER>> {
        CallbackAt(PhantomData)
    }
}

impl<S: Copy, K: Threads + 'static> Callback<S, K> {
    fn hold<F: 'static, U: Use<F, Threads = K>, P: 'static>(
        closure: F,
        refused: S::Ret,
        created: Place,
    ) -> Result<Self, HoldError<F>>
    where
        S: LoneFunction<F, U, P>,
        S::Ret: PartialEq,
    {
        let trampoline = S::trampoline(Seal(()));
        // SAFETY: safe code may call it.
        let function = unsafe { in_form(trampoline) };
        // SAFETY: it is the trampoline of that very type.
        let owned =
            unsafe { Lone::<S::Bare, F, U, P>::hold(trampoline, closure, refused, created) }?;
        let destroy_notify = Lone::<S::Bare, F, U, P>::destroy_notify;
        Ok(Callback { owned, function, destroy_notify, _closure: PhantomData })
    }

    /// The function for C, in C's own type. To call it is as safe as the closure is: whatever user data it gets, it
    /// reaches this closure, or one of the same type, or is refused.
    pub fn function(&self) -> S {
        self.function
    }

    /// The user data to hand to C with the function. It is a number, not an address: nothing may dereference it.
    pub fn user_data(&self) -> *mut c_void {
        core::ptr::without_provenance_mut(self.owned.handle().user_data())
    }

    /// The destroy notify that goes with the user data: what C's parameters call `destroy`, `free_fn` or
    /// `GDestroyNotify`. See [`Held::destroy_notify`](crate::Held::destroy_notify).
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "C" fn(level: i32, user: *mut c_void);
    /// # unsafe fn set_logger(_: log_cb, user: *mut c_void, destroy: unsafe extern "C" fn(*mut c_void)) {
    /// #     unsafe { destroy(user) }
    /// # }
    /// use outlive::Callback;
    ///
    /// let log = Callback::<log_cb>::new(|level| println!("{level}"))?;
    /// unsafe { set_logger(log.function(), log.user_data(), log.destroy_notify()) };
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn destroy_notify(&self) -> unsafe extern "C" fn(user_data: *mut c_void) {
        self.destroy_notify
    }

    /// The [`destroy_notify`](Callback::destroy_notify) for C that takes it as a function of the ABI `system`: on Windows,
    /// where its declaration says `WINAPI`, `CALLBACK` or `__stdcall`.
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "system" fn(level: i32, user: *mut c_void);
    /// # unsafe fn set_logger(_: log_cb, user: *mut c_void, destroy: unsafe extern "system" fn(*mut c_void)) {
    /// #     unsafe { destroy(user) }
    /// # }
    /// use outlive::Callback;
    ///
    /// let log = Callback::<log_cb>::new(|level| println!("{level}"))?;
    /// unsafe { set_logger(log.function(), log.user_data(), log.destroy_notify_system()) };
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn destroy_notify_system(&self) -> unsafe extern "system" fn(user_data: *mut c_void) {
        // SAFETY: safe code may call neither form.
        unsafe { in_form(self.destroy_notify) }
    }

    /// Gives the callback to C, which will call its [`destroy_notify`](Callback::destroy_notify): `register` is the C call
    /// that takes all three. See [`Held::hand_over`](crate::Held::hand_over).
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "C" fn(level: i32, user: *mut c_void);
    /// # type destroy = unsafe extern "C" fn(*mut c_void);
    /// # unsafe fn set_logger(_: log_cb, user: *mut c_void, destroy: destroy) -> i32 {
    /// #     unsafe { destroy(user) };
    /// #     0
    /// # }
    /// use outlive::Callback;
    ///
    /// let log = Callback::<log_cb>::new(|level| println!("{level}"))?;
    /// log.hand_over(|log| {
    ///     match unsafe { set_logger(log.function(), log.user_data(), log.destroy_notify()) } {
    ///         0 => Ok(()),
    ///         error => Err(std::io::Error::from_raw_os_error(error)),
    ///     }
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What `register` returned, with the callback where C has not called its destroy notify.
    pub fn hand_over<R, E>(
        self,
        register: impl FnOnce(&Self) -> Result<R, E>,
    ) -> Result<R, HandOverError<Self, E>> {
        hand_over(self, |held| &held.owned, |held| held.owned, register)
    }

    /// The callback's number in the [ledger](crate::ledger()) and in incidents.
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "C" fn(level: i32, user: *mut c_void);
    /// use outlive::{Callback, ledger};
    ///
    /// let log = Callback::<log_cb>::new(|level| println!("{level}"))?;
    /// assert!(ledger().tables.iter().any(|entry| entry.id == log.id()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> u64 {
        self.owned.handle().bits()
    }

    /// Ends the callback: new calls are refused, and the closure is dropped. Who waits, and for how long, is as for
    /// [`Held::revoke`](crate::Held::revoke).
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        self.owned.revoke(Place::caller())
    }

    /// Waits for the end as a task does, by being woken: for whoever may not keep the thread that an executor runs on. It
    /// ends nothing by itself: refuse calls first, without waiting, and await those that are inside. Any executor will do.
    ///
    /// It comes to [`Ended::Now`] when the value is gone, to [`Ended::Serving`] where that is lent to C until the release,
    /// and to [`Ended::Later`] where it is kept for good. It waits on while a call is inside whose thread is gone, which
    /// only a [`revoke`](Callback::revoke) finds out.
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "C" fn(level: i32, user: *mut c_void);
    /// use std::time::Duration;
    /// use outlive::{Callback, Ended};
    ///
    /// async fn close(log: Callback<log_cb>) {
    ///     let _ = log.revoke_timeout(Duration::ZERO); // no call is let in any more
    ///     assert_eq!(log.ended().await, Ended::Now); // those inside have left
    /// }
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # let closed = std::pin::pin!(close(Callback::<log_cb>::new(|level| println!("{level}"))?));
    /// # assert!(std::future::Future::poll(closed, &mut context).is_ready());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ended(&self) -> UntilEnded<'_, Self> {
        UntilEnded::new(self)
    }

    /// As [`revoke`](Callback::revoke), but waits for at most `limit`, also from inside a callback; see
    /// [`Held::revoke_timeout`](crate::Held::revoke_timeout).
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "C" fn(level: i32, user: *mut c_void);
    /// use std::time::Duration;
    /// use outlive::{Callback, Ended};
    ///
    /// let log = Callback::<log_cb>::new(|level| println!("{level}"))?;
    /// assert_eq!(log.revoke_timeout(Duration::from_millis(100)), Ended::Now); // nobody was inside
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn revoke_timeout(&self, limit: Duration) -> Ended {
        self.owned.revoke_timeout(limit, Place::caller())
    }

    /// Keeps the callback for the rest of the process.
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "C" fn(level: i32, user: *mut c_void);
    /// # unsafe fn set_logger(_: log_cb, _: *mut c_void) {}
    /// use outlive::Callback;
    ///
    /// let log = Callback::<log_cb>::new(|level| println!("{level}"))?;
    /// unsafe { set_logger(log.function(), log.user_data()) };
    /// log.leak()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClosedError`] where the callback has ended already, with the handle.
    pub fn leak(self) -> Result<(), ClosedError<Self>> {
        let Callback { owned, function, destroy_notify, _closure } = self;
        let closed =
            |owned| ClosedError::new(Callback { owned, function, destroy_notify, _closure });
        owned.leak().map(drop).map_err(closed)
    }

    /// Ends the callback and gives all its memory back. It waits as [`revoke`](Callback::revoke) does.
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// # type log_cb = unsafe extern "C" fn(level: i32, user: *mut c_void);
    /// # unsafe fn set_logger(_: Option<log_cb>, _: *mut c_void) {}
    /// use outlive::{Callback, Ended};
    ///
    /// let log = Callback::<log_cb>::new(|level| println!("{level}"))?;
    /// unsafe { set_logger(Some(log.function()), log.user_data()) };
    /// unsafe { set_logger(None, std::ptr::null_mut()) }; // its manual: the old one is not called any more
    /// assert_eq!(unsafe { log.release() }, Ended::Now);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// C has forgotten the function and the user data: it is not called any more, by any thread. A safe binding calls this
    /// after the C library's own close function has returned.
    #[track_caller]
    pub unsafe fn release(self) -> Ended {
        // SAFETY: the caller's promise.
        unsafe { self.owned.release(Place::caller()) }
    }
}

impl<S, K: Threads> Sealed for Callback<S, K> {
    fn registered(&self, _: Seal) -> &Registered {
        &self.owned
    }
}

impl<S, K: Threads> Revocable for Callback<S, K> {}

impl<S, K: Threads> fmt::Debug for Callback<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.owned.handle().bits();
        f.debug_struct("Callback").field("id", &format_args!("{id:#x}")).finish_non_exhaustive()
    }
}
