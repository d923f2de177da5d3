//! What went wrong, in numbers.

use core::ffi::{c_char, c_int};

use outlive_core::{HoldErrorKind, NotHeldError, Refusal};

/// It was done.
pub const OUTLIVE_OK: c_int = 0;
/// An argument is NULL, not aligned, or none of the values that there are.
pub const OUTLIVE_BAD_ARGUMENT: c_int = 1;
/// All instances of a context-free table are taken: release some, or describe it with more templates.
pub const OUTLIVE_NO_INSTANCE_LEFT: c_int = 2;
/// All slots are taken: release some tables.
pub const OUTLIVE_NO_SLOT_LEFT: c_int = 3;
/// The system gave no memory.
pub const OUTLIVE_NO_MEMORY: c_int = 4;
/// The table has ended: create a new one.
pub const OUTLIVE_CLOSED: c_int = 5;
/// A call is inside the exclusive table: try again later.
pub const OUTLIVE_BUSY: c_int = 6;
/// The outlive_held, outlive_tokens or outlive_loop was given back before, or never was one.
pub const OUTLIVE_NOT_HELD: c_int = 7;
/// It belongs to another thread.
pub const OUTLIVE_WRONG_THREAD: c_int = 8;
/// Such a table cannot do that.
pub const OUTLIVE_UNSUPPORTED: c_int = 9;
/// The token is not a live one of these.
pub const OUTLIVE_BAD_TOKEN: c_int = 10;
/// A system call failed: errno says why. On Windows errno is EIO, and GetLastError says why.
pub const OUTLIVE_SYSTEM: c_int = 11;
/// The loop runs already: return from the callback, it goes on by itself.
pub const OUTLIVE_RUNNING: c_int = 12;
/// A defect of this library: nothing can be said of what was done.
pub const OUTLIVE_INTERNAL: c_int = 13;
/// More threads use tables than can have OUTLIVE_LOCAL ones: let some end.
pub const OUTLIVE_NO_RECORD_LEFT: c_int = 14;

/// Says a status in words, without a newline. The text lives as long as the process.
///
/// A negative status, as outlive_revoke returns it, is said as its positive is.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_status_text(status: c_int) -> *const c_char {
    let text = match status.saturating_abs() {
        OUTLIVE_OK => c"done",
        OUTLIVE_BAD_ARGUMENT => c"an argument is NULL, not aligned, or has no meaning",
        OUTLIVE_NO_INSTANCE_LEFT => {
            c"all instances of the context-free table are taken: release some, or describe more"
        }
        OUTLIVE_NO_SLOT_LEFT => c"no slot is left for another table: release some",
        OUTLIVE_NO_MEMORY => c"no memory",
        OUTLIVE_CLOSED => c"the table has ended; create a new one",
        OUTLIVE_BUSY => c"a call is inside the exclusive table: try again later",
        OUTLIVE_NOT_HELD => c"this was given back before, or never held anything",
        OUTLIVE_WRONG_THREAD => c"it belongs to another thread",
        OUTLIVE_UNSUPPORTED => c"a table of this type cannot do that",
        OUTLIVE_BAD_TOKEN => c"the token is not live here",
        OUTLIVE_SYSTEM => c"a system call failed: errno says why",
        OUTLIVE_RUNNING => c"the loop runs already: return from the callback",
        OUTLIVE_INTERNAL => c"a defect of the library outlive",
        OUTLIVE_NO_RECORD_LEFT => c"too many threads use tables: let some end",
        _ => c"no status of the library outlive",
    };
    text.as_ptr()
}

/// The version of the library, such as "0.1.0". The text lives as long as the process.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

pub(crate) fn of_hold(error: HoldErrorKind) -> c_int {
    match error {
        HoldErrorKind::NoInstanceLeft(_) => OUTLIVE_NO_INSTANCE_LEFT,
        HoldErrorKind::NoSlotLeft => OUTLIVE_NO_SLOT_LEFT,
        HoldErrorKind::NoRecordLeft => OUTLIVE_NO_RECORD_LEFT,
        HoldErrorKind::NoMemory => OUTLIVE_NO_MEMORY,
        _ => OUTLIVE_INTERNAL,
    }
}

pub(crate) fn of_refusal(refusal: Refusal) -> c_int {
    match refusal {
        Refusal::Late => OUTLIVE_CLOSED,
        Refusal::Unknown => OUTLIVE_BAD_ARGUMENT,
        Refusal::WrongThread => OUTLIVE_WRONG_THREAD,
        Refusal::Concurrent => OUTLIVE_BUSY,
        Refusal::OtherType => OUTLIVE_UNSUPPORTED,
    }
}

pub(crate) fn of_not_held(_: NotHeldError) -> c_int {
    OUTLIVE_NOT_HELD
}
