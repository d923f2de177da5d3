//! Values, as SQLite has them.

use std::ffi::c_int;
use std::slice;

use libsqlite3_sys as ffi;

use crate::Error;

/// A value of SQLite's, by its storage class.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL
    Null,
    /// INTEGER
    Integer(i64),
    /// REAL
    Real(f64),
    /// TEXT. What is not UTF-8 is replaced.
    Text(String),
    /// BLOB
    Blob(Vec<u8>),
}

impl Value {
    /// Copies a value out of SQLite.
    ///
    /// # Safety
    ///
    /// `value` is a protected value that is valid for the call.
    pub(crate) unsafe fn read(value: *mut ffi::sqlite3_value) -> Self {
        // SAFETY: the value is valid, so that it has a type.
        match unsafe { ffi::sqlite3_value_type(value) } {
            // SAFETY: as for the type.
            ffi::SQLITE_INTEGER => Value::Integer(unsafe { ffi::sqlite3_value_int64(value) }),
            // SAFETY: as for the type.
            ffi::SQLITE_FLOAT => Value::Real(unsafe { ffi::sqlite3_value_double(value) }),
            ffi::SQLITE_TEXT => {
                // SAFETY: the text comes before its length, which is then that of UTF-8.
                let text = unsafe { ffi::sqlite3_value_text(value) };
                // SAFETY: so many bytes are there until the value is changed.
                let bytes = unsafe { bytes(text, value) };
                Value::Text(String::from_utf8_lossy(bytes).into_owned())
            }
            ffi::SQLITE_BLOB => {
                // SAFETY: the blob comes before its length.
                let blob = unsafe { ffi::sqlite3_value_blob(value) };
                // SAFETY: so many bytes are there until the value is changed.
                Value::Blob(unsafe { bytes(blob.cast(), value) }.to_vec())
            }
            _ => Value::Null,
        }
    }

    /// Copies the arguments of a callback out of SQLite.
    ///
    /// # Safety
    ///
    /// They are protected values that are valid for the call.
    pub(crate) unsafe fn read_all(values: &[*mut ffi::sqlite3_value]) -> Vec<Self> {
        // SAFETY: the caller's promise.
        values.iter().map(|value| unsafe { Value::read(*value) }).collect()
    }

    /// Makes this the result of a function.
    ///
    /// # Safety
    ///
    /// `context` is that of a call that is running.
    pub(crate) unsafe fn give(&self, context: *mut ffi::sqlite3_context) {
        let copied = ffi::SQLITE_TRANSIENT();
        match self {
            // SAFETY: the caller's promise.
            Value::Null => unsafe { ffi::sqlite3_result_null(context) },
            // SAFETY: the caller's promise.
            Value::Integer(value) => unsafe { ffi::sqlite3_result_int64(context, *value) },
            // SAFETY: the caller's promise.
            Value::Real(value) => unsafe { ffi::sqlite3_result_double(context, *value) },
            // SAFETY: the caller's promise; SQLite copies so many bytes.
            Value::Text(text) => unsafe {
                ffi::sqlite3_result_text64(
                    context,
                    text.as_ptr().cast(),
                    text.len() as u64,
                    copied,
                    ffi::SQLITE_UTF8 as u8,
                )
            },
            // SAFETY: as for text.
            Value::Blob(blob) => unsafe {
                ffi::sqlite3_result_blob64(context, blob.as_ptr().cast(), blob.len() as u64, copied)
            },
        }
    }
}

/// The bytes of a text or a blob.
///
/// # Safety
///
/// `start` is what SQLite has just given for the value, which is not changed for as long as the result is used.
unsafe fn bytes<'a>(start: *const u8, value: *mut ffi::sqlite3_value) -> &'a [u8] {
    // SAFETY: the caller's promise.
    let size = unsafe { ffi::sqlite3_value_bytes(value) };
    match usize::try_from(size) {
        // SAFETY: SQLite has so many bytes there; NULL it gives without memory.
        Ok(size @ 1..) if !start.is_null() => unsafe { slice::from_raw_parts(start, size) },
        _ => &[],
    }
}

/// Makes what a closure returned the result of a function.
///
/// # Safety
///
/// `context` is that of a call that is running.
pub(crate) unsafe fn give_result(context: *mut ffi::sqlite3_context, result: Result<Value, Error>) {
    match result {
        // SAFETY: the caller's promise.
        Ok(value) => unsafe { value.give(context) },
        // SAFETY: the caller's promise.
        Err(error) => unsafe { give_error(context, &error) },
    }
}

/// Makes an error the result of a function.
///
/// # Safety
///
/// `context` is that of a call that is running.
pub(crate) unsafe fn give_error(context: *mut ffi::sqlite3_context, error: &Error) {
    let size = c_int::try_from(error.message.len()).unwrap_or(c_int::MAX);
    // SAFETY: the caller's promise; SQLite copies so many bytes.
    unsafe { ffi::sqlite3_result_error(context, error.message.as_ptr().cast(), size) };
    // SAFETY: the caller's promise.
    unsafe { ffi::sqlite3_result_error_code(context, error.code) };
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Blob(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
