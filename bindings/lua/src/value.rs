//! Values, on their way in and out.

use std::ffi::c_int;
use std::rc::Rc;
use std::slice;

use mlua_sys as ffi;

use crate::state::State;
use crate::{Error, Reference, sys};

/// A value of Lua's.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// nil
    Nil,
    /// true or false
    Boolean(bool),
    /// A number without a fraction.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A string, of any bytes.
    String(Vec<u8>),
    /// A table, a function, a coroutine or an object.
    Reference(Reference),
}

impl Value {
    /// Copies a value from a stack.
    ///
    /// # Safety
    ///
    /// The state can be used, and there is such a value.
    pub(crate) unsafe fn read(
        state: &Rc<State>,
        lua: *mut ffi::lua_State,
        index: c_int,
    ) -> Result<Self, Error> {
        // SAFETY: the caller's promise.
        Ok(match unsafe { ffi::lua_type(lua, index) } {
            ffi::LUA_TNIL | ffi::LUA_TNONE => Value::Nil,
            // SAFETY: the caller's promise.
            ffi::LUA_TBOOLEAN => Value::Boolean(unsafe { ffi::lua_toboolean(lua, index) } != 0),
            ffi::LUA_TNUMBER => {
                // SAFETY: the caller's promise.
                if unsafe { ffi::lua_isinteger(lua, index) } != 0 {
                    // SAFETY: it is an integer.
                    return Ok(Value::Integer(unsafe { ffi::lua_tointeger(lua, index) }));
                }
                // SAFETY: it is a number.
                Value::Number(unsafe { ffi::lua_tonumber(lua, index) })
            }
            // SAFETY: it is a string.
            ffi::LUA_TSTRING => Value::String(unsafe { bytes(lua, index) }.to_vec()),
            _ => Value::Reference(Reference::new(state, lua, index)?),
        })
    }

    /// The values from an index on, up to the top.
    ///
    /// # Safety
    ///
    /// The state can be used.
    pub(crate) unsafe fn read_from(
        state: &Rc<State>,
        lua: *mut ffi::lua_State,
        first: c_int,
    ) -> Result<Vec<Self>, Error> {
        // SAFETY: the caller's promise.
        let top = unsafe { ffi::lua_gettop(lua) };
        // SAFETY: the caller's promise; these are there.
        (first..=top).map(|index| unsafe { Value::read(state, lua, index) }).collect()
    }

    /// What is printed of a string.
    ///
    /// # Safety
    ///
    /// The state can be used, and there is such a value.
    pub(crate) unsafe fn text(lua: *mut ffi::lua_State, index: c_int) -> String {
        // SAFETY: the caller's promise.
        if unsafe { ffi::lua_type(lua, index) } != ffi::LUA_TSTRING {
            return "an error that has no words".to_owned();
        }
        // SAFETY: it is a string.
        String::from_utf8_lossy(unsafe { bytes(lua, index) }).into_owned()
    }

    /// Puts the value on a stack that has room for it. Where it fails, an error is there instead, or nothing.
    ///
    /// # Safety
    ///
    /// The state can be used.
    pub(crate) unsafe fn push(
        &self,
        state: &Rc<State>,
        lua: *mut ffi::lua_State,
    ) -> Result<(), Error> {
        match self {
            // SAFETY: the caller's promise, here and below.
            Value::Nil => unsafe { ffi::lua_pushnil(lua) },
            // SAFETY: as above: there is room.
            Value::Boolean(value) => unsafe { ffi::lua_pushboolean(lua, (*value).into()) },
            // SAFETY: as above: there is room.
            Value::Integer(value) => unsafe { ffi::lua_pushinteger(lua, *value) },
            // SAFETY: as above: there is room.
            Value::Number(value) => unsafe { ffi::lua_pushnumber(lua, *value) },
            Value::String(bytes) => {
                // SAFETY: as above; Lua copies so many bytes.
                let status =
                    unsafe { sys::ol_push_string(lua, bytes.as_ptr().cast(), bytes.len()) };
                return state.check(lua, status);
            }
            Value::Reference(reference) => return reference.push(state, lua),
        }
        Ok(())
    }
}

/// The bytes of a string.
///
/// # Safety
///
/// There is a string, which stays there for as long as the result is used.
unsafe fn bytes<'a>(lua: *mut ffi::lua_State, index: c_int) -> &'a [u8] {
    let mut size = 0;
    // SAFETY: the caller's promise; a string is not converted, so that it raises nothing.
    let start = unsafe { ffi::lua_tolstring(lua, index, &raw mut size) };
    // SAFETY: a string of Lua's has so many bytes.
    unsafe { slice::from_raw_parts(start.cast(), size) }
}

macro_rules! from {
    ($type:ty, $value:ident => $made:expr) => {
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        }
    };
}

from!(bool, value => Value::Boolean(value));
from!(i64, value => Value::Integer(value));
from!(f64, value => Value::Number(value));
from!(&str, value => Value::String(value.as_bytes().to_vec()));
from!(String, value => Value::String(value.into_bytes()));
from!(Reference, value => Value::Reference(value));
