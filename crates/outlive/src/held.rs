//! A host value, held as a C callback table.

use core::ffi::c_void;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;
use std::time::Duration;

use outlive_core::{Ended, Handle, Inspection, Key, Owned, Pass, Place, Refusal, Registered};

use crate::callbacks::{ByUserData, Callbacks};
use crate::error::{ClosedError, HoldError, WithError};
use crate::hold::hold_value;
use crate::host_type::key_of;
use crate::revocable::{Revocable, Sealed};
use crate::seal::Seal;
use crate::threads::{Exclusive, Local, Shared, Threads};
use crate::until_ended::UntilEnded;

/// A host value whose methods are the callbacks of a C table.
///
/// C gets [`as_ptr`](Held::as_ptr), and [`user_data`](Held::user_data) where its callbacks take a
/// `void *`. The table stays valid until [`release`](Held::release); the host value until the table
/// is ended, by [`revoke`](Held::revoke) or by dropping the handle. Both are safe at any moment and
/// from any thread that has the handle, whatever C does afterwards: a late call returns the
/// callback's fallback and is reported.
///
/// `K` says which threads may call: [`Shared`], [`Exclusive`] or [`Local`].
///
/// Dropping the handle never waits, and is no incident. It refuses new calls; the host value is dropped when
/// the last call inside has left. What C can still reach stays valid, so that a small slot stays reserved,
/// and the [ledger](crate::ledger()) names it.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::Ended;
///
/// let held = Held::new(Adder(1))?;
/// let (table, arg) = (held.as_ptr(), held.user_data()); // for C
///
/// // What C does:
/// let on_event = unsafe { (*table).on_event }.unwrap();
/// assert_eq!(unsafe { on_event(2, arg) }, 3);
///
/// assert_eq!(held.revoke(), Ended::Now);
/// assert_eq!(unsafe { on_event(2, arg) }, -1); // late, harmless, and reported
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What the one who hands the table to C promises
///
/// Making a table is safe; giving it to C is a call into C, which is `unsafe`. That call promises
/// what C's header says of the callbacks' arguments: that pointers are NULL or valid for the call
/// and not written meanwhile, and that the returned values are what C expects. Lifetimes and
/// threads are not part of the promise.
#[must_use = "the table ends when its handle is dropped: keep it for as long as C has the table"]
pub struct Held<T: Callbacks, K: Threads = Shared> {
    owned: Owned,
    _value: PhantomData<(*mut T, K)>,
}

// SAFETY: a shared value is `Send + Sync` (asked for by `Held::new`), so that it may be called, taken
// out and dropped on any thread. The registration is reached through atomics only.
unsafe impl<T: Callbacks> Send for Held<T, Shared> {}
// SAFETY: a shared value is `Sync`, and the registration is reached through atomics only.
unsafe impl<T: Callbacks> Sync for Held<T, Shared> {}
// SAFETY: an exclusive value is `Send` (asked for by `Held::exclusive`), and EXCLUSIVE lets one
// thread at a time reach it.
unsafe impl<T: Callbacks> Send for Held<T, Exclusive> {}
// SAFETY: EXCLUSIVE: `with` enters by the same gate.
unsafe impl<T: Callbacks> Sync for Held<T, Exclusive> {}

// The compiler shows these bounds where one is not met.
impl<T: Callbacks + Send + Sync> Held<T, Shared>
where
    T: 'static, // A value that borrows is lent to C for a call of the host's: `outlive::scope`.
{
    /// Holds a value that any thread may call, several at the same time.
    ///
    /// # Errors
    ///
    /// Where no instance of a context-free table, no slot or no memory is left; the error has the
    /// value.
    #[track_caller]
    pub fn new(value: T) -> Result<Self, HoldError<T>> {
        Self::made_at(value, Place::caller())
    }
}

