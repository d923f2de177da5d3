//! A connection to a database.

use std::ffi::{CStr, CString, c_int};
use std::ptr;

use libsqlite3_sys as ffi;

use crate::hooks::Hooks;
use crate::quiet::Running;
use crate::{Error, Statement, Value};

/// A connection to a database. It is closed when it is dropped.
///
/// ```
/// use outlive_sqlite::{Connection, Value};
///
/// let db = Connection::open_in_memory()?;
/// db.execute("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'one'), (2, 'two');")?;
/// assert_eq!(db.query("SELECT b FROM t WHERE a = ?", &[Value::Integer(2)])?, [[Value::from("two")]]);
/// # Ok::<(), outlive_sqlite::Error>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    raw: *mut ffi::sqlite3,
    hooks: Hooks,
}

impl Connection {
    /// Opens a database in memory.
    ///
    /// # Errors
    ///
    /// Where there is no memory.
    pub fn open_in_memory() -> Result<Self, Error> {
        Connection::open(":memory:", None)
    }

    /// Opens or makes the database `path`, by the file system that is registered as `vfs`.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn open(path: &str, vfs: Option<&str>) -> Result<Self, Error> {
        let path = c_string(path)?;
        let vfs = vfs.map(c_string).transpose()?;
        let vfs = vfs.as_ref().map_or(ptr::null(), |vfs| vfs.as_ptr());
        let mut raw = ptr::null_mut();
        let flags = ffi::SQLITE_OPEN_READWRITE
            | ffi::SQLITE_OPEN_CREATE
            | ffi::SQLITE_OPEN_NOMUTEX
            | ffi::SQLITE_OPEN_EXRESCODE;
        // SAFETY: the strings are there for the call.
        let code = unsafe { ffi::sqlite3_open_v2(path.as_ptr(), &raw mut raw, flags, vfs) };
        if raw.is_null() {
            return Err(Error::of_code(code));
        }
        // SQLite wants it closed where it could not be opened, too.
        let connection = Connection { raw, hooks: Hooks::default() };
        connection.check(code)?;
        Ok(connection)
    }

    /// Runs statements that have no parameters, one after the other, and forgets their rows.
    ///
    /// # Errors
    ///
    /// What SQLite says of the first that fails; those before it have been done.
    pub fn execute(&self, mut sql: &str) -> Result<(), Error> {
        while !sql.is_empty() {
            let (mut statement, length) = Statement::prepare(self, sql)?;
            for row in statement.query(&[])? {
                row?;
            }
            sql = &sql[length..];
        }
        Ok(())
    }

    /// Prepares one statement.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn prepare(&self, sql: &str) -> Result<Statement<'_>, Error> {
        Ok(Statement::prepare(self, sql)?.0)
    }

    /// Runs one statement, and returns all its rows.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, Error> {
        self.prepare(sql)?.query(parameters)?.collect()
    }

    pub(crate) fn as_ptr(&self) -> *mut ffi::sqlite3 {
        self.raw
    }

    /// An error for a code that is none of success.
    pub(crate) fn check(&self, code: c_int) -> Result<(), Error> {
        if matches!(code, ffi::SQLITE_OK | ffi::SQLITE_DONE | ffi::SQLITE_ROW) {
            return Ok(());
        }
        // SAFETY: the connection is open.
        let message = unsafe { ffi::sqlite3_errmsg(self.raw) };
        // SAFETY: the message is there until the next call.
        let message = unsafe { CStr::from_ptr(message) };
        Err(Error::new(code, message.to_string_lossy()))
    }

    /// What may not use the connection is not running.
    pub(crate) fn check_outside_of_hooks(&self) -> Result<(), Error> {
        if self.hooks.running().is_any() {
            let words = "neither a hook nor a destructor may use its own connection";
            return Err(Error::new(ffi::SQLITE_MISUSE, words));
        }
        Ok(())
    }

    pub(crate) fn all_hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// What a value has that may not use the connection.
    pub(crate) fn running(&self) -> Running {
        self.hooks.running().clone()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: nobody else has the connection.
        let code = unsafe { ffi::sqlite3_close(self.raw) };
        // It stays open if a statement was forgotten; then the hooks end, and what SQLite has of them stays valid.
        if code == ffi::SQLITE_OK {
            // SAFETY: it is closed.
            unsafe { self.hooks.release() };
        }
    }
}

pub(crate) fn c_string(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::new(ffi::SQLITE_MISUSE, "the text has a zero byte in it"))
}
