//! The `void *` that a host returns to C and gets back.

use core::ffi::{c_char, c_int, c_void};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock};

use libc::size_t;
use outlive::{Token, Tokens};
use outlive_core::Place;

use crate::c::{give, guard, is_usable, place, text};
use crate::status::*;

/// Values of the host's, behind the tokens that C has. It is not an address but a number.
///
/// A token is a number that is never NULL, never an address and never used twice. One that was removed before,
/// that was invented, or that belongs to other outlive_tokens finds nothing, and is reported. Any thread may
/// use them; a lock is held meanwhile.
pub struct outlive_tokens(());

type Values = Arc<Mutex<Tokens<usize>>>;

static ALL: LazyLock<RwLock<Tokens<Values>>> =
    LazyLock::new(|| RwLock::new(Tokens::made_at("outlive_tokens", Place::caller())));

/// Makes *tokens. Incidents call its tokens `name`, and give the source line.
///
/// Errors: OUTLIVE_BAD_ARGUMENT.
///
/// # Safety
///
/// `name` and `file` are NULL or end with a NUL; `tokens` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_tokens_new(
    name: *const c_char,
    file: *const c_char,
    line: u32,
    tokens: *mut *mut outlive_tokens,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if !is_usable(tokens) {
            return OUTLIVE_BAD_ARGUMENT;
        }
        // SAFETY: the caller's promise.
        let name = outlive_core::text(&unsafe { text(name) });
        // SAFETY: the caller's promise.
        let made = Tokens::made_at(name, unsafe { place(file, line) });
        let token = write().insert(Arc::new(Mutex::new(made)));
        // SAFETY: the caller's promise.
        unsafe { give(tokens, token.as_ptr().cast()) };
        OUTLIVE_OK
    })
}

/// Keeps a value, and puts the token for it, which C may have, into *token.
///
/// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD.
///
/// # Safety
///
/// `token` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_tokens_insert(
    tokens: *mut outlive_tokens,
    value: usize,
    token: *mut *mut c_void,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if !is_usable(token) {
            return OUTLIVE_BAD_ARGUMENT;
        }
        with(tokens, |values| {
            // SAFETY: the caller's promise.
            unsafe { give(token, values.insert(value).as_ptr()) };
            OUTLIVE_OK
        })
    })
}

/// Puts the value of a live token into *value. `token` is what C passed, whatever that is.
///
/// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD; OUTLIVE_BAD_TOKEN, which is reported.
///
/// # Safety
///
/// `value` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_tokens_get(
    tokens: *const outlive_tokens,
    token: *const c_void,
    value: *mut usize,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        with(tokens, |values| {
            let found = values.get(Token::from_ptr(token)).copied();
            // SAFETY: the caller's promise.
            found.map_or(OUTLIVE_BAD_TOKEN, |found| unsafe { given(value, found) })
        })
    })
}

/// Ends a live token, and puts its value into *value, once for each token. `token` is what C passed.
///
/// Errors: as for outlive_tokens_get. `value` may be NULL.
///
/// # Safety
///
/// `value` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_tokens_remove(
    tokens: *mut outlive_tokens,
    token: *const c_void,
    value: *mut usize,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        with(tokens, |values| match values.take(Token::from_ptr(token)) {
            // SAFETY: the caller's promise.
            Some(taken) if !value.is_null() => unsafe { given(value, taken) },
            Some(_) => OUTLIVE_OK,
            None => OUTLIVE_BAD_TOKEN,
        })
    })
}

/// How many tokens are live. 0 where `tokens` is none.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_tokens_count(tokens: *const outlive_tokens) -> size_t {
    guard(0, || {
        let mut count = 0;
        with(tokens, |values| {
            count = values.len();
            OUTLIVE_OK
        });
        count
    })
}

/// Gives `tokens` back. Its tokens are recognised as dead from here on, and its values forgotten.
///
/// Errors: OUTLIVE_NOT_HELD, which is what a second call gets.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_tokens_free(tokens: *mut outlive_tokens) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        let token = Token::from_ptr(tokens.cast());
        let mut all = write();
        let freed = all.contains(token).then(|| all.take(token));
        if freed.is_some() { OUTLIVE_OK } else { OUTLIVE_NOT_HELD }
    })
}

fn write() -> std::sync::RwLockWriteGuard<'static, Tokens<Values>> {
    ALL.write().unwrap_or_else(PoisonError::into_inner)
}

fn with(tokens: *const outlive_tokens, f: impl FnOnce(&mut Tokens<usize>) -> c_int) -> c_int {
    let token = Token::from_ptr(tokens.cast());
    let all = ALL.read().unwrap_or_else(PoisonError::into_inner);
    let Some(values) = all.contains(token).then(|| all.get(token)).flatten().cloned() else {
        return OUTLIVE_NOT_HELD;
    };
    drop(all);
    let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
    f(&mut values)
}

/// # Safety
///
/// As for [`give`].
unsafe fn given(to: *mut usize, value: usize) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { give(to, value) } { OUTLIVE_OK } else { OUTLIVE_BAD_ARGUMENT }
}