impl<T: Callbacks + Send> Held<T, Exclusive>
where
    T: 'static, // A value that borrows is lent to C for a call of the host's: `outlive::scope`.
{
    /// Holds a value that any thread may call, one call at a time: a concurrent or re-entrant call
    /// is refused.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// use outlive::WithError;
    ///
    /// let held = Held::exclusive(Adder(1)).unwrap();
    /// let again = held.with(|_| held.with(|adder| adder.0));
    /// assert_eq!(again, Ok(Err(WithError::Busy)));
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Held::new`].
    #[track_caller]
    pub fn exclusive(value: T) -> Result<Self, HoldError<T>> {
        Self::made_at(value, Place::caller())
    }
}

impl<T: Callbacks> Held<T, Local>
where
    T: 'static, // A value that borrows is lent to C for a call of the host's: `outlive::scope`.
{
    /// Holds a value that only the calling thread may call: a call from another is refused. The
    /// handle stays on this thread too.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let held = Held::local(Adder(1)).unwrap();
    /// let (on_event, arg) = (unsafe { (*held.as_ptr()).on_event }.unwrap(), held.user_data().addr());
    /// let call = move || unsafe { on_event(1, std::ptr::without_provenance_mut(arg)) };
    /// assert_eq!(call(), 2);
    /// assert_eq!(std::thread::spawn(call).join().unwrap(), -1);
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Held::new`].
    #[track_caller]
    pub fn local(value: T) -> Result<Self, HoldError<T>> {
        Self::made_at(value, Place::caller())
    }
}

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    fn made_at(value: T, created: Place) -> Result<Self, HoldError<T>> {
        let owned = hold_value(value, K::KIND, false, created)?;
        Ok(Held { owned, _value: PhantomData })
    }

    /// The table, for C. It is valid until [`release`](Held::release), and it never moves.
    ///
    /// The pointer is `*mut` because most C prototypes are; writing through it faults, unless the
    /// block declares `written_by_c`.
    pub fn as_ptr(&self) -> *mut T::Table {
        self.owned.table().cast().as_ptr()
    }

    /// The table, for the host to read: nobody writes it. (C gets [`as_ptr`](Held::as_ptr).) A table with members that are
    /// `written_by_c`, or with functions that are no `unsafe fn`, cannot be read so, which is an error of the compilation; a
    /// struct that is not `Copy` could have a member that a shared reference writes.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let held = Held::new(Adder(1)).unwrap();
    /// assert_eq!(unsafe { held.table().on_event.unwrap()(2, held.user_data()) }, 3);
    /// ```
    pub fn table(&self) -> &T::Table
    where
        T::Table: Copy,
    {
        const {
            assert!(
                !T::DESCRIPTION.info().is_written_by_c(),
                "C writes members of this table while others read them: read them through `as_ptr`"
            );
            T::DESCRIPTION.assert_for_c_alone();
        }
        // SAFETY: G1, G3: it is valid for as long as the handle is there, and sealed; what is `Copy` has no interior
        // mutability.
        unsafe { self.owned.table().cast().as_ref() }
    }

    /// The function pointers, each in a member of its own type, for C functions that take them one by one. In a block
    /// without a C struct the members have the names of the methods. They may be called for as long as the table: until
    /// [`release`](Held::release), whatever becomes of the host value.
    ///
    /// ```
    #[doc = include_str!("guide/lone.md")]
    /// let held = Held::new(Sum::default()).unwrap();
    /// let functions = held.functions();
    /// // What C does:
    /// unsafe { functions.on_value.unwrap()(held.user_data(), 5) };
    /// assert_eq!(unsafe { functions.on_end.unwrap()(0, held.user_data()) }, 5);
    /// ```
    pub fn functions(&self) -> T::Table
    where
        T::Table: Copy,
    {
        *self.table()
    }

    /// The table's number in the [ledger](crate::ledger()) and in incidents.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let held = Held::new(Adder(1)).unwrap();
    /// assert!(outlive::ledger().tables.iter().any(|entry| entry.id == held.id()));
    /// ```
    pub fn id(&self) -> u64 {
        self.owned.handle().bits()
    }

    /// Runs `f` on the host value, unless the table has ended.
    ///
    /// This is a call like C's: a close waits for it, and in an exclusive table nobody else is
    /// inside meanwhile.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let held = Held::new(Adder(1)).unwrap();
    /// assert_eq!(held.with(|adder| adder.0), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// [`WithError::Closed`] once the table has ended, [`WithError::Busy`] where an exclusive table
    /// has a call inside.
    ///
    /// # Panics
    ///
    /// Where the block says `panic = resume`, with the panic that a callback had before.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> Result<R, WithError> {
        self.resume_panic();
        let key = Key::Host(key_of::<T>());
        let pass = self.owned.enter(&key).map_err(with_error)?;
        let inside = Visit { pass, handle: self.owned.handle() };
        // SAFETY: entered for `T`; the reference ends before `inside` is dropped.
        let value = unsafe { inside.pass.value().cast::<T>().as_ref() };
        Ok(f(value))
    }

    /// Ends the table: new calls are refused, and the host value is dropped.
    ///
    /// From outside it waits for the calls inside and returns [`Ended::Now`]; a wait of more than a
    /// second is reported. With a call of C's below it on the stack (inside any callback, in an incident hook, in a
    /// destructor that either runs) it does not wait, and returns [`Ended::Later`] if calls are still inside.
    /// In the destructor of a host value that is ended from outside it waits as that close does, unless it would
    /// wait for itself. A thread that was cancelled inside is not waited for. What C can reach stays valid.
    ///
    /// After [`Ended::Later`] the value ends with the last call out, or [`into_inner`](Held::into_inner) takes it, whichever
    /// comes first.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        self.owned.revoke(Place::caller())
    }

    /// As [`revoke`](Held::revoke), but waits for at most `limit`, also from inside a callback, except
    /// where the caller itself is inside this table, which no wait could change. (A thread that is
    /// inside more than seven calls counts as inside every table.)
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// use std::time::Duration;
    /// use outlive::Ended;
    ///
    /// let held = Held::new(Adder(1)).unwrap();
    /// assert_eq!(held.revoke_timeout(Duration::from_millis(100)), Ended::Now); // nobody was inside
    /// ```
    #[track_caller]
    pub fn revoke_timeout(&self, limit: Duration) -> Ended {
        self.owned.revoke_timeout(limit, Place::caller())
    }

    /// Waits for the end as a task does, by being woken: for whoever may not keep the thread that an executor runs on. It
    /// ends nothing by itself: refuse calls first, without waiting, and await those that are inside. Any executor will do.
    ///
    /// It comes to [`Ended::Now`] when the value is gone, to [`Ended::Serving`] where that is lent to C until the release,
    /// and to [`Ended::Later`] where it is kept for good. It waits on while a call is inside whose thread is gone, which
    /// only a [`revoke`](Held::revoke) finds out.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// use std::time::Duration;
    /// use outlive::Ended;
    ///
    /// async fn close(held: Held<Adder>) {
    ///     let _ = held.revoke_timeout(Duration::ZERO); // no call is let in any more
    ///     assert_eq!(held.ended().await, Ended::Now); // those inside have left
    /// }
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # let closed = std::pin::pin!(close(Held::new(Adder(1)).unwrap()));
    /// # assert!(std::future::Future::poll(closed, &mut context).is_ready());
    /// ```
    pub fn ended(&self) -> UntilEnded<'_, Self> {
        UntilEnded::new(self)
    }

    /// Ends the table and gives all its memory back.
    ///
    /// It waits as [`revoke`](Held::revoke) does. Where it does not wait, the rest is done when the
    /// last call has left. From here on no [`Completion`](crate::Completion) that came by the table calls C, those in
    /// the host value included: revoke first where C is to hear them.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// # unsafe fn set_events(_: *const events, _: *mut c_void) {}
    /// # unsafe fn close_events() {}
    /// let held = Held::new(Adder(1)).unwrap();
    /// unsafe { set_events(held.as_ptr(), held.user_data()) };
    ///
    /// unsafe { close_events() }; // C first; its manual: nothing is called after this has returned
    /// let _ = unsafe { held.release() };
    /// ```
    ///
    /// # Safety
    ///
    /// C has forgotten the table and the user data: neither is read or called any more, by any
    /// thread. A safe binding calls this after the C library's own close function has returned.
    #[track_caller]
    pub unsafe fn release(self) -> Ended {
        // SAFETY: the caller's promise.
        unsafe { self.owned.release(Place::caller()) }
    }

    /// Each member that the block names: its address, its name, and whether it is still what was
    /// given to C. A member that is not is an [`AlteredTable`](crate::IncidentKind::AlteredTable)
    /// incident.
    ///
    /// It reads the table as [`as_ptr`](Held::as_ptr) gives it, never a copy in C's own memory.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let held = Held::new(Adder(1)).unwrap();
    /// let inspection = held.inspect();
    /// assert!(inspection.is_intact());
    /// println!("{inspection}"); // a line for each member
    /// ```
    pub fn inspect(&self) -> Inspection {
        self.owned.inspect()
    }

    pub(crate) fn owned(&self) -> &Owned {
        &self.owned
    }

    pub(crate) fn into_owned(self) -> Owned {
        self.owned
    }

    /// Keeps the value for good and gives the handle up.
    fn keep(self) -> Result<NonNull<T>, ClosedError<Self>> {
        let closed = |owned| ClosedError::new(Held { owned, _value: PhantomData });
        self.owned.leak().map(NonNull::cast).map_err(closed)
    }
}

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    /// The user data to hand to C with the table. Only with `state = arg` does C pass any: with `state = table` it passes
    /// [`as_ptr`](Held::as_ptr). It is a number, not an address: nothing may
    /// dereference it.
    pub fn user_data(&self) -> *mut c_void
    where
        T::Locator: ByUserData,
    {
        core::ptr::without_provenance_mut(self.owned.handle().user_data())
    }
}

