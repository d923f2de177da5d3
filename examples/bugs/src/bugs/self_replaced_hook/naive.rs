//! The binding as it is often written: the hook is a box, which C's destructor frees.

use core::ffi::{CStr, c_char, c_void};
use core::mem::ManuallyDrop;

use super::program;
use super::sys::{database, database_close, database_open, database_run, database_set_trace};
use crate::memory::Box;

struct Database(*mut database);

impl program::Database for Database {
    fn open() -> Self {
        // SAFETY: it has no preconditions.
        Database(unsafe { database_open() })
    }

    // ANCHOR: bug
    fn on_trace<F: Fn(&Self, &CStr) + 'static>(&self, hook: F) {
        let hook = Box::into_raw(Box::new(hook)).cast();
        // SAFETY: none: the hook that is replaced may be running, and `destroy` frees it.
        unsafe { database_set_trace(self.0, Some(trace::<F>), hook, Some(destroy::<F>)) };
    }
    // ANCHOR_END: bug

    fn run(&self, sql: &CStr) {
        // SAFETY: the database is open.
        unsafe { database_run(self.0, sql.as_ptr()) };
    }
}

/// C calls it with each statement, in `database_run`.
unsafe extern "C" fn trace<F: Fn(&Database, &CStr)>(
    db: *mut database,
    sql: *const c_char,
    hook: *mut c_void,
) {
    let db = ManuallyDrop::new(Database(db));
    // SAFETY: C passes a string.
    let sql = unsafe { CStr::from_ptr(sql) };
    // SAFETY: none: nothing keeps the hook for as long as it runs.
    let hook = unsafe { &*hook.cast::<F>() };
    hook(&db, sql);
}

/// C calls it when the hook is replaced, or the database closed.
unsafe extern "C" fn destroy<F>(hook: *mut c_void) {
    // SAFETY: it is from `into_raw`, and C forgets it.
    drop(unsafe { Box::from_raw(hook.cast::<F>()) });
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: the database is open.
        unsafe { database_close(self.0) };
    }
}

pub(super) fn run() -> String {
    program::run::<Database>()
}
