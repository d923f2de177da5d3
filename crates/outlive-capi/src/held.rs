//! A registration, from the host's side.

use core::ffi::{c_char, c_int, c_void};
use core::time::Duration;

use libc::size_t;
use outlive_core::{
    Ended, Guest, HostName, Key, Kind, MallocBlock, NotHeldError, RawPass, Registered, Unserved,
    revoke_all,
};

use crate::c::{give, guard, is_usable, place};
use crate::call::{admit, outlive_pass};
use crate::describe::{outlive_type, type_of};
use crate::number::hold_number;
use crate::status::*;

/// A registration that the host owns: a value, held as a callback table. It is not an address but a number,
/// which is never used twice.
pub struct outlive_held(());

/// Any thread may call, several at the same time.
pub const OUTLIVE_SHARED: u32 = 0;
/// Any thread may call, one at a time: a call that comes while another is inside is refused.
pub const OUTLIVE_EXCLUSIVE: u32 = 1;
/// Only the thread that holds may call.
pub const OUTLIVE_LOCAL: u32 = 2;

/// The value has been let go: no callback is running, and none will start.
pub const OUTLIVE_ENDED_NOW: c_int = 0;
/// Calls are inside; no new one is let in, and the value is let go when the last one leaves.
pub const OUTLIVE_ENDED_LATER: c_int = 1;
/// No call is inside but those that take back (OUTLIVE_TAKES_BACK), which go on to be served; the value is let go when
/// the table is released, or C has called its destroy notify (OUTLIVE_KEEP).
pub const OUTLIVE_ENDED_SERVING: c_int = 2;

/// Holds a value as a table, and puts its owner into *held.
///
/// `end` may be NULL. Else it is called once with `value` when that is let go: by whoever ends the table, on
/// that thread; or on that of the last call to leave; with OUTLIVE_LOCAL on the thread that called this, and
/// not at all if that has gone by then. It may call this library, and must not wait for callbacks of other
/// threads. `file` and `line` are those that the ledger and incidents name; `file` may be NULL.
///
/// Errors, after which the value is the caller's and `end` is not called: OUTLIVE_BAD_ARGUMENT,
/// OUTLIVE_NO_INSTANCE_LEFT, OUTLIVE_NO_SLOT_LEFT, OUTLIVE_NO_MEMORY.
///
/// # Safety
///
/// `type` is NULL or came from outlive_describe. `file` is NULL or ends with a NUL. `held` is NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_hold(
    r#type: *const outlive_type,
    value: usize,
    end: Option<unsafe extern "C-unwind" fn(value: usize)>,
    kind: u32,
    file: *const c_char,
    line: u32,
    held: *mut *mut outlive_held,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        let kind = match kind {
            OUTLIVE_SHARED => Kind::Shared,
            OUTLIVE_EXCLUSIVE => Kind::Exclusive,
            OUTLIVE_LOCAL => Kind::Local,
            _ => return OUTLIVE_BAD_ARGUMENT,
        };
        // SAFETY: the caller's promise.
        let Some(described) = (unsafe { type_of(r#type) }) else { return OUTLIVE_BAD_ARGUMENT };
        if !is_usable(held) {
            return OUTLIVE_BAD_ARGUMENT;
        }
        // SAFETY: the caller's promise.
        let created = unsafe { place(file, line) };
        // SAFETY: the caller's promise.
        match unsafe { hold_number(described, (value, end), kind, created) } {
            Ok(owned) => {
                // SAFETY: the caller's promise.
                unsafe { give(held, held_of(owned.into_number())) };
                OUTLIVE_OK
            }
            Err(error) => of_hold(error),
        }
    })
}

/// The table, for C. It never moves, and is valid until outlive_release. NULL where `held` is none.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_table(held: *const outlive_held) -> *mut c_void {
    guard(core::ptr::null_mut(), || {
        let guest = guest(held);
        guest.map_or(core::ptr::null_mut(), |guest| guest.table().as_ptr().cast())
    })
}

/// The user data for C to pass. It is a number, higher than any address, and never NULL; NULL is what this returns where
/// C passes none, for the table is OUTLIVE_CONTEXT_FREE or OUTLIVE_BY_ADDRESS, or where `held` is none.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_user_data(held: *const outlive_held) -> *mut c_void {
    guard(core::ptr::null_mut(), || {
        let user_data = guest(held).ok().and_then(|guest| user_data_of(&guest));
        core::ptr::without_provenance_mut(user_data.unwrap_or(0))
    })
}

/// The user data that C passes to this table's callbacks.
fn user_data_of(guest: &Guest) -> Option<usize> {
    guest.user_data().filter(|_| !guest.table_type().info().by_address)
}

/// The table's number in the ledger and in incidents, which no two tables of a process share. 0 where `held` is
/// none.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_id(held: *const outlive_held) -> u64 {
    guard(0, || guest(held).map_or(0, |guest| guest.handle().bits()))
}

