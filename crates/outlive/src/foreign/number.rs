//! The numbers by which a binding's hosts own what they hold.

use core::error::Error;
use core::ffi::c_void;
use core::fmt;
use std::time::Duration;

use super::{EndFunction, Kind, Pass, TableType};
use crate::ended::Ended;
use crate::error::HoldErrorKind;
use crate::held::Held;
use crate::inspect::{Inspection, inspect};
use crate::raw::close::{self, Closed, Purpose, Wait};
use crate::raw::enter::Refusal;
use crate::raw::handle::Handle;
use crate::raw::hold::{Entry, settle};
use crate::raw::owner::{self, Last, User};
use crate::raw::slot::Registration;
use crate::raw::{Callbacks, Place};
use crate::threads::Local;

/// The number of a registration that a host owns. It is not an address, and not the user data that C has.
///
/// Any number may be asked anything, on any thread: one that owns nothing, or nothing any more, is
/// [`NotHeld`]. Several threads may use one, and end it, at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldNumber(usize);

/// Tells an owner's number from C's user data: a bit that is 0 in every handle.
const OWNER: u64 = 1 << 5;

/// The number owns nothing: it was given back before, or invented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this holds nothing: it was released, dropped, leaked or handed over before")
    }
}

impl Error for NotHeld {}

/// Why an operation on a number was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnError {
    /// [`NotHeld`].
    NotHeld,
    /// The table has ended.
    Closed,
    /// The table is exclusive, and a call is inside.
    Busy,
    /// The table belongs to another thread.
    WrongThread,
    /// The table has no such thing: a value of a Rust type is no number, and a context-free table has no user
    /// data that C could destroy.
    Unsupported,
}

impl fmt::Display for OwnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OwnError::NotHeld => NotHeld.fmt(f),
            OwnError::Closed => f.write_str("the table has ended: hold the value anew"),
            OwnError::Busy => f.write_str("a call is inside the exclusive table: try again later"),
            OwnError::WrongThread => f.write_str("the table belongs to another thread"),
            OwnError::Unsupported => f.write_str("a table of this type cannot do that"),
        }
    }
}

impl Error for OwnError {}

impl From<NotHeld> for OwnError {
    fn from(_: NotHeld) -> Self {
        OwnError::NotHeld
    }
}

impl TableType {
    /// Holds `number` as a table of this type, made at `created`. `end` is told once when it is let go: on the
    /// thread that ends the table, on that of the last call out, or, where the kind is
    /// [`Kind::Local`], on the thread that called this. It may use tables, and must not wait for calls
    /// of other threads.
    ///
    /// # Errors
    ///
    /// Where no instance, no slot or no memory is left. `end` is then not called.
    ///
    /// # Safety
    ///
    /// `end` may be called with `number`, where and when it was said.
    pub unsafe fn hold_number(
        &'static self,
        number: usize,
        end: Option<EndFunction>,
        kind: Kind,
        created: Place,
    ) -> Result<HeldNumber, HoldErrorKind> {
        // SAFETY: the caller's promise.
        let held = unsafe { self.hold(number, end, kind, created) };
        held.map(|entry| HeldNumber::of(entry.handle))
    }
}

impl HeldNumber {
    fn of(handle: Handle) -> Self {
        HeldNumber((handle.bits() ^ OWNER) as usize)
    }

