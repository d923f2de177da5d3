//! A host value, held as a C callback table.

use core::ffi::c_void;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;
use std::time::Duration;

use crate::ended::Ended;
use crate::error::{ClosedError, HoldError, IntoInnerError, WithError};
use crate::inspect::{Inspection, inspect};
use crate::raw::close::{self, Closed, Purpose, Wait};
use crate::raw::enter::{Pass, Refusal, enter};
use crate::raw::handle::{Handle, Kind};
use crate::raw::hold::{Entry, Value, hold, prepare, settle};
use crate::raw::slot::Slot;
use crate::raw::{Arg, Callbacks, Place};
use crate::threads::{Exclusive, Local, Shared, Threads};

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
/// Dropping the handle never waits. It refuses new calls; the host value is dropped when the last
/// call inside has left. What C can still reach stays valid, so that a small slot stays reserved,
/// and the [ledger](crate::ledger()) names it.
///
/// # What the one who hands the table to C promises
///
/// Making a table is safe; giving it to C is a call into C, which is `unsafe`. That call promises
/// what C's header says of the callbacks' arguments: that pointers are NULL or valid for the call
/// and not written meanwhile, and that the returned values are what C expects. Lifetimes and
/// threads are not part of the promise.
pub struct Held<T: Callbacks + 'static, K: Threads = Shared> {
    entry: Entry,
    _value: PhantomData<(*mut T, K)>,
}

// SAFETY: a shared value is `Send + Sync` (asked for by `Held::new`), so that it may be called, taken
// out and dropped on any thread. The registration is reached through atomics only.
unsafe impl<T: Callbacks> Send for Held<T, Shared> {}
// SAFETY: as above.
unsafe impl<T: Callbacks> Sync for Held<T, Shared> {}
// SAFETY: an exclusive value is `Send` (asked for by `Held::exclusive`), and EXCLUSIVE lets one
// thread at a time reach it.
unsafe impl<T: Callbacks> Send for Held<T, Exclusive> {}
// SAFETY: as above; `with` enters by the same gate.
unsafe impl<T: Callbacks> Sync for Held<T, Exclusive> {}

impl<T: Callbacks + Send + Sync + 'static> Held<T, Shared> {
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

impl<T: Callbacks + Send + 'static> Held<T, Exclusive> {
    /// Holds a value that any thread may call, one call at a time: a concurrent or re-entrant call
    /// is refused.
    ///
    /// # Errors
    ///
    /// As for [`Held::new`].
    #[track_caller]
    pub fn exclusive(value: T) -> Result<Self, HoldError<T>> {
        Self::made_at(value, Place::caller())
    }
}

