//! What this crate's shared object exports: tables held by a copy of the library that is unloaded.

use core::ffi::{c_int, c_void};
use std::sync::{Mutex, PoisonError};

use crate::binding::{Binding, Hand, Host, Library, Shared};
use crate::sys::keeper_table;

static HELD: Mutex<Vec<Shared<keeper_table>>> = Mutex::new(Vec::new());

/// Holds a table and keeps its handle: hand-written, or the library's.
///
/// The scenario that has loaded the object calls this, once, on its own thread. The table is this
/// object's.
///
/// # Safety
///
/// `arg` has room for the user data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_hostile_hold(
    control: bool,
    id: c_int,
    arg: *mut *mut c_void,
) -> *mut keeper_table {
    let binding: &dyn Binding = if control { &Hand } else { &Library };
    let table = binding.events(Host::new(id));
    let raw = table.raw();
    // SAFETY: the caller's promise.
    unsafe { arg.write(table.arg()) };
    HELD.lock().unwrap_or_else(PoisonError::into_inner).push(table);
    raw
}

/// Ends every table that [`outlive_hostile_hold`] has held.
///
/// The scenario that has loaded the object calls this, on its own thread.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_hostile_end() {
    HELD.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
