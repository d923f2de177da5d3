//! Virtual tables and their cursors: objects that SQLite has, and gives back.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::rc::Rc;

use libsqlite3_sys as ffi;
use outlive::{Held, Out, callbacks, functions};

use crate::connection::c_string;
use crate::function::no_slot;
use crate::quiet::Quiet;
use crate::value::{Value, give_result};
use crate::{Error, Table};

/// What SQLite has of a table: a struct that begins with its own, in our memory.
#[repr(C)]
struct TableObject {
    base: ffi::sqlite3_vtab,
    user_data: *mut c_void,
}

/// What SQLite has of a cursor.
#[repr(C)]
struct CursorObject {
    base: ffi::sqlite3_vtab_cursor,
    user_data: *mut c_void,
}

/// Makes the object for a table of these rows, which SQLite will disconnect.
///
/// # Safety
///
/// It is called in the connection's `xConnect` or `xCreate`.
pub(crate) unsafe fn open(
    connection: *mut ffi::sqlite3,
    rows: Quiet<Rc<dyn Table>>,
) -> Result<*mut ffi::sqlite3_vtab, Error> {
    let declaration = c_string(&format!("CREATE TABLE x({})", rows.get().columns()))?;
    // SAFETY: the caller's promise.
    let code = unsafe { ffi::sqlite3_declare_vtab(connection, declaration.as_ptr()) };
    if code != ffi::SQLITE_OK {
        return Err(Error::new(
            code,
            format!("SQLite does not take the columns: {}", rows.get().columns()),
        ));
    }
    let held = Held::local(VirtualTable(rows)).map_err(no_slot)?;
    let base = ffi::sqlite3_vtab { pModule: ptr::null(), nRef: 0, zErrMsg: ptr::null_mut() };
    let object = TableObject { base, user_data: held.into_user_data() };
    Ok(Box::into_raw(Box::new(object)).cast())
}

/// A message that SQLite frees.
pub(crate) fn message(error: &Error) -> *mut c_char {
    let Ok(text) = c_string(&error.message) else { return ptr::null_mut() };
    // SAFETY: the format takes one string.
    unsafe { ffi::sqlite3_mprintf(c"%s".as_ptr(), text.as_ptr()) }
}

/// The rows, behind a table object.
pub(crate) struct VirtualTable(Quiet<Rc<dyn Table>>);

/// The row of a cursor, and where it ends.
struct Cursor {
    table: Quiet<Rc<dyn Table>>,
    row: Cell<Option<i64>>,
    last: Cell<i64>,
}

// The bits of a plan, which SQLite keeps from `xBestIndex` to `xFilter`: which of its values are passed.
const EXACTLY: c_int = 1;
const FROM: c_int = 2;
const TO: c_int = 4;

// SQLite's pointers are valid for the call, and both kinds of object are ours.
#[callbacks(
    ffi::sqlite3_module,
    state = arg,
    user_data = unsafe { (*table.cast::<TableObject>()).user_data },
    unsafe(borrow),
    required(xBestIndex, xDisconnect, xDestroy, xOpen),
    constant(
        xClose = functions::<Cursor>().xClose,
        xFilter = functions::<Cursor>().xFilter,
        xNext = functions::<Cursor>().xNext,
        xEof = functions::<Cursor>().xEof,
        xColumn = functions::<Cursor>().xColumn,
        xRowid = functions::<Cursor>().xRowid,
    )
)]
#[allow(non_snake_case, reason = "these are SQLite's names")]
impl VirtualTable {
    /// SQLite asks it what a way to read the table would cost, when it prepares a statement.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xBestIndex(
        &self,
        table: *mut ffi::sqlite3_vtab,
        info: *mut ffi::sqlite3_index_info,
    ) -> c_int {
        // SAFETY: SQLite passes it, and only this call uses it.
        plan(unsafe { &mut *info });
        ffi::SQLITE_OK
    }

    /// SQLite calls it, or `xDestroy`, last: the object is given back.
    #[callback(last, fallback = free_table(table))]
    fn xDisconnect(&self, table: *mut ffi::sqlite3_vtab) -> c_int {
        free_table(table)
    }

    /// SQLite calls it for `DROP TABLE`, instead of `xDisconnect`.
    #[callback(last, fallback = free_table(table))]
    fn xDestroy(&self, table: *mut ffi::sqlite3_vtab) -> c_int {
        free_table(table)
    }

    /// SQLite calls it for each pass over the table. The cursor is SQLite's until it closes it, which is before it
    /// disconnects the table.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xOpen(
        &self,
        table: *mut ffi::sqlite3_vtab,
        opened: Out<'_, *mut ffi::sqlite3_vtab_cursor>,
    ) -> c_int {
        let cursor = Cursor {
            table: Quiet::new(self.0.running(), self.0.get().clone()),
            row: Cell::new(None),
            last: Cell::new(i64::MAX),
        };
        let held = match Held::local(cursor) {
            Ok(held) => held,
            Err(error) => return fail(table, &no_slot(error)),
        };
        let base = ffi::sqlite3_vtab_cursor { pVtab: table };
        let object = CursorObject { base, user_data: held.into_user_data() };
        opened.write(Box::into_raw(Box::new(object)).cast());
        ffi::SQLITE_OK
    }

    /// SQLite calls it for a row that is inserted, changed or deleted. The values are SQLite's, and valid for the call.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xUpdate(
        &self,
        table: *mut ffi::sqlite3_vtab,
        _count: c_int,
        #[len(_count)] values: &[*mut ffi::sqlite3_value],
        inserted: Out<'_, i64>,
    ) -> c_int {
        // SAFETY: the arguments of this call are protected, and valid for it.
        let values = unsafe { Value::read_all(values) };
        match change(&**self.0.get(), &values) {
            Ok(Some(row)) => {
                inserted.write(row);
                ffi::SQLITE_OK
            }
            Ok(None) => ffi::SQLITE_OK,
            Err(error) => fail(table, &error),
        }
    }
}

