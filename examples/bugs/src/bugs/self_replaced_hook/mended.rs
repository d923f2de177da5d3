//! The same binding: C's destructor ends the hook, when no call is inside any more.

use core::convert::Infallible;
use core::ffi::CStr;
use core::mem::ManuallyDrop;

use outlive::Callback;

use super::program;
use super::sys::{
    database, database_close, database_open, database_run, database_set_trace, trace_cb,
};

struct Database(*mut database);

impl program::Database for Database {
    fn open() -> Self {
        // SAFETY: it has no preconditions.
        Database(unsafe { database_open() })
    }

    // ANCHOR: bug
    fn on_trace<F: Fn(&Self, &CStr) + 'static>(&self, hook: F) {
        let hook = Callback::<trace_cb>::local(move |db, sql| {
            let db = ManuallyDrop::new(Database(db));
            // SAFETY: C passes a string.
            hook(&db, unsafe { CStr::from_ptr(sql) });
        });
        let given = hook.expect("a slot is free").hand_over(|hook| {
            let (function, user, destroy) =
                (hook.function(), hook.user_data(), hook.destroy_notify());
            // SAFETY: the database is open.
            unsafe { database_set_trace(self.0, function, user, Some(destroy)) };
            Ok::<(), Infallible>(())
        });
        given.expect("C takes every hook");
    }
    // ANCHOR_END: bug

    fn run(&self, sql: &CStr) {
        // SAFETY: the database is open.
        unsafe { database_run(self.0, sql.as_ptr()) };
    }
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
