//! Functions that are closures.

use std::ffi::c_int;
use std::rc::Rc;

use mlua_sys as ffi;
use outlive::{Callback, Local};

use crate::state::State;
use crate::sys::{self, Callee};
use crate::{Error, Lua, Reference, Value};

impl Lua {
    /// Makes a closure a function of Lua's, which drops it when no script can reach it.
    ///
    /// It is called on this thread. What it returns as an error is raised when it has returned; a panic is an error, too,
    /// and an incident. It may call other functions, by the [`Reference`]s that it has, and itself be called again
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`]; the closure is dropped.
    #[track_caller]
    pub fn function(
        &self,
        function: impl Fn(&[Value]) -> Result<Vec<Value>, Error> + 'static,
    ) -> Result<Reference, Error> {
        let callee = self.callee(move |_method, arguments| function(arguments))?;
        // SAFETY: entered by `take`. The callee is Lua's when this succeeds.
        self.take(callee, |lua, callee| unsafe { sys::ol_push_function(lua, callee) })
    }

    /// A callback for the shim.
    #[track_caller]
    pub(crate) fn callee(
        &self,
        function: impl Fn(usize, &[Value]) -> Result<Vec<Value>, Error> + 'static,
    ) -> Result<Callback<sys::Call, Local>, Error> {
        let state = self.state().weak();
        let call = move |lua, method: c_int| {
            let Some(state) = state.upgrade() else { return sys::REFUSED };
            // SAFETY: this is a call of Lua's, with its arguments on this stack.
            let arguments = unsafe { Value::read_from(&state, lua, 1) };
            let method = usize::try_from(method).unwrap_or(0);
            let results = arguments.and_then(|arguments| function(method, &arguments));
            // SAFETY: as above: this is the call.
            unsafe { give(&state, lua, results) }
        };
        Callback::<sys::Call>::local_or(sys::REFUSED, call).map_err(|_| Error::Memory)
    }

    /// Gives a callback to Lua, by what puts it on the stack.
    pub(crate) fn take(
        &self,
        callback: Callback<sys::Call, Local>,
        push: impl FnOnce(*mut ffi::lua_State, Callee) -> c_int,
    ) -> Result<Reference, Error> {
        let (lua, _top) = self.state().enter()?;
        let taken = callback.hand_over(|callback| {
            let callee = Callee {
                call: callback.function(),
                user_data: callback.user_data(),
                destroy: callback.destroy_notify(),
            };
            self.state().check(lua, push(lua, callee))
        });
        taken.map_err(|refused| {
            let (error, callback) = refused.into_held();
            if let Some(callback) = callback {
                // SAFETY: the shim takes a callee last, when nothing can fail any more, so that Lua has none here.
                let _ = unsafe { callback.release() };
            }
            error
        })?;
        Reference::new(self.state(), lua, -1)
    }
}

/// Leaves results, or an error, on the stack, and says which. The shim raises the error when this has returned.
///
/// # Safety
///
/// It is called at the end of a call of Lua's, on its stack.
unsafe fn give(
    state: &Rc<State>,
    lua: *mut ffi::lua_State,
    results: Result<Vec<Value>, Error>,
) -> c_int {
    let given = results.and_then(|results| {
        state.reserve(lua, results.len())?;
        // SAFETY: the caller's promise; there is room.
        results.iter().try_for_each(|value| unsafe { value.push(state, lua) })?;
        c_int::try_from(results.len()).map_err(|_| Error::Memory)
    });
    given.unwrap_or_else(|error| {
        // SAFETY: the caller's promise.
        let before = unsafe { ffi::lua_gettop(lua) };
        let message = Value::from(error.to_string());
        // SAFETY: the caller's promise.
        let _ = state.reserve(lua, 1).and_then(|()| unsafe { message.push(state, lua) });
        // Where there is no memory for the words, Lua has left its own, or there was no room for any.
        // SAFETY: the caller's promise.
        if unsafe { ffi::lua_gettop(lua) } > before { sys::ERROR } else { sys::REFUSED }
    })
}