#[callbacks(
    ffi::sqlite3_module,
    state = arg,
    user_data = unsafe { (*cursor.cast::<CursorObject>()).user_data },
    unsafe(borrow),
    required(xClose, xFilter, xNext, xEof, xColumn, xRowid)
)]
#[allow(non_snake_case, reason = "these are SQLite's names")]
impl Cursor {
    /// SQLite calls it last: the object is given back.
    #[callback(last, fallback = free_cursor(cursor))]
    fn xClose(&self, cursor: *mut ffi::sqlite3_vtab_cursor) -> c_int {
        free_cursor(cursor)
    }

    /// SQLite calls it for a pass over the rows, by a plan of `xBestIndex`, and before all others.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xFilter(
        &self,
        cursor: *mut ffi::sqlite3_vtab_cursor,
        plan: c_int,
        _name: *const c_char,
        _count: c_int,
        #[len(_count)] values: &[*mut ffi::sqlite3_value],
    ) -> c_int {
        // SAFETY: the arguments of this call are protected, and valid for it.
        let values = unsafe { Value::read_all(values) };
        let (first, last) = range(plan, &values);
        self.last.set(last);
        self.go(cursor, Some(first))
    }

    /// SQLite calls it for the next row.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xNext(&self, cursor: *mut ffi::sqlite3_vtab_cursor) -> c_int {
        self.go(cursor, self.row.get().and_then(|row| row.checked_add(1)))
    }

    /// SQLite asks it whether there is a row.
    #[callback(fallback = 1)]
    fn xEof(&self, cursor: *mut ffi::sqlite3_vtab_cursor) -> c_int {
        let _ = cursor;
        c_int::from(self.row.get().is_none())
    }

    /// SQLite asks it for a value of the row.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xColumn(
        &self,
        cursor: *mut ffi::sqlite3_vtab_cursor,
        context: *mut ffi::sqlite3_context,
        column: c_int,
    ) -> c_int {
        let _ = cursor;
        let Some(row) = self.row.get() else { return ffi::SQLITE_OK };
        let value = self.table.get().value(row, usize::try_from(column).unwrap_or(0));
        // SAFETY: this is the call that the context is for.
        unsafe { give_result(context, value) };
        ffi::SQLITE_OK
    }

    /// SQLite asks it for the number of the row.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xRowid(&self, cursor: *mut ffi::sqlite3_vtab_cursor, row: Out<'_, i64>) -> c_int {
        let _ = cursor;
        row.write(self.row.get().unwrap_or(0));
        ffi::SQLITE_OK
    }
}

impl Cursor {
    /// Goes to the first row from here on.
    fn go(&self, cursor: *mut ffi::sqlite3_vtab_cursor, from: Option<i64>) -> c_int {
        self.row.set(None);
        let Some(from) = from else { return ffi::SQLITE_OK };
        match self.table.get().next(from) {
            Ok(row) => {
                self.row.set(row.filter(|row| *row <= self.last.get()));
                ffi::SQLITE_OK
            }
            // SAFETY: SQLite passes a cursor of ours, which has its table.
            Err(error) => fail(unsafe { (*cursor).pVtab }, &error),
        }
    }
}

