//! Modules: how SQLite comes by virtual tables.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::rc::Rc;

use libsqlite3_sys as ffi;
use outlive::{Held, Out, callbacks, functions};

use crate::connection::c_string;
use crate::function::no_slot;
use crate::quiet::Quiet;
use crate::virtual_table::{self, VirtualTable};
use crate::{Connection, Error, Table};

/// What SQLite calls for a table of a module.
type Connect = Option<
    unsafe extern "C" fn(
        connection: *mut ffi::sqlite3,
        module: *mut c_void,
        count: c_int,
        arguments: *const *const c_char,
        table: *mut *mut ffi::sqlite3_vtab,
        message: *mut *mut c_char,
    ) -> c_int,
>;

type Open = Box<dyn Fn(&[String]) -> Result<Rc<dyn Table>, Error>>;

/// Makes tables; it is SQLite's until SQLite destroys it.
struct Module(Quiet<Open>);

// SQLite's arguments are valid for the call.
#[callbacks(state = arg, unsafe(borrow))]
impl Module {
    /// SQLite calls it where a statement needs the table that this module makes of these arguments, on the connection's thread.
    /// What it gets is SQLite's, until it disconnects the table.
    #[callback(type = Connect, user_data = 1, fallback = ffi::SQLITE_ERROR)]
    fn connect(
        &self,
        connection: *mut ffi::sqlite3,
        _count: c_int,
        #[len(_count)] arguments: &[*const c_char],
        table: Out<'_, *mut ffi::sqlite3_vtab>,
        message: Out<'_, *mut c_char>,
    ) -> c_int {
        // The first three are SQLite's: the names of the module, the database and the table.
        let own = arguments.iter().skip(3);
        // SAFETY: SQLite passes strings, valid for the call.
        let own = own.map(|argument| unsafe { CStr::from_ptr(*argument) });
        let own: Vec<_> = own.map(|argument| argument.to_string_lossy().into_owned()).collect();
        let opened = self.0.get()(&own)
            // SAFETY: the connection is the one that asks, inside of `xConnect`.
            .and_then(|rows| unsafe {
                virtual_table::open(connection, Quiet::new(self.0.running(), rows))
            });
        match opened {
            Ok(opened) => {
                table.write(opened);
                ffi::SQLITE_OK
            }
            Err(error) => {
                message.write(virtual_table::message(&error));
                error.code
            }
        }
    }
}

/// A table of a module without arguments is there under the module's own name, which SQLite knows by this: to create is
/// to connect.
static MODULE: ffi::sqlite3_module = ffi::sqlite3_module {
    xCreate: functions::<Module>().connect,
    xConnect: functions::<Module>().connect,
    ..functions::<VirtualTable>()
};

impl Connection {
    /// Makes a Rust collection a table of SQL, under this name.
    ///
    /// ```
    /// use std::{cell::RefCell, collections::BTreeMap, rc::Rc};
    /// use outlive_sqlite::{Connection, Error, Row, Value};
    ///
    /// struct Word(String);
    ///
    /// impl Row for Word {
    ///     const COLUMNS: &'static str = "word TEXT, length INTEGER";
    ///
    ///     fn value(&self, column: usize) -> Value {
    ///         match column {
    ///             0 => Value::from(self.0.as_str()),
    ///             _ => Value::from(self.0.chars().count() as i64),
    ///         }
    ///     }
    ///
    ///     fn from_values(values: &[Value]) -> Result<Self, Error> {
    ///         match &values[0] {
    ///             Value::Text(word) => Ok(Word(word.clone())),
    ///             _ => Err(Error::new(20, "a word is a text")),
    ///         }
    ///     }
    /// }
    ///
    /// let words: Rc<RefCell<BTreeMap<i64, Word>>> = Rc::default();
    /// let db = Connection::open_in_memory()?;
    /// db.create_table("words", words.clone())?;
    /// words.borrow_mut().insert(1, Word("one".into()));
    /// db.execute("INSERT INTO words(word) VALUES ('three')")?;
    /// assert_eq!(words.borrow()[&2].0, "three");
    /// assert_eq!(db.query("SELECT sum(length) FROM words", &[])?, [[Value::from(8)]]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`create_module`](Connection::create_module).
    #[track_caller]
    pub fn create_table(&self, name: &str, table: Rc<dyn Table>) -> Result<(), Error> {
        self.create_module(name, move |_| Ok(table.clone()))
    }

    /// Adds a module, for `CREATE VIRTUAL TABLE name USING module(arguments)`, and for a table by the module's own name.
    /// `open` has the table for the arguments. A module takes the place of one with the same name, which is dropped when
    /// its last table is.
    ///
    /// Where `open`, or a method of the table, fails or panics, the statement fails, and the panic is an incident.
    ///
    /// # Errors
    ///
    /// Where no slot or no memory is left. The closure is dropped.
    #[track_caller]
    pub fn create_module(
        &self,
        name: &str,
        open: impl Fn(&[String]) -> Result<Rc<dyn Table>, Error> + 'static,
    ) -> Result<(), Error> {
        let name = c_string(name)?;
        let held =
            Held::local(Module(Quiet::new(self.running(), Box::new(open)))).map_err(no_slot)?;
        self.check_outside_of_hooks()?;
        let running = self.running();
        // What SQLite destroys, in the place of which this comes, may not use the connection.
        let _inside = running.enter();
        let registered = held.hand_over(|held| {
            // SAFETY: the connection is open, the module is there for good, and its functions' arguments are what SQLite's
            // manual says.
            self.check(unsafe {
                ffi::sqlite3_create_module_v2(
                    self.as_ptr(),
                    name.as_ptr(),
                    &raw const MODULE,
                    held.user_data(),
                    Some(held.destroy_notify()),
                )
            })
        });
        // Where it fails, SQLite has destroyed it.
        registered.map_err(outlive::HandOverError::into_error)
    }
}
