//! Hooks: what a connection asks, and tells, while it runs.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;
use std::time::Duration;

use libsqlite3_sys as ffi;
use outlive::{Callback, HoldError, Local};

use crate::function::no_slot;
use crate::quiet::{Quiet, Running};
use crate::{Connection, Error};

type Ask = Option<unsafe extern "C" fn(user: *mut c_void) -> c_int>;
type Tell = Option<unsafe extern "C" fn(user: *mut c_void)>;
type Busy = Option<unsafe extern "C" fn(user: *mut c_void, attempts: c_int) -> c_int>;
type Update = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        action: c_int,
        database: *const c_char,
        table: *const c_char,
        rowid: i64,
    ),
>;
type Authorize = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        action: c_int,
        first: *const c_char,
        second: *const c_char,
        database: *const c_char,
        source: *const c_char,
    ) -> c_int,
>;
type TraceEvent = Option<
    unsafe extern "C" fn(
        event: c_uint,
        user: *mut c_void,
        subject: *mut c_void,
        detail: *mut c_void,
    ) -> c_int,
>;

type Place<S> = RefCell<Option<Callback<S, Local>>>;

/// The hooks that a connection has, and whether one is running.
#[derive(Debug, Default)]
pub(crate) struct Hooks {
    running: Running,
    commit: Place<Ask>,
    rollback: Place<Tell>,
    update: Place<Update>,
    progress: Place<Ask>,
    busy: Place<Busy>,
    authorize: Place<Authorize>,
    trace: Place<TraceEvent>,
}

impl Hooks {
    pub(crate) fn running(&self) -> &Running {
        &self.running
    }

    /// Gives everything back.
    ///
    /// # Safety
    ///
    /// The connection is closed.
    pub(crate) unsafe fn release(&self) {
        // SAFETY: the caller's promise, for each of them.
        unsafe { forget(&self.commit, None) };
        // SAFETY: as above: the connection is closed.
        unsafe { forget(&self.rollback, None) };
        // SAFETY: as above: the connection is closed.
        unsafe { forget(&self.update, None) };
        // SAFETY: as above: the connection is closed.
        unsafe { forget(&self.progress, None) };
        // SAFETY: as above: the connection is closed.
        unsafe { forget(&self.busy, None) };
        // SAFETY: as above: the connection is closed.
        unsafe { forget(&self.authorize, None) };
        // SAFETY: as above: the connection is closed.
        unsafe { forget(&self.trace, None) };
    }
}

/// Puts a hook in the place of the one before, which is given back: at once, or when its own call has left, if it is that which
/// does this.
///
/// # Safety
///
/// `register` gives SQLite the function and the user data, or NULL, and SQLite forgets those before.
unsafe fn put<S: Copy + Default, F>(
    place: &Place<S>,
    hook: Option<Result<Callback<S, Local>, HoldError<F>>>,
    register: impl FnOnce(S, *mut c_void),
) -> Result<(), Error> {
    let hook = hook.transpose().map_err(no_slot)?;
    let (function, user_data) = match &hook {
        Some(hook) => (hook.function(), hook.user_data()),
        None => (S::default(), ptr::null_mut()),
    };
    register(function, user_data);
    // SAFETY: the caller's promise.
    unsafe { forget(place, hook) };
    Ok(())
}

/// Gives the hook before back.
///
/// # Safety
///
/// SQLite has forgotten it.
unsafe fn forget<S: Copy>(place: &Place<S>, next: Option<Callback<S, Local>>) {
    // What its closure owns may set hooks when it is dropped, so the place is not borrowed then.
    let before = place.replace(next);
    if let Some(before) = before {
        // SAFETY: the caller's promise.
        let _ = unsafe { before.release() };
    }
}

/// What an update hook is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A row was inserted.
    Insert,
    /// A row was changed.
    Update,
    /// A row was deleted.
    Delete,
}

/// What an authorizer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Go on.
    Allow,
    /// The statement is not prepared, with an error.
    Deny,
    /// The column is read as NULL, the action left out.
    Ignore,
}

/// What a trace hook is told of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trace<'a> {
    /// A statement starts, or a trigger in it: its text as it was prepared.
    Start(&'a str),
    /// A statement is over, after so long.
    End(Duration),
    /// A statement has made a row.
    Row,
    /// The connection is being closed.
    Close,
}

/// A string of SQLite's.
///
/// # Safety
///
/// It is NULL or a string, for as long as the result is used.
unsafe fn text<'a>(string: *const c_char) -> &'a str {
    if string.is_null() {
        return "";
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(string) }.to_str().unwrap_or("")
}