/// Says which of a statement's conditions on the row's number can be used: SQLite passes their values to `xFilter`, and checks
/// the rows itself all the same.
fn plan(info: &mut ffi::sqlite3_index_info) {
    let count = usize::try_from(info.nConstraint).unwrap_or(0);
    let (mut plan, mut passed) = (0, 0);
    for condition in [EXACTLY, FROM, TO] {
        let fits = |index: &usize| {
            // SAFETY: the index is less than SQLite's count.
            let place = unsafe { info.aConstraint.add(*index) };
            // SAFETY: as above.
            let constraint = unsafe { *place };
            constraint.usable != 0
                && constraint.iColumn == -1
                && condition_of(constraint.op.into()) == condition
        };
        if let Some(index) = (0..count).find(fits) {
            plan |= condition;
            passed += 1;
            // SAFETY: there is one of these for each of the others.
            let usage = unsafe { info.aConstraintUsage.add(index) };
            // SAFETY: as above.
            unsafe { (*usage).argvIndex = passed };
        }
    }
    info.idxNum = plan;
    info.estimatedCost = if plan & EXACTLY != 0 { 1.0 } else { 1e6 / f64::from(1 + passed) };
}

/// Which condition an operator of SQLite's is, if any.
fn condition_of(operator: c_int) -> c_int {
    match operator {
        ffi::SQLITE_INDEX_CONSTRAINT_EQ => EXACTLY,
        ffi::SQLITE_INDEX_CONSTRAINT_GT | ffi::SQLITE_INDEX_CONSTRAINT_GE => FROM,
        ffi::SQLITE_INDEX_CONSTRAINT_LT | ffi::SQLITE_INDEX_CONSTRAINT_LE => TO,
        _ => 0,
    }
}

/// The numbers of the first and the last row that a plan is for. A value that is no integer is left to SQLite, which looks at
/// all rows then.
fn range(plan: c_int, values: &[Value]) -> (i64, i64) {
    let (mut first, mut last) = (i64::MIN, i64::MAX);
    let passed = [EXACTLY, FROM, TO].into_iter().filter(|condition| plan & condition != 0);
    for (condition, value) in passed.zip(values) {
        let Value::Integer(row) = *value else { continue };
        if condition != TO {
            first = first.max(row);
        }
        if condition != FROM {
            last = last.min(row);
        }
    }
    (first, last)
}

/// What `xUpdate` is for, by its values: the old number, the new one, and those of the columns. The number of a row that
/// was inserted.
fn change(table: &dyn Table, values: &[Value]) -> Result<Option<i64>, Error> {
    match values {
        [Value::Integer(row)] => table.delete(*row).map(|()| None),
        [Value::Null, Value::Integer(row), values @ ..] => {
            table.insert(Some(*row), values).map(Some)
        }
        [Value::Null, _, values @ ..] => table.insert(None, values).map(Some),
        [Value::Integer(row), Value::Integer(new_row), values @ ..] => {
            table.update(*row, *new_row, values).map(|()| None)
        }
        _ => Err(Error::new(ffi::SQLITE_MISMATCH, "the number of a row is an integer")),
    }
}

/// Says on a table why its callback fails.
fn fail(table: *mut ffi::sqlite3_vtab, error: &Error) -> c_int {
    // SAFETY: it is called in a callback of the table, or of a cursor of it.
    let place = unsafe { &raw mut (*table).zErrMsg };
    // SAFETY: as above: the table is there. What was said before is SQLite's memory, or NULL.
    let before = unsafe { place.replace(message(error)) };
    // SAFETY: nobody else has it.
    unsafe { ffi::sqlite3_free(before.cast()) };
    error.code
}

/// Frees a table object, in the last call that gets it.
fn free_table(table: *mut ffi::sqlite3_vtab) -> c_int {
    // SAFETY: `open` made it, and SQLite does not use it after this call.
    drop(unsafe { Box::from_raw(table.cast::<TableObject>()) });
    ffi::SQLITE_OK
}

/// Frees a cursor object, in the last call that gets it.
fn free_cursor(cursor: *mut ffi::sqlite3_vtab_cursor) -> c_int {
    // SAFETY: `xOpen` made it, and SQLite does not use it after this call.
    drop(unsafe { Box::from_raw(cursor.cast::<CursorObject>()) });
    ffi::SQLITE_OK
}
