//! Tables, functions, coroutines and objects of Lua's, which Rust refers to.

use std::ffi::c_int;
use std::rc::{Rc, Weak};

use mlua_sys as ffi;

use crate::state::State;
use crate::{Error, Value, sys};

/// A value that stays Lua's. Lua keeps it for as long as this is there, or the state.
///
/// It does not keep the state: when that is closed, everything here is [`Error::Closed`].
#[derive(Clone, Debug)]
pub struct Reference(Rc<Entry>);

#[derive(Debug)]
struct Entry {
    state: Weak<State>,
    number: c_int,
}

impl Reference {
    /// Refers to a value on a stack.
    pub(crate) fn new(
        state: &Rc<State>,
        lua: *mut ffi::lua_State,
        index: c_int,
    ) -> Result<Self, Error> {
        let mut number = ffi::LUA_NOREF;
        // SAFETY: the state is in use, and the value is there.
        let status = unsafe { sys::ol_refer(lua, index, &raw mut number) };
        state.check(lua, status)?;
        Ok(Reference(Rc::new(Entry { state: state.weak(), number })))
    }

    fn state(&self) -> Result<Rc<State>, Error> {
        self.0.state.upgrade().ok_or(Error::Closed)
    }

    /// Puts the value on a stack of its own state.
    pub(crate) fn push(&self, state: &Rc<State>, lua: *mut ffi::lua_State) -> Result<(), Error> {
        if !Weak::ptr_eq(&self.0.state, &state.weak()) {
            return Err(Error::new("this value is of another Lua state"));
        }
        // SAFETY: the state is in use, with room for a value.
        unsafe { ffi::lua_rawgeti(lua, ffi::LUA_REGISTRYINDEX, self.0.number.into()) };
        Ok(())
    }

    /// Calls it, from outside or inside a callback.
    ///
    /// ```
    /// use outlive_lua::{Lua, Value};
    ///
    /// let lua = Lua::new()?;
    /// // A Rust function that calls one of Lua's.
    /// lua.set("twice", lua.function(|arguments| match arguments {
    ///     [Value::Reference(function), value] => function.call(&function.call(&[value.clone()])?),
    ///     _ => Ok(Vec::new()),
    /// })?)?;
    /// assert_eq!(lua.eval("return twice(function(x) return x * 3 end, 2)")?, [Value::Integer(18)]);
    /// # Ok::<(), outlive_lua::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What it raises, if only that it cannot be called.
    pub fn call(&self, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        let state = self.state()?;
        let (lua, top) = state.enter()?;
        state.reserve(lua, arguments.len() + 1)?;
        self.push(&state, lua)?;
        for argument in arguments {
            // SAFETY: entered, and there is room.
            unsafe { argument.push(&state, lua) }?;
        }
        let count = c_int::try_from(arguments.len()).map_err(|_| Error::Memory)?;
        // SAFETY: the function and so many arguments are there.
        let status = unsafe { ffi::lua_pcall(lua, count, ffi::LUA_MULTRET, 0) };
        state.check(lua, status)?;
        // SAFETY: entered. What is above the old top are the results.
        unsafe { Value::read_from(&state, lua, top.next()) }
    }

    /// The value of a field.
    ///
    /// # Errors
    ///
    /// What a metatable raises, if only that there are no fields.
    pub fn get(&self, key: impl Into<Value>) -> Result<Value, Error> {
        let state = self.state()?;
        let (lua, _top) = state.enter()?;
        self.push(&state, lua)?;
        // SAFETY: entered, with room for these.
        unsafe { key.into().push(&state, lua) }?;
        // SAFETY: both are there.
        let status = unsafe { sys::ol_get(lua) };
        state.check(lua, status)?;
        // SAFETY: the value is there.
        unsafe { Value::read(&state, lua, -1) }
    }

    /// Gives a field a value.
    ///
    /// # Errors
    ///
    /// As for [`get`](Reference::get).
    pub fn set(&self, key: impl Into<Value>, value: impl Into<Value>) -> Result<(), Error> {
        let state = self.state()?;
        let (lua, _top) = state.enter()?;
        self.push(&state, lua)?;
        // SAFETY: entered, with room for these.
        unsafe { key.into().push(&state, lua) }?;
        // SAFETY: as above: there is room.
        unsafe { value.into().push(&state, lua) }?;
        // SAFETY: all three are there.
        let status = unsafe { sys::ol_set(lua) };
        state.check(lua, status)
    }

    pub(crate) fn with_state<R>(
        &self,
        f: impl FnOnce(&Rc<State>, *mut ffi::lua_State) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let state = self.state()?;
        let (lua, _top) = state.enter()?;
        self.push(&state, lua)?;
        f(&state, lua)
    }
}

impl PartialEq for Reference {
    /// Whether it is the same reference; two to the same value are not.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // It may be dropped anywhere, in the allocator as well, so that Lua hears of it later.
        if let Some(state) = self.state.upgrade() {
            state.forget(self.number);
        }
    }
}
