//! The host's calls into C, by what C has passed to a call.

use core::ffi::c_int;
use std::sync::{Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use outlive::{Token, Tokens};
use outlive_core::{Outgoing, Place};

use crate::c::{give, guard, is_usable};
use crate::call::{entered, outlive_pass};
use crate::status::*;

/// A way into C by what C has passed to one call, a completion's function and cookie for example. It is not an address but a
/// number, which is never used twice.
pub struct outlive_outgoing(());

type All = Tokens<Arc<Outgoing>>;

static ALL: LazyLock<RwLock<All>> =
    LazyLock::new(|| RwLock::new(Tokens::made_at("outlive_outgoing", Place::caller())));

/// Makes *outgoing, for what C has passed to the call that `pass` is of: call it before outlive_leave. It keeps the table's
/// slot, though not the value, until outlive_outgoing_free.
///
/// Errors: OUTLIVE_BAD_ARGUMENT, also where the pass was refused or has left.
///
/// # Safety
///
/// `pass` is as for outlive_leave. `outgoing` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_outgoing_new(
    pass: *const outlive_pass,
    outgoing: *mut *mut outlive_outgoing,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        // SAFETY: the caller's promise.
        let Some(entered) = (unsafe { entered(pass) }).filter(|_| is_usable(outgoing)) else {
            return OUTLIVE_BAD_ARGUMENT;
        };
        let token = write().insert(Arc::new(entered.outgoing()));
        // SAFETY: the caller's promise.
        unsafe { give(outgoing, token.as_ptr().cast()) };
        OUTLIVE_OK
    })
}

/// Runs call(arg), which may call C by what C has passed, on this thread, as a call that is inside: a release on another
/// thread, or a revoke, waits for it, and one from inside of it does not wait. Any thread may do it, several at once, and as
/// often as C allows, whatever has become of the value.
///
/// Errors, after which `call` was not run: OUTLIVE_BAD_ARGUMENT; OUTLIVE_CLOSED where the table was released, so that C
/// has forgotten what it passed; OUTLIVE_NOT_HELD where `outgoing` was freed, or never was one.
///
/// # Safety
///
/// `call` may be called with `arg`, on this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_outgoing_call(
    outgoing: *mut outlive_outgoing,
    call: Option<unsafe extern "C-unwind" fn(arg: usize)>,
    arg: usize,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        let Some(call) = call.filter(|_| !outgoing.is_null()) else { return OUTLIVE_BAD_ARGUMENT };
        let token = Token::from_ptr(outgoing.cast());
        let Some(found) = find(&read(), token) else { return OUTLIVE_NOT_HELD };
        // SAFETY: the caller's promise.
        let called = found.call(|| unsafe { call(arg) });
        called.map_or(OUTLIVE_CLOSED, |()| OUTLIVE_OK)
    })
}

/// Gives `outgoing` back. It does not wait for a call that is under way, which goes on.
///
/// Errors: OUTLIVE_BAD_ARGUMENT (NULL); OUTLIVE_NOT_HELD, which is what a second call gets.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_outgoing_free(outgoing: *mut outlive_outgoing) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if outgoing.is_null() {
            return OUTLIVE_BAD_ARGUMENT;
        }
        let token = Token::from_ptr(outgoing.cast());
        // Freed without the lock, for that may give the slot back.
        let freed = {
            let mut all = write();
            all.contains(token).then(|| all.take(token))
        };
        if freed.is_some() { OUTLIVE_OK } else { OUTLIVE_NOT_HELD }
    })
}

fn read() -> RwLockReadGuard<'static, All> {
    ALL.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, All> {
    ALL.write().unwrap_or_else(PoisonError::into_inner)
}

/// What C's number leads to, which may be any: a question, so that a wrong one is no incident.
fn find(all: &All, token: Token) -> Option<Arc<Outgoing>> {
    all.contains(token).then(|| all.get(token)).flatten().cloned()
}