    /// Holds a Rust value on the calling thread, to be owned by number.
    ///
    /// # Errors
    ///
    /// As for [`Held::local`].
    pub fn local<T: Callbacks + 'static>(value: T, created: Place) -> Result<Self, HoldErrorKind> {
        let held = Held::<T, Local>::made_at(value, created).map_err(|error| error.into_kind())?;
        let (handle, slot) = held.give_up();
        owner::own(slot);
        Ok(HeldNumber::of(handle))
    }

    /// The number, as C keeps it.
    pub fn as_ptr<T>(self) -> *mut T {
        core::ptr::without_provenance_mut(self.0)
    }

    /// Reads a number that C kept. Any pointer will do; it is not read.
    pub fn from_ptr<T>(pointer: *const T) -> Self {
        HeldNumber(pointer.addr())
    }

    fn user(self) -> Result<User, NotHeld> {
        User::of(Handle::from_user_data((self.0 as u64 ^ OWNER) as usize)).ok_or(NotHeld)
    }

    /// The table, for C. It is valid until [`release`](HeldNumber::release), and never moves.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn table(self) -> Result<*mut c_void, NotHeld> {
        let user = self.user()?;
        Ok(registration(&user).table.cast_mut().cast())
    }

    /// The user data for C to pass; NULL where C passes none.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn user_data(self) -> Result<*mut c_void, NotHeld> {
        let user = self.user()?;
        let is_context_free = registration(&user).instance.is_some();
        let number = if is_context_free { 0 } else { user.handle().bits() as usize };
        Ok(core::ptr::without_provenance_mut(number))
    }

    /// The table's number in the [ledger](crate::ledger()) and in incidents.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn id(self) -> Result<u64, NotHeld> {
        self.user().map(|user| user.handle().bits())
    }

    /// Ends the table, as [`Held::revoke`] does.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn revoke(self, at: Place) -> Result<Ended, NotHeld> {
        let user = self.user()?;
        Ok(end(user, Wait::unless_inside(), at))
    }

    /// Ends the table, as [`Held::revoke_timeout`] does.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn revoke_timeout(self, limit: Duration, at: Place) -> Result<Ended, NotHeld> {
        let user = self.user()?;
        let wait = Wait::at_most(user.handle(), limit);
        Ok(end(user, wait, at))
    }

    /// Ends the table, as [`Held::release`] does, and gives the number back. Where another thread is using
    /// the number, the slot is freed by that one.
    ///
    /// # Errors
    ///
    /// [`NotHeld`]: nothing was changed.
    ///
    /// # Safety
    ///
    /// C has forgotten the table and the user data.
    pub unsafe fn release(self, at: Place) -> Result<Ended, NotHeld> {
        let user = self.given_up(Last::Release)?;
        Ok(end(user, Wait::unless_inside(), at))
    }

    /// Ends the table without waiting, as a drop of [`Held`] does, and gives the number back.
    ///
    /// # Errors
    ///
    /// [`NotHeld`]: nothing was changed.
    pub fn let_go(self) -> Result<(), NotHeld> {
        let user = self.given_up(Last::Nothing)?;
        // SAFETY: BY-NUMBER.
        unsafe { close::close(user.handle(), user.slot(), Wait::Never, Purpose::End) };
        drop(user);
        settle();
        Ok(())
    }

    /// Keeps table and value for the rest of the process, and gives the number back.
    ///
    /// # Errors
    ///
    /// [`OwnError::NotHeld`], and [`OwnError::Closed`] where the table has ended already.
    pub fn leak(self) -> Result<(), OwnError> {
        let user = self.given_up(Last::Nothing)?;
        close::leak(user.handle(), user.slot()).then_some(()).ok_or(OwnError::Closed)
    }

    /// Gives the table to C, whose destroy notify ends it, as [`Held::hand_over`] does after the C call.
    ///
    /// # Errors
    ///
    /// [`OwnError::NotHeld`]; [`OwnError::Unsupported`] where the table is context-free.
    pub fn hand_over(self) -> Result<(), OwnError> {
        if registration(&self.user()?).instance.is_some() {
            return Err(OwnError::Unsupported);
        }
        drop(self.given_up(Last::HandOver)?);
        settle();
        Ok(())
    }

    /// Whether C has called the destroy notify.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn was_notified(self) -> Result<bool, NotHeld> {
        self.user().map(|user| user.slot().custody.is_notified())
    }

    /// A copy of the table in memory from `malloc`, for a C library that will `free` it; NULL where there is no
    /// memory.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn to_malloc(self) -> Result<*mut c_void, NotHeld> {
        let user = self.user()?;
        let registration = registration(&user);
        let size = registration.info.layout.size();
        // SAFETY: malloc has no preconditions.
        let copy = unsafe { libc::malloc(size.max(1)) };
        if !copy.is_null() {
            // SAFETY: G1: the table is valid while the number is held, and the new block is large enough.
            unsafe { copy.copy_from_nonoverlapping(registration.table.cast(), size) };
        }
        Ok(copy)
    }

    /// Enters for the host's own side, unless the table has ended.
    ///
    /// # Errors
    ///
    /// All of [`OwnError`].
    pub fn with(self) -> Result<Pass, OwnError> {
        let user = self.user()?;
        Pass::with(user.handle()).map_err(|refusal| match refusal {
            Refusal::Late => OwnError::Closed,
            Refusal::WrongThread => OwnError::WrongThread,
            Refusal::Concurrent => OwnError::Busy,
            Refusal::OtherType => OwnError::Unsupported,
        })
    }

    /// The members of the table, as [`Held::inspect`] has them.
    ///
    /// # Errors
    ///
    /// [`NotHeld`].
    pub fn inspect(self) -> Result<Inspection, NotHeld> {
        let user = self.user()?;
        // SAFETY: BY-NUMBER.
        Ok(unsafe { inspect(user.handle(), user.slot()) })
    }

    fn given_up(self, last: Last) -> Result<User, NotHeld> {
        let user = self.user()?;
        if !user.give_up(last) {
            return Err(NotHeld);
        }
        close::forget_panic(user.slot());
        Ok(user)
    }
}

impl fmt::Debug for HeldNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldNumber({:#x})", self.0)
    }
}

/// Ends every table of `numbers`, as [`revoke_all`](crate::revoke_all) does.
///
/// # Errors
///
/// [`NotHeld`] where one of the numbers owns nothing; the others are ended nevertheless.
pub fn revoke_all(numbers: &[HeldNumber], at: Place) -> Result<Ended, NotHeld> {
    let users: Vec<User> = numbers.iter().filter_map(|number| number.user().ok()).collect();
    let entry = |user: &User| Entry {
        handle: user.handle(),
        slot: user.slot(),
        table: core::ptr::null_mut(),
    };
    let entries: Vec<Entry> = users.iter().map(entry).collect();
    // SAFETY: BY-NUMBER: each user keeps its registration.
    let ended = unsafe { close::close_all(entries.iter(), at) };
    let all = users.len() == numbers.len();
    drop(users);
    settle();
    if all { Ok(ended) } else { Err(NotHeld) }
}

fn registration(user: &User) -> &Registration {
    // SAFETY: BY-NUMBER: a user keeps the registration (GUARDED (b)).
    unsafe { user.slot().registration() }
}

fn end(user: User, wait: Wait, at: Place) -> Ended {
    close::note_end(user.slot(), at);
    // SAFETY: BY-NUMBER.
    let closed = unsafe { close::close(user.handle(), user.slot(), wait, Purpose::End) };
    drop(user);
    settle();
    if closed == Closed::Later { Ended::Later } else { Ended::Now }
}