/// Ends the table: new calls are refused, and the value is let go. The memory that C can reach stays valid, and
/// `held` is the caller's still.
///
/// From outside it waits for the calls inside and returns OUTLIVE_ENDED_NOW; a wait of more than a second is
/// reported. From inside any callback it does not wait, and returns OUTLIVE_ENDED_LATER if calls are still
/// inside.
///
/// Errors are the negative of a status: -OUTLIVE_BAD_ARGUMENT (NULL), -OUTLIVE_NOT_HELD.
///
/// # Safety
///
/// `file` is NULL or ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_revoke(
    held: *const outlive_held,
    file: *const c_char,
    line: u32,
) -> c_int {
    guard(-OUTLIVE_INTERNAL, || {
        if held.is_null() {
            return -OUTLIVE_BAD_ARGUMENT;
        }
        // SAFETY: the caller's promise.
        let at = unsafe { place(file, line) };
        ended(guest(held).map(|guest| guest.revoke(at)))
    })
}

/// As outlive_revoke, but waits for at most so many nanoseconds, also from inside a callback, except where the
/// caller itself is inside this table, which no wait could change.
///
/// # Safety
///
/// As for outlive_revoke.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_revoke_timeout(
    held: *const outlive_held,
    nanoseconds: u64,
    file: *const c_char,
    line: u32,
) -> c_int {
    guard(-OUTLIVE_INTERNAL, || {
        if held.is_null() {
            return -OUTLIVE_BAD_ARGUMENT;
        }
        let limit = Duration::from_nanos(nanoseconds);
        // SAFETY: the caller's promise.
        let at = unsafe { place(file, line) };
        ended(guest(held).map(|guest| guest.revoke_timeout(limit, at)))
    })
}

/// As outlive_revoke for each of `count` tables, with one barrier and one look at the threads for all. It
/// returns OUTLIVE_ENDED_NOW if it is so for each, else OUTLIVE_ENDED_LATER if one is, else OUTLIVE_ENDED_SERVING.
///
/// Errors: -OUTLIVE_BAD_ARGUMENT; -OUTLIVE_NOT_HELD where one of them is none: the others are ended.
///
/// # Safety
///
/// `held` is NULL or has `count` elements. `file` is NULL or ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_revoke_all(
    held: *const *mut outlive_held,
    count: size_t,
    file: *const c_char,
    line: u32,
) -> c_int {
    guard(-OUTLIVE_INTERNAL, || {
        if !is_usable(held) || count > isize::MAX as usize / size_of::<usize>() {
            return -OUTLIVE_BAD_ARGUMENT;
        }
        // SAFETY: the caller's promise.
        let held = unsafe { core::slice::from_raw_parts(held, count) };
        let guests: Vec<Guest> = held.iter().filter_map(|held| guest(*held).ok()).collect();
        let all: Vec<&Registered> = guests.iter().map(|guest| &**guest).collect();
        // SAFETY: the caller's promise.
        let now = revoke_all(&all, unsafe { place(file, line) });
        ended(if all.len() == held.len() { Ok(now) } else { Err(NotHeldError) })
    })
}

/// Ends the table as outlive_revoke does, and gives all that it took back, `held` too. Where it does not wait,
/// the rest is done when the last call has left.
///
/// Errors: those of outlive_revoke. A second release is one: it returns -OUTLIVE_NOT_HELD and changes
/// nothing.
///
/// # Safety
///
/// C has forgotten the table and the user data: nobody reads or calls them any more. A binding calls this when
/// the C library's own close function has returned. `file` is NULL or ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_release(
    held: *mut outlive_held,
    file: *const c_char,
    line: u32,
) -> c_int {
    guard(-OUTLIVE_INTERNAL, || {
        if held.is_null() {
            return -OUTLIVE_BAD_ARGUMENT;
        }
        // SAFETY: the caller's promise.
        let at = unsafe { place(file, line) };
        // SAFETY: the caller's promise.
        ended(guest(held).and_then(|guest| unsafe { guest.release(at) }))
    })
}

/// Ends the table without waiting, and gives `held` back. C may go on calling: what it can reach stays valid,
/// so that a small slot stays reserved, and the ledger names it. NULL, and what is none, is left alone.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_drop(held: *mut outlive_held) {
    guard((), || {
        let _ = guest(held).and_then(Guest::let_go);
    });
}

/// Keeps table and value for as long as the process lives, and gives `held` back. The ledger says that it was
/// done on purpose.
///
/// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD; OUTLIVE_CLOSED where the table has ended, and `held`
/// is given back nevertheless.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_leak(held: *mut outlive_held) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if held.is_null() {
            return OUTLIVE_BAD_ARGUMENT;
        }
        match guest(held).and_then(Guest::leak) {
            Ok(true) => OUTLIVE_OK,
            Ok(false) => OUTLIVE_CLOSED,
            Err(error) => of_not_held(error),
        }
    })
}

