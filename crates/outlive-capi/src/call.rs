//! What a trampoline does.

use core::ffi::{c_char, c_void};

use libc::size_t;
use outlive_core::{
    IncidentKind, Instance, Key, RawPass, Site, TableType, Unserved, after_last_call, notify,
    report_of_host, user_data_at,
};

use crate::c::{guard, is_usable, text};
use crate::describe::{outlive_type, type_of};
use crate::number::number_of;

/// A call, on the stack of its trampoline.
#[repr(C)]
pub struct outlive_pass {
    /// The value that is held.
    pub value: usize,
    /// Why C gets another result than the host's: OUTLIVE_SERVED or another.
    pub unserved: usize,
    /// The library's own.
    pub state: [usize; 6],
}

/// C gets the host's result.
pub const OUTLIVE_SERVED: usize = 0;
/// The call was refused: the table has ended, or is ending.
pub const OUTLIVE_LATE: usize = 1;
/// The call was refused for another reason: the table belongs to another thread, is exclusive and another call is inside, or
/// nothing that C passed leads to a table of this type.
pub const OUTLIVE_REFUSED: usize = 2;
/// outlive_bad_argument was called.
pub const OUTLIVE_BAD_CALL: usize = 3;
/// outlive_panicked was called.
pub const OUTLIVE_PANICKED: usize = 4;

const _: () = assert!(size_of::<RawPass>() <= size_of::<[usize; 6]>());
const _: () = assert!(align_of::<RawPass>() <= align_of::<[usize; 6]>());

/// Lets C's call in. A trampoline calls this first, with its callback's number and the user data that C
/// passed, whatever that is.
///
/// True: the call is inside; the value lives until outlive_leave, which must be called for *pass, on this
/// thread or on another. False: the call was refused, counted and reported, and the trampoline returns what
/// tells C of a failure: the table has ended, it belongs to another thread, it is exclusive and
/// another call is inside, or the user data is not that of a live table of this type. pass->unserved says which.
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
    let user_data = user_data.addr();
    let entered =
        described.map_or(Err(Unserved::Refused), |described| described.enter(callback, user_data));
    // SAFETY: the caller's promise.
    unsafe { admit(pass, entered, user_data) }
}

/// Gives C its pass, or the reason why it has none.
///
/// # Safety
///
/// `pass` is NULL or writable, if it is aligned; what was entered is of a described type.
pub(crate) unsafe fn admit(
    pass: *mut outlive_pass,
    entered: Result<RawPass, Unserved>,
    user_data: usize,
) -> bool {
    match entered {
        Ok(entered) => {
            // SAFETY: the caller's promise; who has entered has looked at the pass.
            unsafe { give_pass(pass, entered) };
            true
        }
        Err(why) => {
            // SAFETY: the caller's promise.
            unsafe { refuse(pass, why, user_data) };
            false
        }
    }
}