impl<T: Callbacks + 'static> Held<T, Local> {
    /// Holds a value that only the calling thread may call: a call from another is refused. The
    /// handle stays on this thread too.
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
    pub(crate) fn made_at(value: T, created: Place) -> Result<Self, HoldError<T>> {
        prepare(K::KIND);
        let pointer = NonNull::from(Box::leak(Box::new(value)));
        let registered =
            Value { pointer: pointer.cast(), drop_value: Some(drop_boxed::<T>), kind: K::KIND };
        // SAFETY: the box is ours until the registration ends it, and the constructor asked for what
        // the kind needs.
        match unsafe { hold::<T>(registered, created) } {
            Ok(entry) => Ok(Held { entry, _value: PhantomData }),
            Err(kind) => {
                // SAFETY: it was leaked above, and no registration has it.
                let value = unsafe { Box::from_raw(pointer.as_ptr()) };
                Err(HoldError::new(*value, kind))
            }
        }
    }

    /// The table, for C. It is valid until [`release`](Held::release), and it never moves.
    ///
    /// The pointer is `*mut` because most C prototypes are; writing through it faults, unless the
    /// block declares `written_by_c`.
    pub fn as_ptr(&self) -> *mut T::Table {
        self.entry.table.cast()
    }

    /// The table's number in the [ledger](crate::ledger()) and in incidents.
    pub fn id(&self) -> u64 {
        self.entry.handle.bits()
    }

    /// Runs `f` on the host value, unless the table has ended.
    ///
    /// This is a call like C's: a close waits for it, and in an exclusive table nobody else is
    /// inside meanwhile.
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
        let inside = match enter::<T>(self.entry.handle) {
            Ok(pass) => Inside(Some(pass)),
            Err(refused) => return Err(with_error(&refused.leave())),
        };
        // SAFETY: entered for `T`; the reference ends before `inside` is dropped.
        let value = inside.0.as_ref().map(|pass| unsafe { pass.host::<T>() });
        value.map(f).ok_or(WithError::Closed)
    }

    /// Ends the table: new calls are refused, and the host value is dropped.
    ///
    /// From outside it waits for the calls inside and returns [`Ended::Now`]; a wait of more than a
    /// second is reported. From inside any callback it does not wait, and returns [`Ended::Later`]
    /// if calls are still inside. What C can reach stays valid.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        self.end(Wait::unless_inside(), Place::caller())
    }

    /// As [`revoke`](Held::revoke), but waits for at most `limit`, also from inside a callback, except
    /// where the caller itself is inside this table, which no wait could change. (A thread that is
    /// inside more than seven calls counts as inside every table.)
    #[track_caller]
    pub fn revoke_timeout(&self, limit: Duration) -> Ended {
        self.end(Wait::at_most(self.entry.handle, limit), Place::caller())
    }

    /// Ends the table and gives the host value back. It waits as [`revoke`](Held::revoke) does.
    ///
    /// # Errors
    ///
    /// [`IntoInnerError::StillInside`] gives the handle back where this was called from inside a
    /// callback and calls are inside the table: no new call is admitted any more, so try again
    /// later. [`IntoInnerError::Ended`] where the value has ended before.
    #[track_caller]
    pub fn into_inner(self) -> Result<T, IntoInnerError<T, K>> {
        let Entry { handle, slot, .. } = self.entry;
        close::note_end(slot, Place::caller());
        // SAFETY: the handle owns the registration.
        let closed = unsafe { close::close(handle, slot, Wait::unless_inside(), Purpose::Take) };
        let result = match closed {
            Closed::Taken(value) => {
                // SAFETY: ONE-ENDER: the value is ours alone; `made_at` boxed it.
                let value = unsafe { Box::from_raw(value.cast::<T>().as_ptr()) };
                self.give_up();
                Ok(*value)
            }
            Closed::Now => Err(IntoInnerError::Ended(ClosedError)),
            Closed::Later => Err(IntoInnerError::StillInside(self)),
        };
        settle();
        result
    }

    /// Ends the table and gives all its memory back.
    ///
    /// It waits as [`revoke`](Held::revoke) does. Where it does not wait, the rest is done when the
    /// last call has left.
    ///
    /// # Safety
    ///
    /// C has forgotten the table and the user data: neither is read or called any more, by any
    /// thread. A safe binding calls this after the C library's own close function has returned.
    #[track_caller]
    pub unsafe fn release(self) -> Ended {
        let wait = Wait::unless_inside();
        let ended = self.end(wait, Place::caller());
        let (handle, slot) = self.give_up();
        close::release(handle, slot, wait);
        ended
    }

    /// Each member that the block names: its address, its name, and whether it is still what was
    /// given to C. A member that is not is an [`AlteredTable`](crate::IncidentKind::AlteredTable)
    /// incident.
    ///
    /// It reads the table as [`as_ptr`](Held::as_ptr) gives it, never a copy in C's own memory.
    pub fn inspect(&self) -> Inspection {
        // SAFETY: the handle owns the registration.
        unsafe { inspect(self.entry.handle, self.entry.slot) }
    }

    fn end(&self, wait: Wait, at: Place) -> Ended {
        let Entry { handle, slot, .. } = self.entry;
        close::note_end(slot, at);
        // SAFETY: the handle owns the registration.
        let closed = unsafe { close::close(handle, slot, wait, Purpose::End) };
        settle();
        if closed == Closed::Later { Ended::Later } else { Ended::Now }
    }

    /// The handle goes, and its registration stays as it is. A panic that nobody took goes too.
    pub(crate) fn give_up(self) -> (Handle, &'static Slot) {
        let Entry { handle, slot, .. } = self.entry;
        core::mem::forget(self);
        close::forget_panic(slot);
        (handle, slot)
    }

    pub(crate) fn slot(&self) -> &'static Slot {
        self.entry.slot
    }

    /// Whether C has called the destroy notify.
    pub(crate) fn was_notified(&self) -> bool {
        self.entry.slot.custody.is_notified()
    }

    /// Keeps the value for good and gives the handle up.
    fn keep(self) -> Result<NonNull<T>, ClosedError> {
        let (handle, slot) = self.give_up();
        let kept = close::leak(handle, slot);
        // SAFETY: GUARDED (b): nobody releases a registration whose handle did not ask for it.
        let value = unsafe { slot.registration() }.value.cast();
        if kept { Ok(value) } else { Err(ClosedError) }
    }
}

