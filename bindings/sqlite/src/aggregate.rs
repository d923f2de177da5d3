//! SQL aggregates, and window functions, whose groups are Rust values.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::rc::Rc;

use libsqlite3_sys as ffi;
use outlive::{Held, Token, Tokens, callbacks};

use crate::connection::c_string;
use crate::function::{Call, no_slot, refuse};
use crate::value::{give_error, give_result};
use crate::{Connection, Error, Value};

/// The values of a group, on their way to one result.
///
/// A step that fails or panics ends the statement with an error, and the group with it: it is dropped without a result.
pub trait Group: 'static {
    /// Takes the arguments of one more row.
    ///
    /// # Errors
    ///
    /// They end the statement.
    fn step(&mut self, arguments: &[Value]) -> Result<(), Error>;

    /// The result of the rows so far: of all of a group, or of the window.
    ///
    /// # Errors
    ///
    /// They end the statement.
    fn value(&self) -> Result<Value, Error>;

    /// Takes the arguments of the row that has been in the window for longest out again.
    ///
    /// # Errors
    ///
    /// They end the statement. A group that does not have this method cannot be used where a window moves.
    fn inverse(&mut self, _arguments: &[Value]) -> Result<(), Error> {
        Err(Error::new(ffi::SQLITE_ERROR, "this aggregate has no moving window"))
    }
}

type Final = Option<unsafe extern "C" fn(context: *mut ffi::sqlite3_context)>;

/// A group, but while one of its own methods runs, and after one has failed.
type Place = Rc<RefCell<Option<Box<dyn Group>>>>;

struct Aggregate {
    new: Box<dyn Fn() -> Box<dyn Group>>,
    /// The groups whose result SQLite has not asked for; it has the token in memory of its own.
    groups: RefCell<Tokens<Place>>,
}

const ENDED: &str = "the aggregate has ended";
const PANICKED: &str = "the aggregate panicked";

// SQLite's arguments are valid for the call.
#[callbacks(state = arg, user_data = unsafe { ffi::sqlite3_user_data(context) }, unsafe(borrow))]
impl Aggregate {
    /// SQLite calls it for each row of a group, on the connection's thread, in a step. The arguments are SQLite's, and valid
    /// for the call.
    #[callback(type = Call, fallback = refuse(context, ENDED), panicked = refuse(context, PANICKED))]
    fn step(
        &self,
        context: *mut ffi::sqlite3_context,
        _count: c_int,
        #[len(_count)] values: &[*mut ffi::sqlite3_value],
    ) {
        // SAFETY: the arguments of this call are protected, and valid for it.
        let values = unsafe { Value::read_all(values) };
        let Some(place) = self.group(context) else {
            // SAFETY: this is the call.
            return unsafe { ffi::sqlite3_result_error_nomem(context) };
        };
        change(context, &place, |group| group.step(&values));
    }

    /// SQLite calls it for each row that leaves a window, as `step`.
    #[callback(type = Call, fallback = refuse(context, ENDED), panicked = refuse(context, PANICKED))]
    fn inverse(
        &self,
        context: *mut ffi::sqlite3_context,
        _count: c_int,
        #[len(_count)] values: &[*mut ffi::sqlite3_value],
    ) {
        // SAFETY: the arguments of this call are protected, and valid for it.
        let values = unsafe { Value::read_all(values) };
        if let Some(place) = self.group(context) {
            change(context, &place, |group| group.inverse(&values));
        }
    }

    /// SQLite calls it for the result of a window, and goes on with the group.
    #[callback(type = Final, fallback = refuse(context, ENDED), panicked = refuse(context, PANICKED))]
    fn value(&self, context: *mut ffi::sqlite3_context) {
        if let Some(place) = self.group(context) {
            result(context, &place);
        }
    }

    /// SQLite calls it once for each group, also where the statement has failed, and then forgets the token.
    #[callback(type = Final, fallback = refuse(context, ENDED), panicked = refuse(context, PANICKED))]
    fn finish(&self, context: *mut ffi::sqlite3_context) {
        // SAFETY: this is the call; no memory is made for a group of no rows.
        let memory = unsafe { ffi::sqlite3_aggregate_context(context, 0) };
        // SAFETY: `group` asked for room for a pointer, which SQLite filled with zeros.
        let token =
            (!memory.is_null()).then(|| Token::from_ptr(unsafe { *memory.cast::<*mut c_void>() }));
        let place = match token.filter(|token| !token.is_null()) {
            Some(token) => self.groups.borrow_mut().take(token),
            None => Some(Rc::new(RefCell::new(Some((self.new)())))),
        };
        if let Some(place) = place {
            result(context, &place);
        }
    }
}

