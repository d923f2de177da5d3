//! Giving a table to a C library that takes a destructor with the user data.

use core::error::Error;
use core::ffi::c_void;
use core::fmt;

use outlive_core::Owned;

use crate::abi::in_form;
use crate::callbacks::{Arg, Callbacks};
use crate::held::Held;
use crate::private::destroy_notify;
use crate::threads::Threads;

impl<T: Callbacks<Locator = Arg> + 'static, K: Threads> Held<T, K> {
    /// The destroy notify that goes with this table's [`user_data`](Held::user_data): what C's
    /// parameters call `destroy`, `xDestroy`, `free_fn` or `GDestroyNotify`.
    ///
    /// C may call it on any thread, from inside a callback too. The first call ends the table as a drop
    /// of the handle does; a second one is a [`LateCall`](crate::IncidentKind::LateCall) incident, and so is one that
    /// comes after [`release`](Held::release), or after [`into_inner`](Held::into_inner) of a table that has no member
    /// for it. The host value is dropped exactly once: by that call, or when the last call inside has left; one that
    /// is [`Local`](crate::Local) is dropped on its own thread, when that thread makes, ends or lists tables, or ends.
    ///
    /// Whoever keeps the handle instead of giving it to C may go on using it: after C's notice
    /// [`revoke`](Held::revoke) says that the table has ended, and a release does nothing more.
    ///
    /// A table that has a member for it names it in its block: `destroy = member`.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// # unsafe fn add_listener(arg: *mut c_void, destroy: unsafe extern "C" fn(*mut c_void)) { unsafe { destroy(arg) } }
    /// let held = Held::new(Adder(1)).unwrap();
    /// held.hand_over(|held| {
    ///     unsafe { add_listener(held.user_data(), held.destroy_notify()) };
    ///     Ok::<_, ()>(())
    /// })
    /// .unwrap();
    /// ```
    #[must_use = "it is for C, which has to call it"]
    pub fn destroy_notify(&self) -> unsafe extern "C" fn(user_data: *mut c_void) {
        destroy_notify::<T>
    }

    /// The [`destroy_notify`](Held::destroy_notify) for C that takes it as a function of the ABI `system`: on Windows, where
    /// its declaration says `WINAPI`, `CALLBACK` or `__stdcall`.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// # unsafe fn add_listener(arg: *mut c_void, destroy: unsafe extern "system" fn(*mut c_void)) { unsafe { destroy(arg) } }
    /// let held = Held::new(Adder(1)).unwrap();
    /// held.hand_over(|held| {
    ///     unsafe { add_listener(held.user_data(), held.destroy_notify_system()) };
    ///     Ok::<_, ()>(())
    /// })
    /// .unwrap();
    /// ```
    #[must_use = "it is for C, which has to call it"]
    pub fn destroy_notify_system(&self) -> unsafe extern "system" fn(user_data: *mut c_void) {
        // SAFETY: safe code may call neither form.
        unsafe { in_form(self.destroy_notify()) }
    }

    /// Gives the host value to C, and has its user data: for an object of C's, in whose memory it is left, and whose
    /// destructor is the last call. It is as [`hand_over`](Held::hand_over) where nothing can fail any more: C owns the
    /// value from here on, and whoever does not leave the user data where C's last call finds it keeps the value for good
    /// (the [ledger](crate::ledger()) lists it). The guide has an example, under [objects](crate::guide::objects).
    ///
    /// A type that has neither a callback marked with `last` nor a member for the destroy notify is an error of the
    /// compilation: C would never give the value back. Where C gets [`destroy_notify`](Held::destroy_notify) by itself,
    /// `hand_over` is the way.
    ///
    /// ```
    /// # use std::ffi::{c_int, c_void};
    /// # use outlive::{Held, callbacks};
    /// # #[repr(C)]
    /// # pub struct cursor {
    /// #     pub data: *mut c_void,
    /// # }
    /// # #[repr(C)]
    /// # pub struct module {
    /// #     pub close: Option<unsafe extern "C" fn(cursor: *mut cursor)>,
    /// # }
    /// struct Rows;
    ///
    /// #[callbacks(module, state = arg, user_data = unsafe { (*cursor).data })]
    /// impl Rows {
    ///     #[callback(last)]
    ///     fn close(&self, cursor: *mut cursor) {}
    /// }
    ///
    /// let rows = Held::new(Rows).unwrap();
    /// let close = unsafe { (*rows.as_ptr()).close }.unwrap();
    /// let mut cursor = cursor { data: rows.into_user_data() };
    /// unsafe { close(&raw mut cursor) }; // what C does
    /// ```
    #[must_use = "C's last call has to find it, or the value is never dropped"]
    pub fn into_user_data(self) -> *mut c_void {
        const {
            assert!(
                T::DESCRIPTION.info().has_last_call(),
                "C never says that it is done with this value: mark its last callback with `last`, or name `destroy = member`"
            );
        }
        let user_data = self.user_data();
        self.into_owned().hand_over();
        user_data
    }
}

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    /// Gives the table to C, which will make a last call: of its destroy notify, or of a callback that the block marks with
    /// `last`. `register` is the C call that takes the table, or its user data, with
    /// [`destroy_notify`](Held::destroy_notify).
    ///
    /// After `Ok` the handle is C's: the table is live until that call, which ends it and gives back
    /// all that it took. A table whose last call C never makes stays, and the [ledger](crate::ledger()) lists it.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// # unsafe fn add_listener(arg: *mut c_void, destroy: unsafe extern "C" fn(*mut c_void)) -> c_int {
    /// #     unsafe { destroy(arg) };
    /// #     0
    /// # }
    /// let held = Held::new(Adder(1)).unwrap();
    /// held.hand_over(|held| match unsafe { add_listener(held.user_data(), held.destroy_notify()) } {
    ///     0 => Ok(()),
    ///     error => Err(std::io::Error::from_raw_os_error(error)),
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// After `Err` the C library has made the last call already, or it leaves the end to you:
    /// libraries differ, SQLite in itself (`sqlite3_create_function_v2` calls it,
    /// `sqlite3_create_collation_v2` does not). [`HandOverError::into_held`] gives the handle back
    /// where it is still yours, so that the host value is dropped exactly once either way. Where C has forgotten it, says the
    /// manual, [`release`](Held::release) it: a handle that is dropped keeps a small slot for C's last call.
    pub fn hand_over<R, E>(
        self,
        register: impl FnOnce(&Self) -> Result<R, E>,
    ) -> Result<R, HandOverError<Self, E>> {
        hand_over(self, Held::owned, Held::into_owned, register)
    }
}