/// A copy of the table in memory from malloc, for a C library that will call free. It is the caller's, and never
/// read or written again by this library; the registration lives on as with outlive_table. NULL where there
/// is no memory, where a copy would lead to no value, for the table is OUTLIVE_BY_ADDRESS, or where `held` is none.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_to_malloc(held: *const outlive_held) -> *mut c_void {
    guard(core::ptr::null_mut(), || {
        let found = guest(held).ok().filter(|guest| !guest.table_type().info().by_address);
        let copy = found.and_then(|guest| guest.to_malloc());
        copy.map_or(core::ptr::null_mut(), |copy| MallocBlock::into_raw(copy).as_ptr().cast())
    })
}

/// Gives `held` to C, whose destroy notify or last call (OUTLIVE_LAST) ends the table, once: call it when the C library has
/// taken table and user data. Where C has nothing but user data and read-only memory, the notice gives the slot back too.
///
/// A C library that refused the table may have called the destroy notify all the same: then
/// outlive_was_notified says so, and this is called nevertheless; else `held` is the caller's still.
///
/// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD; OUTLIVE_UNSUPPORTED where C has nothing to end it by, and `held` stays
/// the caller's: the table is OUTLIVE_CONTEXT_FREE or OUTLIVE_BY_ADDRESS, and none of its callbacks is OUTLIVE_LAST.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_hand_over(held: *mut outlive_held) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if held.is_null() {
            return OUTLIVE_BAD_ARGUMENT;
        }
        match guest(held) {
            Ok(guest) if !can_be_handed_over(&guest) => OUTLIVE_UNSUPPORTED,
            Ok(guest) => guest.hand_over().map_or_else(of_not_held, |()| OUTLIVE_OK),
            Err(error) => of_not_held(error),
        }
    })
}

/// Whether C can say that it is done: by user data, wherever its destroy notify stands, or by a last call.
fn can_be_handed_over(guest: &Guest) -> bool {
    user_data_of(guest).is_some() || guest.table_type().info().has_last_call()
}

/// Whether C has called the destroy notify, or has made its last call. False where `held` is none.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_was_notified(held: *const outlive_held) -> bool {
    guard(false, || guest(held).is_ok_and(|guest| guest.was_notified()))
}

/// Lets the host's own side in, as outlive_enter lets C's calls in: until outlive_leave the value lives, and in
/// an exclusive table nobody else is inside.
///
/// Errors, which are not reported and after which there is nothing to leave: OUTLIVE_BAD_ARGUMENT,
/// OUTLIVE_NOT_HELD, OUTLIVE_CLOSED, OUTLIVE_BUSY, OUTLIVE_WRONG_THREAD; OUTLIVE_UNSUPPORTED where
/// the value is the library's own.
///
/// # Safety
///
/// `pass` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_with(held: *const outlive_held, pass: *mut outlive_pass) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if held.is_null() || !is_usable(pass) {
            return OUTLIVE_BAD_ARGUMENT;
        }
        let entered = enter(held);
        let status = entered.as_ref().map_or_else(|status| *status, |_| OUTLIVE_OK);
        let why = if status == OUTLIVE_CLOSED { Unserved::Late } else { Unserved::Refused };
        // SAFETY: the caller's promise, and a described type's pass.
        unsafe { admit(pass, entered.map_err(|_| why), 0) };
        status
    })
}

/// Enters for the host's own side.
fn enter(held: *const outlive_held) -> Result<RawPass, c_int> {
    let guest = guest(held).map_err(of_not_held)?;
    let table_type = guest.table_type();
    if !matches!(table_type.info().host, HostName::Given(_)) {
        return Err(OUTLIVE_UNSUPPORTED); // the value is none of C's
    }
    let entered = guest.enter(&Key::Type(table_type)).map_err(of_refusal)?;
    // SAFETY: it was entered just now, and is used here alone.
    Ok(unsafe { RawPass::of_host(guest.handle(), entered) })
}

/// What C gets for the number that an owner became.
pub(crate) fn held_of(number: usize) -> *mut outlive_held {
    core::ptr::without_provenance_mut(number)
}

/// The registration behind C's number, which may be any.
pub(crate) fn guest(held: *const outlive_held) -> Result<Guest, NotHeldError> {
    Guest::of(held.addr())
}

fn ended(ended: Result<Ended, NotHeldError>) -> c_int {
    match ended {
        Ok(Ended::Now) => OUTLIVE_ENDED_NOW,
        Ok(Ended::Serving) => OUTLIVE_ENDED_SERVING,
        Ok(Ended::Later) => OUTLIVE_ENDED_LATER,
        Err(NotHeldError) => -OUTLIVE_NOT_HELD,
    }
}