/// Writes the pass of a call that was refused.
///
/// # Safety
///
/// `pass` is NULL or writable, if it is aligned.
#[cold]
unsafe fn refuse(pass: *mut outlive_pass, why: Unserved, user_data: usize) {
    let unserved = if why == Unserved::Late { OUTLIVE_LATE } else { OUTLIVE_REFUSED };
    let mut state = [0; 6];
    state[RawPass::USER_DATA] = user_data; // for outlive_last_call
    if is_usable(pass) {
        // SAFETY: the caller's promise.
        unsafe { pass.write(outlive_pass { value: 0, unserved, state }) };
    }
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
    unsafe { (*pass).unserved = OUTLIVE_SERVED };
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
    // SAFETY: the caller's promise.
    let described = unsafe { type_of(r#type) };
    let user_data = described.and_then(|described| {
        let found = described.instances().get(instance as usize).map(Instance::user_data);
        if found.is_none() {
            no_instance(described, callback);
        }
        found
    });
    // SAFETY: the caller's promise.
    unsafe { enter_found(r#type, callback, user_data, pass) }
}

/// As outlive_enter, for a table that is OUTLIVE_BY_ADDRESS: C passes the address of the table itself, whatever that is. An
/// address at which no table begins is refused and reported, and nothing is read there.
///
/// # Safety
///
/// As for outlive_enter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_enter_table(
    r#type: *const outlive_type,
    callback: u32,
    table: *const c_void,
    pass: *mut outlive_pass,
) -> bool {
    // SAFETY: the caller's promise.
    let described = unsafe { type_of(r#type) };
    let user_data = described.and_then(|described| {
        let site = Site { info: described.info(), callback: callback as usize };
        user_data_at(table.addr(), &site)
    });
    // SAFETY: the caller's promise.
    unsafe { enter_found(r#type, callback, user_data, pass) }
}

/// Enters with the user data that was found; refuses a call for which none was.
///
/// # Safety
///
/// As for [`outlive_enter`].
#[inline(always)]
unsafe fn enter_found(
    r#type: *const outlive_type,
    callback: u32,
    user_data: Option<usize>,
    pass: *mut outlive_pass,
) -> bool {
    let Some(user_data) = user_data else {
        // SAFETY: the caller's promise.
        unsafe { refuse(pass, Unserved::Refused, 0) };
        return false;
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
/// bytes are 0. pass->value and pass->unserved stay as they are, and so does errno.
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
    unsafe { (*pass).state[RawPass::NEVER_0] = 0 };
    left.leave();
}

/// Counts and reports a panic, or an exception, that the host kept from C's frames; `message` has `length`
/// bytes. Call it before outlive_leave, and return to C what tells it of a failure: pass->unserved says from here on that it
/// is to. It does not return where the type was described with OUTLIVE_ABORT_ON_PANIC.
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
        let Some(entered) = (unsafe { entered(pass) }) else { return };
        // SAFETY: as above.
        unsafe { (*pass).unserved = OUTLIVE_PANICKED };
        let is_usable = !message.is_null() && length <= isize::MAX as usize;
        let length = if is_usable { length } else { 0 };
        let message = if is_usable { message.cast() } else { c"".as_ptr().cast() };
        // SAFETY: the caller's promise.
        let message = unsafe { core::slice::from_raw_parts::<u8>(message, length) };
        entered.panicked(&String::from_utf8_lossy(message));
    });
}

/// Counts and reports an argument of C's, numbered from 0, that the host does not admit. Call it before
/// outlive_leave, and return to C what tells it of a failure: pass->unserved says from here on that it is to.
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
        let Some(entered) = (unsafe { entered(pass) }) else { return };
        // SAFETY: as above.
        unsafe { (*pass).unserved = OUTLIVE_BAD_CALL };
        // SAFETY: as above.
        entered.bad_argument(argument as usize, &unsafe { text(reason) });
    });
}

/// Says that C has made its last call: what the trampoline of a callback that is OUTLIVE_LAST calls when it has called
/// outlive_leave, or when its call was refused, with the same pass. C's claim is over, however the call went: the value is let
/// go here, or when the last call inside has left, and a table that was handed over is given back.
///
/// A second last call is refused as late before it comes here; of two at the same time the second one is reported. A
/// callback that is not OUTLIVE_LAST is reported, and nothing else is done. errno stays as it is.
///
/// # Safety
///
/// `type` is NULL or came from outlive_describe. `pass` is NULL or one that outlive_enter, outlive_enter_instance or
/// outlive_enter_table was called for with this type. C calls no other callback of the table after this one; where C passes
/// no user data it does not read the table either, for both may belong to another registration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_last_call(
    r#type: *const outlive_type,
    callback: u32,
    pass: *const outlive_pass,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        let Some(described) = (unsafe { type_of(r#type) }).filter(|_| is_usable(pass)) else {
            return;
        };
        let site = Site { info: described.info(), callback: callback as usize };
        if !site.info.is_last_call(site.callback) {
            return no_last_call(&site);
        }
        // SAFETY: the caller's promise.
        let user_data = unsafe { (*pass).state[RawPass::USER_DATA] };
        // SAFETY: as above.
        let served = unsafe { (*pass).unserved } == OUTLIVE_SERVED;
        // SAFETY: C brings it.
        unsafe { after_last_call(user_data, Key::Type(described), &site, served) };
    });
}

/// Reports a last call by a callback that C may call again.
#[cold]
fn no_last_call(site: &Site) {
    let name = site.info.callback_name(site.callback);
    let detail = format_args!("the callback is not described as OUTLIVE_LAST");
    report_of_host(IncidentKind::BadArgument, (site.info.table, name), None, detail, None);
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

/// The core's pass in C's, if there is one.
///
/// # Safety
///
/// As for [`outlive_leave`].
#[inline(always)]
pub(crate) unsafe fn entered<'a>(pass: *const outlive_pass) -> Option<&'a RawPass> {
    if !is_usable(pass) {
        return None;
    }
    // SAFETY: the caller's promise.
    let state = unsafe { &raw const (*pass).state };
    // SAFETY: as above.
    let word = unsafe { (*state)[RawPass::NEVER_0] };
    // SAFETY: the word is never 0 in a pass of the core's, and 0 where there is none.
    (word != 0).then(|| unsafe { &*state.cast::<RawPass>() })
}
