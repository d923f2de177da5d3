//! Tables for values that borrow, where C uses the table only during one call.

use core::any::Any;
use core::ffi::c_void;
use core::marker::PhantomData;
use std::panic::resume_unwind;

use outlive_core::{HoldErrorKind, Kind, Owned, Place, abort_process};

use crate::callbacks::{Arg, Callbacks};
use crate::functions::functions;
use crate::hold::hold_borrowed;

/// A table inside [`scope`] or [`scope_shared`].
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// let adder = Adder(1);
/// outlive::scope(&adder, |scoped| {
///     let on_event = scoped.functions().on_event.unwrap();
///     assert_eq!(unsafe { on_event(2, scoped.user_data()) }, 3); // what C does
///     assert!(outlive::ledger().tables.iter().any(|entry| entry.id == scoped.id()));
///     assert!(!scoped.as_ptr().is_null());
///     assert!(scoped.take_panic().is_none());
/// })
/// .unwrap();
/// ```
#[derive(Debug)]
pub struct Scoped<'a, T: Callbacks> {
    /// There until this is dropped.
    owned: Option<Owned>,
    _value: PhantomData<&'a T>,
}

impl<T: Callbacks> Scoped<'_, T> {
    /// The table, for C.
    pub fn as_ptr(&self) -> *mut T::Table {
        self.owned.as_ref().map_or(core::ptr::null_mut(), |owned| owned.table().cast().as_ptr())
    }

    /// The table's number in the [ledger](crate::ledger()) and in incidents.
    pub fn id(&self) -> u64 {
        self.owned.as_ref().map_or(0, |owned| owned.handle().bits())
    }

    /// The payload of the first panic that a callback had since the last time, where the block says
    /// `panic = resume`. What nobody takes goes on at the end of the scope.
    pub fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.owned.as_ref().and_then(|owned| owned.take_panic())
    }
}

impl<T: Callbacks<Locator = Arg>> Scoped<'_, T> {
    /// The user data to hand to C with the table.
    pub fn user_data(&self) -> *mut c_void {
        core::ptr::without_provenance_mut(self.id() as usize)
    }

    /// The function pointers, for C functions that take them one by one: as [`functions`] has them. Calls of them are refused
    /// when the scope is over.
    pub fn functions(&self) -> T::Table
    where
        T::Table: Copy,
    {
        functions::<T>()
    }
}

/// Lends `value` to C as a table while `f` runs. Only the calling thread may call.
///
/// The table is ended when `f` returns or unwinds: a later call is refused. If C called from a
/// fiber that is still inside, this waits for it.
///
/// A table with memory of its own (`user_data_member`, `written_by_c`) gives that back at the end, too: it is the
/// last of its type to be used again, and C must not read it then. A table that C passes no user data to has
/// a place in C that outlasts the scope: hold such values with [`Held`](crate::Held).
///
/// If a thread was cancelled inside, so that the value cannot be known to be unused, the process aborts.
///
/// ```
/// # use std::cell::Cell;
/// # use std::ffi::{c_int, c_void};
/// use outlive::callbacks;
///
/// #[repr(C)]
/// pub struct visitor {
///     pub visit: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void)>,
/// }
/// # unsafe fn visit_all(visitor: *mut visitor, arg: *mut c_void) {
/// #     (1..=3).for_each(|value| unsafe { (*visitor).visit.unwrap()(value, arg) });
/// # }
///
/// struct Sum<'a>(&'a Cell<c_int>);
///
/// #[callbacks(visitor, state = arg)]
/// impl Sum<'_> {
///     fn visit(&self, value: c_int) {
///         self.0.set(self.0.get() + value);
///     }
/// }
///
/// let sum = Cell::new(0);
/// outlive::scope(&Sum(&sum), |scoped| unsafe { visit_all(scoped.as_ptr(), scoped.user_data()) })?;
/// assert_eq!(sum.get(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Where no slot or no memory is left.
///
/// # Panics
///
/// Where the block says `panic = resume`, with the panic that a callback had: when `f` has returned.
#[track_caller]
pub fn scope<T: Callbacks<Locator = Arg>, R>(
    value: &T,
    f: impl FnOnce(&Scoped<'_, T>) -> R,
) -> Result<R, HoldErrorKind> {
    run(value, Kind::Local, f, Place::caller())
}

/// As [`scope`], for values that any thread may call. When `f` returns, this waits for the calls
/// of other threads.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// let adder = Adder(1);
/// let sum = outlive::scope_shared(&adder, |scoped| {
///     let (on_event, arg) = (unsafe { (*scoped.as_ptr()).on_event }.unwrap(), scoped.user_data().addr());
///     let call = move || unsafe { on_event(2, std::ptr::without_provenance_mut(arg)) };
///     std::thread::spawn(call).join().unwrap() // what C does, on a thread of its own
/// });
/// assert_eq!(sum, Ok(3));
/// ```
///
/// # Errors
///
/// As for [`scope`].
///
/// # Panics
///
/// As for [`scope`].
#[track_caller]
pub fn scope_shared<T: Callbacks<Locator = Arg> + Sync, R>(
    value: &T,
    f: impl FnOnce(&Scoped<'_, T>) -> R,
) -> Result<R, HoldErrorKind> {
    run(value, Kind::Shared, f, Place::caller())
}

fn run<T: Callbacks<Locator = Arg>, R>(
    value: &T,
    kind: Kind,
    f: impl FnOnce(&Scoped<'_, T>) -> R,
    created: Place,
) -> Result<R, HoldErrorKind> {
    // SAFETY: the value is borrowed until `Scoped` is dropped, which ends the registration; the
    // kind is what `scope` and `scope_shared` ask for.
    let owned = unsafe { hold_borrowed(value, kind, created) }?;
    let scoped = Scoped { owned: Some(owned), _value: PhantomData };
    let result = f(&scoped);
    // A call that is still inside may panic.
    if let Some(owned) = &scoped.owned {
        owned.refuse_and_wait();
    }
    if let Some(payload) = scoped.take_panic() {
        drop(scoped);
        resume_unwind(payload);
    }
    Ok(result)
}

impl<T: Callbacks> Drop for Scoped<'_, T> {
    fn drop(&mut self) {
        let Some(owned) = self.owned.take() else { return };
        // Calls that are still inside may have something to say to C, where the scope is left by a panic, too.
        owned.refuse_and_wait();
        // SAFETY: C was to use it until the end of the scope.
        if !unsafe { owned.end_borrow() } {
            let table = T::DESCRIPTION.info().table;
            abort_process(&format_args!("a scope of {table} cannot be ended: aborting"));
        }
    }
}