/// A hook for [`Connection::on_update`]: what was done, the database, the table, the row's number.
pub type UpdateHook = Box<dyn Fn(Action, &str, &str, i64)>;
/// A hook for [`Connection::on_authorize`].
pub type AuthorizeHook = Box<dyn Fn(c_int, &str, &str) -> Authorization>;
/// A hook for [`Connection::on_trace`].
pub type TraceHook = Box<dyn Fn(Trace<'_>)>;
/// A hook that decides.
pub type AskHook = Box<dyn Fn() -> bool>;

/// Each sets a hook, and `None` takes it away. A hook may do that to itself while it runs: then it ends when it returns. Hooks
/// are called on this thread, inside of a statement of this connection, and may not run others on it: that is
/// `SQLITE_MISUSE`, and so it is for the destructors of what they own.
impl Connection {
    /// A row of a table with row numbers was changed. A panic is an incident, and the statement goes on.
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    /// use outlive_sqlite::Connection;
    ///
    /// let (db, count) = (Rc::new(Connection::open_in_memory()?), Rc::new(Cell::new(0)));
    /// let (counter, own) = (count.clone(), Rc::downgrade(&db));
    /// // The first change only: the hook takes itself away.
    /// db.on_update(Some(Box::new(move |_action, _database, _table, _rowid| {
    ///     counter.set(counter.get() + 1);
    ///     if let Some(db) = own.upgrade() {
    ///         db.on_update(None).unwrap();
    ///     }
    /// })))?;
    /// db.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)")?;
    /// assert_eq!(count.get(), 1);
    /// # Ok::<(), outlive_sqlite::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left.
    pub fn on_update(&self, hook: Option<UpdateHook>) -> Result<(), Error> {
        let hook = hook.map(|hook| {
            let hook = self.quiet(hook);
            Callback::<Update>::user_data_first().local(move |action, database, table, rowid| {
                let action = match action {
                    ffi::SQLITE_INSERT => Action::Insert,
                    ffi::SQLITE_DELETE => Action::Delete,
                    _ => Action::Update,
                };
                // SAFETY: a name of SQLite's, valid for the call.
                let database = unsafe { text(database) };
                // SAFETY: a name of SQLite's, valid for the call.
                let table = unsafe { text(table) };
                hook.run(|hook| hook(action, database, table, rowid));
            })
        });
        let register = |function, user_data| {
            // SAFETY: the connection is open; the arguments are what SQLite's manual says.
            unsafe { ffi::sqlite3_update_hook(self.as_ptr(), function, user_data) };
        };
        // SAFETY: a connection has one such hook.
        unsafe { put(&self.all_hooks().update, hook, register) }
    }

    /// A transaction is to be committed: `false` turns that into a rollback, and so does a panic.
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left.
    pub fn on_commit(&self, hook: Option<AskHook>) -> Result<(), Error> {
        let hook = hook.map(|hook| self.ask(hook));
        let register = |function, user_data| {
            // SAFETY: the connection is open; the arguments are what SQLite's manual says.
            unsafe { ffi::sqlite3_commit_hook(self.as_ptr(), function, user_data) };
        };
        // SAFETY: a connection has one such hook.
        unsafe { put(&self.all_hooks().commit, hook, register) }
    }

    /// A transaction was rolled back. A panic is an incident, and SQLite goes on.
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left.
    pub fn on_rollback(&self, hook: Option<Box<dyn Fn()>>) -> Result<(), Error> {
        let hook = hook.map(|hook| {
            let hook = self.quiet(hook);
            Callback::<Tell>::local(move || hook.run(|hook| hook()))
        });
        let register = |function, user_data| {
            // SAFETY: the connection is open; the arguments are what SQLite's manual says.
            unsafe { ffi::sqlite3_rollback_hook(self.as_ptr(), function, user_data) };
        };
        // SAFETY: a connection has one such hook.
        unsafe { put(&self.all_hooks().rollback, hook, register) }
    }

    /// A statement has run for about so many instructions of SQLite's machine: `false` interrupts it, and so does a
    /// panic.
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left.
    pub fn on_progress(&self, instructions: u16, hook: Option<AskHook>) -> Result<(), Error> {
        let hook = hook.map(|hook| self.ask(hook));
        let instructions = c_int::from(instructions.max(1));
        let register = |function, user_data| {
            // SAFETY: the connection is open; the arguments are what SQLite's manual says.
            unsafe {
                ffi::sqlite3_progress_handler(self.as_ptr(), instructions, function, user_data);
            }
        };
        // SAFETY: a connection has one such hook.
        unsafe { put(&self.all_hooks().progress, hook, register) }
    }

    /// Another connection has the lock, after so many attempts: `true` tries again; `false`, and a panic, is
    /// `SQLITE_BUSY`.
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left.
    pub fn on_busy(&self, hook: Option<Box<dyn Fn(u32) -> bool>>) -> Result<(), Error> {
        let hook = hook.map(|hook| {
            let hook = self.quiet(hook);
            Callback::<Busy>::user_data_first().local_or(0, move |attempts: c_int| {
                c_int::from(hook.run(|hook| hook(attempts.unsigned_abs())))
            })
        });
        let register = |function, user_data| {
            // SAFETY: the connection is open; the arguments are what SQLite's manual says.
            unsafe { ffi::sqlite3_busy_handler(self.as_ptr(), function, user_data) };
        };
        // SAFETY: a connection has one such hook.
        unsafe { put(&self.all_hooks().busy, hook, register) }
    }

    /// A statement is being prepared that does this; what the two names are depends on the action, one of SQLite's
    /// (`SQLITE_READ` has table and column). A panic denies it.
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left.
    pub fn on_authorize(&self, hook: Option<AuthorizeHook>) -> Result<(), Error> {
        let hook = hook.map(|hook| {
            let hook = self.quiet(hook);
            let authorize = move |action, first, second, _database, _source| {
                // SAFETY: NULL or a name of SQLite's, valid for the call.
                let first = unsafe { text(first) };
                // SAFETY: NULL or a name of SQLite's, valid for the call.
                let second = unsafe { text(second) };
                match hook.run(|hook| hook(action, first, second)) {
                    Authorization::Allow => ffi::SQLITE_OK,
                    Authorization::Deny => ffi::SQLITE_DENY,
                    Authorization::Ignore => ffi::SQLITE_IGNORE,
                }
            };
            Callback::<Authorize>::user_data_first().local_or(ffi::SQLITE_DENY, authorize)
        });
        let register = |function, user_data| {
            // SAFETY: the connection is open; the arguments are what SQLite's manual says.
            unsafe { ffi::sqlite3_set_authorizer(self.as_ptr(), function, user_data) };
        };
        // SAFETY: a connection has one such hook.
        unsafe { put(&self.all_hooks().authorize, hook, register) }
    }

    /// What the connection does, as it does it. A panic is an incident, and the statement goes on.
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left.
    pub fn on_trace(&self, hook: Option<TraceHook>) -> Result<(), Error> {
        let hook = hook.map(|hook| {
            let hook = self.quiet(hook);
            Callback::<TraceEvent>::user_data_at::<1>().local_or(0, move |event, _, detail| {
                let event = match event {
                    // SAFETY: the detail of this event is a string, valid for the call.
                    ffi::SQLITE_TRACE_STMT => Trace::Start(unsafe { text(detail.cast()) }),
                    ffi::SQLITE_TRACE_PROFILE => {
                        // SAFETY: the detail of this event is a number of 64 bits.
                        let nanoseconds = unsafe { detail.cast::<i64>().read() };
                        Trace::End(Duration::from_nanos(nanoseconds.unsigned_abs()))
                    }
                    ffi::SQLITE_TRACE_ROW => Trace::Row,
                    _ => Trace::Close,
                };
                hook.run(|hook| hook(event));
                0
            })
        });
        let events = ffi::SQLITE_TRACE_STMT
            | ffi::SQLITE_TRACE_PROFILE
            | ffi::SQLITE_TRACE_ROW
            | ffi::SQLITE_TRACE_CLOSE;
        let register = |function: TraceEvent, user_data| {
            let events = if function.is_some() { events } else { 0 };
            // SAFETY: the connection is open; the arguments are what SQLite's manual says.
            unsafe { ffi::sqlite3_trace_v2(self.as_ptr(), events, function, user_data) };
        };
        // SAFETY: a connection has one such hook.
        unsafe { put(&self.all_hooks().trace, hook, register) }
    }

    /// A hook that decides; refused, it says no.
    fn ask(&self, hook: AskHook) -> Result<Callback<Ask, Local>, HoldError<impl Fn() -> c_int>> {
        let hook = self.quiet(hook);
        Callback::<Ask>::local_or(1, move || c_int::from(!hook.run(|hook| hook())))
    }

    fn quiet<T>(&self, hook: T) -> Quiet<T> {
        Quiet::new(self.running(), hook)
    }
}