impl Aggregate {
    /// The group of this call, which may be new. `None` where SQLite has no memory for it.
    fn group(&self, context: *mut ffi::sqlite3_context) -> Option<Place> {
        let size = size_of::<*mut c_void>() as c_int;
        // SAFETY: it is called by the callbacks, with their context.
        let memory = unsafe { ffi::sqlite3_aggregate_context(context, size) }.cast::<*mut c_void>();
        if memory.is_null() {
            return None;
        }
        // SAFETY: SQLite has made room for a pointer, filled with zeros, and only this writes there.
        let token = Token::from_ptr(unsafe { *memory });
        if !token.is_null() {
            return self.groups.borrow().get(token).cloned();
        }
        let place = Place::new(RefCell::new(Some((self.new)())));
        let token = self.groups.borrow_mut().insert(place.clone());
        // SAFETY: as for the read.
        unsafe { *memory = token.as_ptr() };
        Some(place)
    }
}

/// Changes a group; one that fails stays away.
fn change(
    context: *mut ffi::sqlite3_context,
    place: &Place,
    change: impl FnOnce(&mut dyn Group) -> Result<(), Error>,
) {
    let Some(mut group) = place.take() else { return };
    match change(&mut *group) {
        Ok(()) => drop(place.replace(Some(group))),
        // SAFETY: it is called by the callbacks, with their context.
        Err(error) => unsafe { give_error(context, &error) },
    }
}

fn result(context: *mut ffi::sqlite3_context, place: &Place) {
    let Some(group) = place.take() else { return };
    let result = group.value();
    place.replace(Some(group));
    // SAFETY: it is called by the callbacks, with their context.
    unsafe { give_result(context, result) };
}

impl Connection {
    /// Adds an aggregate to SQL, which is a window function, too; `new` makes the value of a group. All else is as for
    /// [`create_function`](Connection::create_function).
    ///
    /// ```
    /// use outlive_sqlite::{Connection, Error, Group, Value};
    ///
    /// #[derive(Default)]
    /// struct Longest(String);
    ///
    /// impl Group for Longest {
    ///     fn step(&mut self, arguments: &[Value]) -> Result<(), Error> {
    ///         match arguments {
    ///             [Value::Text(text)] if text.len() > self.0.len() => self.0.clone_from(text),
    ///             _ => {}
    ///         }
    ///         Ok(())
    ///     }
    ///
    ///     fn value(&self) -> Result<Value, Error> {
    ///         Ok(Value::Text(self.0.clone()))
    ///     }
    /// }
    ///
    /// let db = Connection::open_in_memory()?;
    /// db.create_aggregate("longest", 1, Longest::default)?;
    /// let longest = db.query("SELECT longest(value) FROM json_each('[\"a\", \"abc\", \"ab\"]')", &[])?;
    /// assert_eq!(longest, [[Value::from("abc")]]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`create_function`](Connection::create_function).
    #[track_caller]
    pub fn create_aggregate<G: Group>(
        &self,
        name: &str,
        arguments: c_int,
        new: impl Fn() -> G + 'static,
    ) -> Result<(), Error> {
        let name = c_string(name)?;
        let aggregate = Aggregate {
            new: Box::new(move || Box::new(new())),
            groups: RefCell::new(Tokens::new("group")),
        };
        let held = Held::local(aggregate).map_err(no_slot)?;
        self.check_outside_of_hooks()?;
        let running = self.running();
        // What SQLite destroys, in the place of which this comes, may not use the connection.
        let _inside = running.enter();
        let registered = held.hand_over(|held| {
            let functions = held.functions();
            // SAFETY: the connection is open; the functions' arguments are what SQLite's manual says.
            self.check(unsafe {
                ffi::sqlite3_create_window_function(
                    self.as_ptr(),
                    name.as_ptr(),
                    arguments,
                    ffi::SQLITE_UTF8,
                    held.user_data(),
                    functions.step,
                    functions.finish,
                    functions.value,
                    functions.inverse,
                    Some(held.destroy_notify()),
                )
            })
        });
        registered.map_err(outlive::HandOverError::into_error)
    }
}
