//! What a trampoline does.

use core::ffi::{c_char, c_void};

use libc::size_t;
use outlive_core::{IncidentKind, Instance, Key, RawPass, TableType, notify, report_of_host};

use crate::c::{guard, is_usable, text};
use crate::describe::{outlive_type, type_of};
use crate::number::number_of;

/// A call that was let in, on the stack of its trampoline.
#[repr(C)]
pub struct outlive_pass {
    /// The value that is held.
    pub value: usize,
    /// The library's own.
    pub state: [usize; 7],
}

const _: () = assert!(size_of::<RawPass>() <= size_of::<[usize; 7]>());
const _: () = assert!(align_of::<RawPass>() <= align_of::<[usize; 7]>());

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
    let described = unsafe { type_of(r#type) }.filter(|_| is_usable(pass));
    let entered = described.and_then(|one| one.enter_lightly(callback, user_data.addr()));
    if let Some(entered) = entered {
        // SAFETY: the caller's promise.
        unsafe { give_pass(pass, entered) };
        return true;
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
    // SAFETY: the caller's promise.
    let described = unsafe { type_of(r#type) }.filter(|_| is_usable(pass));
    let entered = described.and_then(|described| described.enter(callback, user_data.addr()));
    // SAFETY: the caller's promise.
    unsafe { admit(pass, entered) }
}

/// Gives C its pass, if it has one.
///
/// # Safety
///
/// `pass` is NULL or writable, if it is aligned; what was entered is of a described type.
pub(crate) unsafe fn admit(pass: *mut outlive_pass, entered: Option<RawPass>) -> bool {
    let is_inside = entered.is_some();
    match entered {
        // SAFETY: the caller's promise; who has entered has looked at the pass.
        Some(entered) => unsafe { give_pass(pass, entered) },
        // SAFETY: the caller's promise.
        None if is_usable(pass) => unsafe { pass.write(outlive_pass { value: 0, state: [0; 7] }) },
        None => {}
    }
    is_inside
}

/// # Safety
///
/// `pass` is writable; what was entered is of a described type.
#[inline(always)]
unsafe fn give_pass(pass: *mut outlive_pass, entered: RawPass) {
    // SAFETY: the caller's promise: it is a number, which lives while the call is inside.
    let value = unsafe { number_of(entered.value_in_slot()) };
    // SAFETY: the caller's promise.
    unsafe { (*pass).value = value };
    // SAFETY: as above.
    let state = unsafe { &raw mut (*pass).state };
    // SAFETY: as above; the core's pass fits.
    unsafe { state.cast::<RawPass>().write(entered) };
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
    let Some(described) = (unsafe { type_of(r#type) }) else {
        // SAFETY: the caller's promise.
        return unsafe { admit(pass, None) };
    };
    let Some(user_data) = described.instances().get(instance as usize).map(Instance::user_data)
    else {
        no_instance(described, callback);
        // SAFETY: the caller's promise.
        return unsafe { admit(pass, None) };
    };
    // SAFETY: the caller's promise.
    unsafe { outlive_enter(r#type, callback, core::ptr::without_provenance_mut(user_data), pass) }
}

/// Reports a call of an instance that there is not.
#[cold]
fn no_instance(described: &TableType, callback: u32) {
    let info = described.info();
    let name = info.callback_name(callback as usize);
    let detail = format_args!("there is no such instance");
    report_of_host(IncidentKind::BadArgument, (info.table, name), None, detail, None);
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
    let Some(entered) = (unsafe { entered(pass) }) else { return };
    // SAFETY: it is taken out.
    let left = unsafe { core::ptr::read(entered) };
    // SAFETY: the caller's promise.
    unsafe { (*pass).state[HANDLE] = 0 };
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
            // SAFETY: C brings it.
            unsafe { notify(user_data.addr(), Key::Type(described), described.info()) };
        }
    });
}

/// The word of a pass's state that is never 0 where there is a pass.
const HANDLE: usize = 0;

/// The core's pass in C's, if there is one.
///
/// # Safety
///
/// As for [`outlive_leave`].
#[inline(always)]
unsafe fn entered<'a>(pass: *const outlive_pass) -> Option<&'a RawPass> {
    if !is_usable(pass) {
        return None;
    }
    // SAFETY: the caller's promise.
    let state = unsafe { &raw const (*pass).state };
    // SAFETY: as above.
    let handle = unsafe { (*state)[HANDLE] };
    // SAFETY: the word is never 0 in a pass of the core's, and 0 where there is none.
    (handle != 0).then(|| unsafe { &*state.cast::<RawPass>() })
}