impl<T: Callbacks<State = Arg> + 'static, K: Threads> Held<T, K> {
    /// The user data to hand to C with the table. It is a number, not an address: nothing may
    /// dereference it.
    pub fn user_data(&self) -> *mut c_void {
        core::ptr::without_provenance_mut(self.entry.handle.bits() as usize)
    }
}

impl<T: Callbacks + 'static> Held<T, Shared> {
    /// Keeps table and value for the rest of the process.
    ///
    /// # Errors
    ///
    /// [`ClosedError`] where the table has ended already.
    pub fn leak(self) -> Result<&'static T, ClosedError> {
        // SAFETY: a leaked value is never ended, and any thread may use a `Sync` value.
        self.keep().map(|value| unsafe { value.as_ref() })
    }
}

impl<T: Callbacks + 'static> Held<T, Local> {
    /// Keeps table and value for the rest of the process. Only this thread may call.
    ///
    /// # Errors
    ///
    /// [`ClosedError`] where the table has ended already.
    pub fn leak(self) -> Result<&'static T, ClosedError> {
        // SAFETY: a leaked value is never ended, and this is its thread. (`&T` leaves it only where
        // `T` is `Sync`.)
        self.keep().map(|value| unsafe { value.as_ref() })
    }
}

impl<T: Callbacks + 'static> Held<T, Exclusive> {
    /// Keeps table and value for the rest of the process. The value stays behind its gate, so there
    /// is no reference to give.
    ///
    /// # Errors
    ///
    /// [`ClosedError`] where the table has ended already.
    pub fn leak(self) -> Result<(), ClosedError> {
        self.keep().map(drop)
    }
}

impl<T: Callbacks + 'static, K: Threads> Drop for Held<T, K> {
    fn drop(&mut self) {
        let Entry { handle, slot, .. } = self.entry;
        // SAFETY: the handle owns the registration.
        unsafe { close::close(handle, slot, Wait::Never, Purpose::End) };
        close::forget_panic(slot);
        settle();
    }
}

impl<T: Callbacks + 'static, K: Threads> fmt::Debug for Held<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("table", &T::INFO.table)
            .field("id", &format_args!("{:#x}", self.id()))
            .field("at", &self.as_ptr())
            .finish()
    }
}

/// Ends every table of `tables` as [`Held::revoke`] does, with one barrier and one look at the
/// threads for all of them. [`Ended::Now`] if it is so for each.
#[track_caller]
pub fn revoke_all(tables: &[&dyn Revocable]) -> Ended {
    let at = Place::caller();
    // SAFETY: `Revocable` is sealed: each entry is owned by the handle behind the reference.
    let closed = unsafe { close::close_all(tables.iter().map(|table| table.entry()), at) };
    settle();
    closed
}

/// A table that [`revoke_all`] can end: any [`Held`].
pub trait Revocable: sealed::Sealed {}

mod sealed {
    use crate::raw::hold::Entry;

    pub trait Sealed {
        fn entry(&self) -> &Entry;
    }
}

impl<T: Callbacks + 'static, K: Threads> sealed::Sealed for Held<T, K> {
    fn entry(&self) -> &Entry {
        &self.entry
    }
}

impl<T: Callbacks + 'static, K: Threads> Revocable for Held<T, K> {}

/// A call of the host's own side; it leaves also when the host's code unwinds.
struct Inside(Option<Pass>);

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(pass) = self.0.take() {
            pass.leave();
        }
    }
}

fn with_error(refusal: &Refusal) -> WithError {
    match refusal {
        Refusal::Concurrent => WithError::Busy,
        _ => WithError::Closed,
    }
}

/// Ends a host value that `Held::made_at` boxed.
///
/// # Safety
///
/// `value` came from `Box::leak` as a `T`, and nobody else uses it.
unsafe fn drop_boxed<T>(value: NonNull<()>) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(value.cast::<T>().as_ptr()) });
}

const _: () = assert!(Kind::Shared as u8 == 0, "plain handles are the shared ones");
