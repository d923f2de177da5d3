//! A program that traces the first statement in its own way.

use core::ffi::CStr;

use crate::log::Log;

/// A binding of the database, which closes it when dropped.
pub(super) trait Database: Sized {
    fn open() -> Self;
    /// Sets the hook, which gets the database itself and the statement. Any hook before it is gone.
    fn on_trace<F: Fn(&Self, &CStr) + 'static>(&self, hook: F);
    fn run(&self, sql: &CStr);
}

pub(super) fn run<D: Database>() -> String {
    let log = Log::new();
    let hooks = log.clone();
    let db = D::open();
    db.on_trace(move |db, sql| {
        hooks.add(format_args!("{}: the first hook", sql.to_string_lossy()));
        let log = hooks.clone();
        let second = move |_: &D, sql: &CStr| {
            log.add(format_args!("{}: the second hook", sql.to_string_lossy()));
        };
        db.on_trace(second);
        hooks.add("which went on when it was replaced");
    });
    db.run(c"BEGIN");
    db.run(c"COMMIT");
    drop(db);
    log.to_string()
}