impl<T: Callbacks + 'static> Held<T, Shared> {
    /// Keeps table and value for the rest of the process.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let adder: &'static Adder = Held::new(Adder(1)).unwrap().leak().unwrap();
    /// assert_eq!(adder.0, 1);
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClosedError`] where the table has ended already, with the handle.
    pub fn leak(self) -> Result<&'static T, ClosedError<Self>> {
        // SAFETY: a leaked value is never ended, and any thread may use a `Sync` value.
        self.keep().map(|value| unsafe { value.as_ref() })
    }
}

impl<T: Callbacks + 'static> Held<T, Local> {
    /// Keeps table and value for the rest of the process. Only this thread may call.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let adder: &'static Adder = Held::local(Adder(1)).unwrap().leak().unwrap();
    /// assert_eq!(adder.0, 1);
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClosedError`] where the table has ended already, with the handle.
    pub fn leak(self) -> Result<&'static T, ClosedError<Self>> {
        // SAFETY: a leaked value is never ended, and this is its thread. (`&T` leaves it only where
        // `T` is `Sync`.)
        self.keep().map(|value| unsafe { value.as_ref() })
    }
}

impl<T: Callbacks + 'static> Held<T, Exclusive> {
    /// Keeps table and value for the rest of the process. The value stays behind its gate, so there
    /// is no reference to give.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let held = Held::exclusive(Adder(1)).unwrap();
    /// let (table, arg) = (held.as_ptr(), held.user_data()); // for C
    /// held.leak().unwrap();
    /// assert_eq!(unsafe { (*table).on_event.unwrap()(2, arg) }, 3);
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClosedError`] where the table has ended already, with the handle.
    pub fn leak(self) -> Result<(), ClosedError<Self>> {
        self.keep().map(drop)
    }
}

impl<T: Callbacks + 'static, K: Threads> fmt::Debug for Held<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("table", &T::DESCRIPTION.info().table)
            .field("id", &format_args!("{:#x}", self.id()))
            .field("at", &self.as_ptr())
            .finish()
    }
}

impl<T: Callbacks + 'static, K: Threads> Sealed for Held<T, K> {
    fn registered(&self, _: Seal) -> &Registered {
        &self.owned
    }
}

impl<T: Callbacks + 'static, K: Threads> Revocable for Held<T, K> {}

/// A call of the host's own side; it leaves also when the host's code unwinds.
struct Visit {
    pass: Pass,
    handle: Handle,
}

impl Drop for Visit {
    fn drop(&mut self) {
        // SAFETY: `with` has entered by this handle, and its closure is over.
        unsafe { self.pass.leave(self.handle) };
    }
}

fn with_error(refusal: Refusal) -> WithError {
    match refusal {
        Refusal::Concurrent => WithError::Busy,
        _ => WithError::Closed,
    }
}
