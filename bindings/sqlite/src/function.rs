//! SQL functions that are closures.

use std::ffi::c_int;
use std::fmt;

use libsqlite3_sys as ffi;
use outlive::{Held, callbacks};

use crate::connection::c_string;
use crate::value::{give_error, give_result};
use crate::{Connection, Error, Value};

pub(crate) type Call = Option<
    unsafe extern "C" fn(
        context: *mut ffi::sqlite3_context,
        count: c_int,
        values: *mut *mut ffi::sqlite3_value,
    ),
>;

type Closure = Box<dyn Fn(&[Value]) -> Result<Value, Error>>;

/// The closure, which is SQLite's until SQLite destroys it.
struct Function(Closure);

// SQLite's arguments are valid for the call.
#[callbacks(state = arg, user_data = unsafe { ffi::sqlite3_user_data(context) }, unsafe(borrow))]
impl Function {
    /// SQLite calls it for each value of the expression, on the connection's thread, in a step. The arguments are SQLite's, and
    /// valid for the call.
    #[callback(
        type = Call,
        fallback = refuse(context, "the function has ended"),
        panicked = refuse(context, "the function panicked")
    )]
    fn call(
        &self,
        context: *mut ffi::sqlite3_context,
        _count: c_int,
        #[len(_count)] values: &[*mut ffi::sqlite3_value],
    ) {
        // SAFETY: the arguments of this call are protected, and valid for it.
        let values = unsafe { Value::read_all(values) };
        // SAFETY: this is the call.
        unsafe { give_result(context, (self.0)(&values)) };
    }
}

/// What SQLite gets for a call that is not served.
pub(crate) fn refuse(context: *mut ffi::sqlite3_context, why: &str) {
    // SAFETY: it is called in the callback, with the callback's context.
    unsafe { give_error(context, &Error::new(ffi::SQLITE_ERROR, why)) };
}

impl Connection {
    /// Adds a function to SQL, with so many arguments; -1 is for any number. It takes the place of one with the same name
    /// and number, which is dropped.
    ///
    /// The closure is called on this thread, inside of the statements of this connection. It may run others, by a
    /// `Weak` of the connection's `Rc`. Where it panics, the statement fails with an error, and the panic is an incident.
    ///
    /// ```
    /// use outlive_sqlite::{Connection, Error, Value};
    ///
    /// let db = Connection::open_in_memory()?;
    /// db.create_function("half", 1, |values| match values {
    ///     [Value::Integer(value)] if value % 2 == 0 => Ok(Value::Integer(value / 2)),
    ///     _ => Err(Error::new(1, "an even number is halved")),
    /// })?;
    /// assert_eq!(db.query("SELECT half(8)", &[])?, [[Value::Integer(4)]]);
    /// assert_eq!(db.query("SELECT half(7)", &[]).unwrap_err().message, "an even number is halved");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `SQLITE_BUSY` while a statement runs, such as the one that calls the function that is to be replaced;
    /// `SQLITE_MISUSE` for a name or a number that SQLite does not take. The closure is dropped.
    #[track_caller]
    pub fn create_function(
        &self,
        name: &str,
        arguments: c_int,
        function: impl Fn(&[Value]) -> Result<Value, Error> + 'static,
    ) -> Result<(), Error> {
        let name = c_string(name)?;
        let held = Held::local(Function(Box::new(function))).map_err(no_slot)?;
        self.check_outside_of_hooks()?;
        let running = self.running();
        // What SQLite destroys, in the place of which this comes, may not use the connection.
        let _inside = running.enter();
        let registered = held.hand_over(|held| {
            // SAFETY: the connection is open; the function's arguments are what SQLite's manual says.
            self.check(unsafe {
                ffi::sqlite3_create_function_v2(
                    self.as_ptr(),
                    name.as_ptr(),
                    arguments,
                    ffi::SQLITE_UTF8,
                    held.user_data(),
                    held.functions().call,
                    None,
                    None,
                    Some(held.destroy_notify()),
                )
            })
        });
        // Where it fails, SQLite has destroyed it.
        registered.map_err(outlive::HandOverError::into_error)
    }
}

/// No slot or no memory is left for a callback.
pub(crate) fn no_slot(error: impl fmt::Display) -> Error {
    Error::new(ffi::SQLITE_NOMEM, error.to_string())
}