/// Gives a handle's registration to C by `register`.
pub(crate) fn hand_over<H, R, E>(
    held: H,
    owned: fn(&H) -> &Owned,
    into_owned: fn(H) -> Owned,
    register: impl FnOnce(&H) -> Result<R, E>,
) -> Result<R, HandOverError<H, E>> {
    let table = owned(&held).table_type().info().table;
    let registered = register(&held);
    if registered.is_err() && !owned(&held).was_notified() {
        return registered.map_err(|error| HandOverError { error, table, held: Some(held) });
    }
    into_owned(held).hand_over();
    registered.map_err(|error| HandOverError { error, table, held: None })
}

/// A table or a callback that C did not take; `H` is its handle.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// let held = Held::new(Adder(1)).unwrap();
/// let refused = held.hand_over(|_| Err::<(), _>("no memory")).unwrap_err();
/// assert_eq!(*refused.error(), "no memory");
///
/// let (error, held) = refused.into_held();
/// let held = held.expect("C has not called the destroy notify");
/// let refused = held.hand_over(|_| Err::<(), _>(error)).unwrap_err();
/// assert_eq!(refused.into_error(), "no memory"); // the handle is dropped
/// ```
pub struct HandOverError<H, E> {
    error: E,
    table: &'static str,
    held: Option<H>,
}

impl<H, E> HandOverError<H, E> {
    /// What `register` returned.
    pub fn error(&self) -> &E {
        &self.error
    }

    /// What `register` returned; the handle is dropped, where it is still there. (That keeps a small slot, see
    /// [`into_held`](HandOverError::into_held).)
    pub fn into_error(self) -> E {
        self.error
    }

    /// What `register` returned, and the handle; `None` where C has called the destroy notify.
    pub fn into_held(self) -> (E, Option<H>) {
        (self.error, self.held)
    }
}

impl<H, E: fmt::Display> fmt::Display for HandOverError<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HandOverError { error, table, held } = self;
        let fate = if held.is_some() { "" } else { ", and destroyed it" };
        write!(f, "C did not take the {table}{fate}: {error}")
    }
}

impl<H: fmt::Debug, E: fmt::Debug> fmt::Debug for HandOverError<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandOverError")
            .field("error", &self.error)
            .field("held", &self.held)
            .finish()
    }
}

impl<H: fmt::Debug, E: Error + 'static> Error for HandOverError<H, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
