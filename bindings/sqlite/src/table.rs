//! What a virtual table is to its rows.

use std::cell::RefCell;
use std::collections::BTreeMap;

use libsqlite3_sys as ffi;

use crate::{Error, Value};

/// A collection of rows that SQL can read, and change where it has the methods for that.
///
/// Rows have numbers, and a cursor has the number of its row and nothing else, so that the collection may change while a
/// statement reads it. All methods are called on the connection's thread, inside of a statement, and may run statements
/// of their own; the destructor may not.
pub trait Table: 'static {
    /// The columns, as they stand between the parentheses of `CREATE TABLE`, such as `name TEXT, size INTEGER`.
    fn columns(&self) -> String;

    /// The first row whose number is at least `from`.
    ///
    /// # Errors
    ///
    /// They end the statement, here and below.
    fn next(&self, from: i64) -> Result<Option<i64>, Error>;

    /// A value of a row that `next` has found. The row may be gone since, which is no error.
    ///
    /// # Errors
    ///
    /// They end the statement.
    fn value(&self, row: i64, column: usize) -> Result<Value, Error>;

    /// Adds a row, with this number if there is one, and says which number it has.
    ///
    /// # Errors
    ///
    /// They end the statement; what it did before stays done.
    fn insert(&self, _row: Option<i64>, _values: &[Value]) -> Result<i64, Error> {
        Err(read_only())
    }

    /// Changes a row, and its number from `row` to `new_row`.
    ///
    /// # Errors
    ///
    /// As for `insert`.
    fn update(&self, _row: i64, _new_row: i64, _values: &[Value]) -> Result<(), Error> {
        Err(read_only())
    }

    /// Deletes a row.
    ///
    /// # Errors
    ///
    /// As for `insert`.
    fn delete(&self, _row: i64) -> Result<(), Error> {
        Err(read_only())
    }
}

fn read_only() -> Error {
    Error::new(ffi::SQLITE_READONLY, "the table is not for writing")
}

/// A Rust type whose values are rows.
pub trait Row: Sized + 'static {
    /// As [`Table::columns`].
    const COLUMNS: &'static str;

    /// The value in a column, counted from 0.
    fn value(&self, column: usize) -> Value;

    /// The row with these values.
    ///
    /// # Errors
    ///
    /// They end the statement.
    fn from_values(values: &[Value]) -> Result<Self, Error>;
}

/// A map of rows by their numbers is a table.
impl<R: Row> Table for RefCell<BTreeMap<i64, R>> {
    fn columns(&self) -> String {
        R::COLUMNS.to_owned()
    }

    fn next(&self, from: i64) -> Result<Option<i64>, Error> {
        Ok(self.borrow().range(from..).next().map(|(row, _)| *row))
    }

    fn value(&self, row: i64, column: usize) -> Result<Value, Error> {
        Ok(self.borrow().get(&row).map_or(Value::Null, |row| row.value(column)))
    }

    fn insert(&self, row: Option<i64>, values: &[Value]) -> Result<i64, Error> {
        let mut rows = self.borrow_mut();
        let after_last = || match rows.last_key_value() {
            Some((last, _)) => last.checked_add(1),
            None => Some(1),
        };
        let full = || Error::new(ffi::SQLITE_FULL, "the last number of a row is in use");
        let number = row.or_else(after_last).ok_or_else(full)?;
        if rows.contains_key(&number) {
            return Err(taken(number));
        }
        rows.insert(number, R::from_values(values)?);
        Ok(number)
    }

    fn update(&self, row: i64, new_row: i64, values: &[Value]) -> Result<(), Error> {
        let mut rows = self.borrow_mut();
        if row != new_row && rows.contains_key(&new_row) {
            return Err(taken(new_row));
        }
        let changed = R::from_values(values)?;
        rows.remove(&row);
        rows.insert(new_row, changed);
        Ok(())
    }

    fn delete(&self, row: i64) -> Result<(), Error> {
        self.borrow_mut().remove(&row);
        Ok(())
    }
}

fn taken(row: i64) -> Error {
    Error::new(ffi::SQLITE_CONSTRAINT, format!("there is a row {row} already"))
}
