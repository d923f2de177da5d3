//! Tables for values that borrow, where C uses the table only during one call.

use core::any::Any;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;
use std::panic::resume_unwind;

use crate::error::HoldErrorKind;
use crate::raw::close::{self, Closed, Purpose, Wait};
use crate::raw::handle::Kind;
use crate::raw::hold::{Entry, Value, hold, prepare, settle};
use crate::raw::incident::abort_process;
use crate::raw::slot::Memory;
use crate::raw::{Arg, Callbacks, Place};

/// A table inside [`scope`] or [`scope_shared`].
#[derive(Debug)]
pub struct Scoped<'a, T: Callbacks> {
    entry: Entry,
    _value: PhantomData<&'a T>,
}

impl<T: Callbacks> Scoped<'_, T> {
    /// The table, for C.
    pub fn as_ptr(&self) -> *mut T::Table {
        self.entry.table.cast()
    }

    /// The table's number in the [ledger](crate::ledger()) and in incidents.
    pub fn id(&self) -> u64 {
        self.entry.handle.bits()
    }

    /// The payload of the first panic that a callback had since the last time, where the block says
    /// `panic = resume`. What nobody takes goes on at the end of the scope.
    pub fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.entry.slot.stash.take()
    }
}

impl<T: Callbacks<State = Arg>> Scoped<'_, T> {
    /// The user data to hand to C with the table.
    pub fn user_data(&self) -> *mut c_void {
        core::ptr::without_provenance_mut(self.entry.handle.bits() as usize)
    }
}

/// Lends `value` to C as a table while `f` runs. Only the calling thread may call.
///
/// The table is ended when `f` returns or unwinds: a later call is refused. If C called from a
/// fiber that is still inside, this waits for it.
///
/// A table that C passes no user data to has a place in C that outlasts the scope: hold such values
/// with [`Held`](crate::Held).
///
/// # Errors
///
/// Where no slot or no memory is left.
///
/// # Panics
///
/// Where the block says `panic = resume`, with the panic that a callback had: when `f` has returned.
#[track_caller]
pub fn scope<T: Callbacks<State = Arg>, R>(
    value: &T,
    f: impl FnOnce(&Scoped<'_, T>) -> R,
) -> Result<R, HoldErrorKind> {
    run(value, Kind::Local, f, Place::caller())
}

/// As [`scope`], for values that any thread may call. When `f` returns, this waits for the calls
/// of other threads.
///
/// # Errors
///
/// As for [`scope`].
///
/// # Panics
///
/// As for [`scope`].
#[track_caller]
pub fn scope_shared<T: Callbacks<State = Arg> + Sync, R>(
    value: &T,
    f: impl FnOnce(&Scoped<'_, T>) -> R,
) -> Result<R, HoldErrorKind> {
    run(value, Kind::Shared, f, Place::caller())
}

fn run<T: Callbacks<State = Arg>, R>(
    value: &T,
    kind: Kind,
    f: impl FnOnce(&Scoped<'_, T>) -> R,
    created: Place,
) -> Result<R, HoldErrorKind> {
    prepare(kind);
    let value = Value { pointer: NonNull::from(value).cast(), drop_value: None, kind };
    // SAFETY: the value is borrowed until `Scoped` is dropped, which ends the registration; the
    // kind is what `scope` and `scope_shared` ask for.
    let entry = unsafe { hold::<T>(value, created) }?;
    let scoped = Scoped { entry, _value: PhantomData };
    let result = f(&scoped);
    if let Some(payload) = scoped.take_panic() {
        drop(scoped);
        resume_unwind(payload);
    }
    Ok(result)
}

impl<T: Callbacks> Drop for Scoped<'_, T> {
    fn drop(&mut self) {
        let Entry { handle, slot, .. } = self.entry;
        // SAFETY: this owns the registration.
        let closed = unsafe { close::close(handle, slot, Wait::Forever, Purpose::End) };
        if closed == Closed::Later {
            abort_process(&format_args!("a scope of {} cannot be ended: aborting", T::INFO.table));
        }
        close::forget_panic(slot);
        // SAFETY: as above.
        let memory = unsafe { &slot.registration().memory };
        // Memory of the table's own is not freed: nobody promised that C has forgotten it.
        if let Memory::Static = memory {
            close::release(handle, slot, Wait::Forever);
        }
        settle();
    }
}
