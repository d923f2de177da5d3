//! What a trampoline does.

use core::ffi::{c_char, c_void};

use libc::size_t;
use outlive::foreign::Pass;

use crate::c::{guard, text};
use crate::describe::{outlive_type, type_of};

/// A call that was let in, on the stack of its trampoline.
#[repr(C)]
pub struct outlive_pass {
    /// The value that is held.
    pub value: usize,
    /// The library's own.
    pub state: [usize; 7],
}

const _: () = assert!(size_of::<Pass>() <= size_of::<outlive_pass>());
const _: () = assert!(align_of::<Pass>() <= align_of::<outlive_pass>());

/// Lets C's call in. A trampoline calls this first, with its callback's number and the user data that C
/// passed, whatever that is.
///
/// True: the call is inside; the value lives until outlive_leave, which must be called for *pass, on this
/// thread or on another. False: the call was refused, counted and reported, and the trampoline returns what
/// tells C of a failure: the table has ended, it belongs to another thread, it is exclusive and
/// another call is inside, or the user data is not that of a live table of this type.
///
/// It neither locks nor allocates, and writes to no memory that other threads write to, but where the table is
/// OUTLIVE_EXCLUSIVE or its type OUTLIVE_COUNT, and what a refusal reports. errno stays as it is.
///
/// # Safety
///
/// `type` is NULL or came from outlive_describe. `pass` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_enter(
    r#type: *const outlive_type,
    callback: u32,
    user_data: *mut c_void,
    pass: *mut outlive_pass,
) -> bool {
    // SAFETY: the caller's promise.
    let described = unsafe { type_of(r#type) };
    if let (Some(described), true) = (described, is_usable(pass)) {
        // SAFETY: the caller's promise; a pass of the engine's fits.
        if unsafe { described.enter_lightly(callback, user_data.addr(), pass.cast()) } {
            return true;
        }
    }
    // SAFETY: the caller's promise.
    unsafe { enter_otherwise(r#type, callback, user_data, pass) }
}

/// Lets any call in, or refuses it. It stands apart so that the common way needs no stack.
///
/// # Safety
///
/// As for [`outlive_enter`].
#[inline(never)]
unsafe extern "C" fn enter_otherwise(
    r#type: *const outlive_type,
    callback: u32,
    user_data: *mut c_void,
    pass: *mut outlive_pass,
) -> bool {
    if !is_usable(pass) {
        return false;
    }
    // SAFETY: the caller's promise.
    let described = unsafe { type_of(r#type) };
    let is_inside = described.is_some_and(|described| {
        // SAFETY: the caller's promise; a pass of the engine's fits.
        unsafe { described.enter(callback, user_data.addr(), pass.cast()) }
    });
    if !is_inside {
        // SAFETY: the caller's promise.
        unsafe { pass.write(outlive_pass { value: 0, state: [0; 7] }) };
    }
    is_inside
}

/// As outlive_enter, for the instance of a context-free table that the trampoline belongs to: the number of
/// the template, from 0.
///
/// # Safety
///
/// As for outlive_enter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_enter_instance(
    r#type: *const outlive_type,
    callback: u32,
    instance: u32,
    pass: *mut outlive_pass,
) -> bool {
    // SAFETY: the caller's promise.
    let described = unsafe { type_of(r#type) };
    let user_data = described.and_then(|described| described.user_data_of(instance));
    if let (None, Some(described)) = (user_data, described) {
        described.no_instance(callback);
    }
    match user_data {
        // SAFETY: the caller's promise.
        Some(user_data) => unsafe {
            outlive_enter(r#type, callback, core::ptr::without_provenance_mut(user_data), pass)
        },
        // SAFETY: the caller's promise.
        None => unsafe {
            enter_otherwise(core::ptr::null(), callback, core::ptr::null_mut(), pass)
        },
    }
}

/// Lets a call out. The value may be let go by this, on this thread, where the table was ended meanwhile.
///
/// A pass that was not filled by outlive_enter, or that has left, is left alone, if it was refused or all its
/// bytes are 0. errno stays as it is.
///
/// # Safety
///
/// `pass` is NULL or one that outlive_enter was called for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_leave(pass: *mut outlive_pass) {
    // SAFETY: the caller's promise.
    if unsafe { entered(pass) }.is_none() {
        return;
    }
    // SAFETY: it has one, which is taken out.
    let left = unsafe { pass.cast::<Pass>().read() };
    // SAFETY: the caller's promise.
    unsafe { clear(pass) };
    left.leave();
}

/// Counts and reports a panic, or an exception, that the host kept from C's frames; `message` has `length`
/// bytes. Call it before outlive_leave, and return to C what tells it of a failure. It does not return where
/// the type was described with OUTLIVE_ABORT_ON_PANIC.
///
/// # Safety
///
/// `pass` is as for outlive_leave. `message` is NULL or has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_panicked(
    pass: *mut outlive_pass,
    message: *const c_char,
    length: size_t,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        let Some(pass) = (unsafe { entered(pass) }) else { return };
        let is_usable = !message.is_null() && length <= isize::MAX as usize;
        let length = if is_usable { length } else { 0 };
        let message = if is_usable { message.cast() } else { c"".as_ptr().cast() };
        // SAFETY: the caller's promise.
        let message = unsafe { core::slice::from_raw_parts::<u8>(message, length) };
        pass.panicked(&String::from_utf8_lossy(message));
    });
}

/// Counts and reports an argument of C's, numbered from 0, that the host does not admit. Call it before
/// outlive_leave, and return to C what tells it of a failure.
///
/// # Safety
///
/// `pass` is as for outlive_leave. `reason` is NULL or ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_bad_argument(
    pass: *mut outlive_pass,
    argument: u32,
    reason: *const c_char,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        let Some(pass) = (unsafe { entered(pass) }) else { return };
        // SAFETY: the caller's promise.
        pass.bad_argument(argument as usize, &unsafe { text(reason) });
    });
}

/// Ends a table that was handed over: what the trampoline of a destroy notify calls, with the user data that
/// C passed, whatever that is. A notice that comes a second time is reported and does nothing.
///
/// # Safety
///
/// `type` is NULL or came from outlive_describe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_destroy_notify(
    r#type: *const outlive_type,
    user_data: *mut c_void,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(described) = unsafe { type_of(r#type) } {
            described.destroy_notify(user_data);
        }
    });
}

#[inline(always)]
pub(crate) fn is_usable(pass: *const outlive_pass) -> bool {
    !pass.is_null() && pass.is_aligned()
}

/// The pass of the engine's in C's, if there is one.
///
/// # Safety
///
/// As for [`outlive_leave`].
#[inline(always)]
unsafe fn entered<'a>(pass: *const outlive_pass) -> Option<&'a Pass> {
    if !is_usable(pass) {
        return None;
    }
    // SAFETY: the caller's promise.
    let handle = unsafe { (*pass).state[Pass::HANDLE_WORD - 1] };
    // SAFETY: the word is never 0 in a pass of the engine's, and 0 where there is none.
    (handle != 0).then(|| unsafe { &*pass.cast::<Pass>() })
}

/// # Safety
///
/// `pass` is writable.
#[inline(always)]
unsafe fn clear(pass: *mut outlive_pass) {
    // SAFETY: the caller's promise.
    unsafe { (*pass).state[Pass::HANDLE_WORD - 1] = 0 };
}
