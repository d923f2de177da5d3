//! Collations that are closures.

use std::cmp::Ordering;
use std::ffi::{c_int, c_void};
use std::slice;
use std::thread;

use libsqlite3_sys as ffi;
use outlive::Callback;

use crate::connection::c_string;
use crate::function::no_slot;
use crate::quiet::Quiet;
use crate::{Connection, Error};

type Compare = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        left_size: c_int,
        left: *const c_void,
        right_size: c_int,
        right: *const c_void,
    ) -> c_int,
>;

impl Connection {
    /// Adds a collation to SQL. It takes the place of one with the same name, which is dropped.
    ///
    /// The closure has to be an order, and always the same one, or indexes that were made with it are of no use. It may
    /// not use the connection. Where it panics, both are taken for equal, and the statement that asked is interrupted.
    ///
    /// ```
    /// use outlive_sqlite::{Connection, Value};
    ///
    /// let db = Connection::open_in_memory()?;
    /// db.create_collation("by_length", |left, right| left.len().cmp(&right.len()))?;
    /// let rows = db.query("SELECT value FROM json_each('[\"ccc\", \"a\", \"bb\"]') ORDER BY value COLLATE by_length", &[])?;
    /// assert_eq!(rows, [[Value::from("a")], [Value::from("bb")], [Value::from("ccc")]]);
    /// # Ok::<(), outlive_sqlite::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `SQLITE_BUSY` while a statement runs, `SQLITE_MISUSE` for a name that SQLite does not take. The closure is dropped.
    #[track_caller]
    pub fn create_collation(
        &self,
        name: &str,
        compare: impl Fn(&str, &str) -> Ordering + 'static,
    ) -> Result<(), Error> {
        let name = c_string(name)?;
        let connection = self.as_ptr();
        let order = Quiet::new(self.running(), compare);
        let compare = move |left_size, left, right_size, right| {
            let _interrupt = InterruptOnPanic(connection);
            // SAFETY: SQLite passes so many bytes, valid for the call.
            let left = String::from_utf8_lossy(unsafe { bytes(left, left_size) });
            // SAFETY: as above: they are so many, valid for the call.
            let right = String::from_utf8_lossy(unsafe { bytes(right, right_size) });
            order.run(|compare| compare(&left, &right)) as c_int
        };
        let collation =
            Callback::<Compare>::user_data_first().local_or(0, compare).map_err(no_slot)?;
        self.check_outside_of_hooks()?;
        let running = self.running();
        // What SQLite destroys, in the place of which this comes, may not use the connection.
        let _inside = running.enter();
        let registered = collation.hand_over(|collation| {
            // SAFETY: the connection is open; the function's arguments are what SQLite's manual says.
            self.check(unsafe {
                ffi::sqlite3_create_collation_v2(
                    self.as_ptr(),
                    name.as_ptr(),
                    ffi::SQLITE_UTF8,
                    collation.user_data(),
                    collation.function(),
                    Some(collation.destroy_notify()),
                )
            })
        });
        registered.map_err(|refused| {
            let (error, collation) = refused.into_held();
            if let Some(collation) = collation {
                // SAFETY: SQLite has not taken it, and does not destroy what it has not taken.
                let _ = unsafe { collation.release() };
            }
            error
        })
    }
}

/// The bytes of one side.
///
/// # Safety
///
/// So many bytes are there, for as long as the result is used.
unsafe fn bytes<'a>(start: *const c_void, size: c_int) -> &'a [u8] {
    match usize::try_from(size) {
        // SAFETY: the caller's promise.
        Ok(size @ 1..) => unsafe { slice::from_raw_parts(start.cast(), size) },
        _ => &[],
    }
}

/// A comparison has no way to say that it failed; the statement has.
struct InterruptOnPanic(*mut ffi::sqlite3);

impl Drop for InterruptOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            // SAFETY: the connection is open: it is what has asked.
            unsafe { ffi::sqlite3_interrupt(self.0) };
        }
    }
}
