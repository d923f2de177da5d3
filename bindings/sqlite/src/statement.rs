//! Prepared statements and their rows.

use std::ffi::{c_char, c_int};
use std::marker::PhantomData;
use std::ptr;

use libsqlite3_sys as ffi;

use crate::{Connection, Error, Value};

/// A prepared statement. It is finalized when it is dropped.
#[derive(Debug)]
pub struct Statement<'c> {
    /// NULL for a statement that is empty, or only a comment.
    raw: *mut ffi::sqlite3_stmt,
    connection: &'c Connection,
}

/// The rows of a statement that runs; it is reset when they are dropped.
#[derive(Debug)]
pub struct Rows<'s> {
    raw: *mut ffi::sqlite3_stmt,
    connection: &'s Connection,
    is_over: bool,
    _statement: PhantomData<&'s mut Statement<'s>>,
}

impl<'c> Statement<'c> {
    /// Prepares the first statement of `sql`, and says how long it is.
    pub(crate) fn prepare(connection: &'c Connection, sql: &str) -> Result<(Self, usize), Error> {
        connection.check_outside_of_hooks()?;
        let start: *const c_char = sql.as_ptr().cast();
        let size = c_int::try_from(sql.len()).map_err(|_| Error::of_code(ffi::SQLITE_TOOBIG))?;
        let (mut raw, mut rest) = (ptr::null_mut(), ptr::null());
        // SAFETY: the connection is open, and so many bytes are there.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(connection.as_ptr(), start, size, &raw mut raw, &raw mut rest)
        };
        connection.check(code)?;
        let length = rest.addr() - start.addr();
        Ok((Statement { raw, connection }, length))
    }

    /// Runs the statement with values for its parameters.
    ///
    /// # Errors
    ///
    /// Where there are more values than parameters.
    pub fn query(&mut self, parameters: &[Value]) -> Result<Rows<'_>, Error> {
        for (value, index) in parameters.iter().zip(1..) {
            // SAFETY: the statement is not running: no `Rows` of it is there.
            let code = unsafe { bind(self.raw, index, value) };
            self.connection.check(code)?;
        }
        Ok(Rows {
            raw: self.raw,
            connection: self.connection,
            is_over: self.raw.is_null(),
            _statement: PhantomData,
        })
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: it is used by nobody any more. What went wrong has been said by the step.
        unsafe { ffi::sqlite3_finalize(self.raw) };
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<Value>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        if let Err(error) = self.connection.check_outside_of_hooks() {
            self.is_over = true;
            return Some(Err(error));
        }
        // SAFETY: the statement is there for as long as its rows.
        match unsafe { ffi::sqlite3_step(self.raw) } {
            ffi::SQLITE_ROW => Some(Ok(self.row())),
            code => {
                self.is_over = true;
                self.connection.check(code).err().map(Err)
            }
        }
    }
}

impl Rows<'_> {
    fn row(&self) -> Vec<Value> {
        // SAFETY: a row is there.
        let columns = unsafe { ffi::sqlite3_column_count(self.raw) };
        let read = |column| {
            // SAFETY: the column is one of the row's; nobody else uses the connection, so that the value is protected.
            let value = unsafe { ffi::sqlite3_column_value(self.raw, column) };
            // SAFETY: it is valid until the next step.
            unsafe { Value::read(value) }
        };
        (0..columns).map(read).collect()
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        // SAFETY: the statement is there for as long as its rows.
        unsafe { ffi::sqlite3_reset(self.raw) };
        // SAFETY: it is not running any more.
        unsafe { ffi::sqlite3_clear_bindings(self.raw) };
    }
}

/// Binds a value, which SQLite copies.
///
/// # Safety
///
/// `statement` is NULL or prepared, and not running.
unsafe fn bind(statement: *mut ffi::sqlite3_stmt, index: c_int, value: &Value) -> c_int {
    let copied = ffi::SQLITE_TRANSIENT();
    match value {
        // SAFETY: the caller's promise.
        Value::Null => unsafe { ffi::sqlite3_bind_null(statement, index) },
        // SAFETY: the caller's promise.
        Value::Integer(value) => unsafe { ffi::sqlite3_bind_int64(statement, index, *value) },
        // SAFETY: the caller's promise.
        Value::Real(value) => unsafe { ffi::sqlite3_bind_double(statement, index, *value) },
        // SAFETY: the caller's promise; so many bytes are there.
        Value::Text(text) => unsafe {
            ffi::sqlite3_bind_text64(
                statement,
                index,
                text.as_ptr().cast(),
                text.len() as u64,
                copied,
                ffi::SQLITE_UTF8 as u8,
            )
        },
        // SAFETY: as for text.
        Value::Blob(blob) => unsafe {
            ffi::sqlite3_bind_blob64(
                statement,
                index,
                blob.as_ptr().cast(),
                blob.len() as u64,
                copied,
            )
        },
    }
}
