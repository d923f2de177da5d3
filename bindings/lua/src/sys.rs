//! The shim, `c/shim.c`.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};

use mlua_sys::lua_State;

/// What C finds beside a state.
#[repr(C)]
#[derive(Debug)]
pub struct Context {
    /// Which coroutine is running; C writes it.
    pub current: Cell<*mut lua_State>,
    pub may_go_on: Cell<Option<Ask>>,
    pub user_data: Cell<*mut c_void>,
}

/// What C asks.
pub type Ask = unsafe extern "C" fn(user: *mut c_void) -> c_int;

/// What C calls for a function, or for a method of this number.
pub type Call =
    unsafe extern "C" fn(state: *mut lua_State, method: c_int, user: *mut c_void) -> c_int;
pub type Reader = unsafe extern "C" fn(
    state: *mut lua_State,
    user: *mut c_void,
    size: *mut usize,
) -> *const c_char;
pub type Writer = unsafe extern "C" fn(
    state: *mut lua_State,
    data: *const c_void,
    size: usize,
    user: *mut c_void,
) -> c_int;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Callee {
    pub call: Call,
    pub user_data: *mut c_void,
    pub destroy: unsafe extern "C" fn(user: *mut c_void),
}

/// The error is on the stack.
pub const ERROR: c_int = -1;
/// The call was not served.
pub const REFUSED: c_int = -2;

unsafe extern "C" {
    pub fn ol_open(state: *mut lua_State, context: *const Context) -> c_int;
    pub fn ol_push_string(state: *mut lua_State, start: *const c_char, size: usize) -> c_int;
    pub fn ol_push_function(state: *mut lua_State, callee: Callee) -> c_int;
    pub fn ol_push_object(
        state: *mut lua_State,
        callee: Callee,
        name: *const c_char,
        methods: *const *const c_char,
        sizes: *const usize,
        count: usize,
    ) -> c_int;
    pub fn ol_refer(state: *mut lua_State, index: c_int, reference: *mut c_int) -> c_int;
    pub fn ol_get(state: *mut lua_State) -> c_int;
    pub fn ol_set(state: *mut lua_State) -> c_int;
    pub fn ol_describe(state: *mut lua_State) -> c_int;
    pub fn ol_load(
        state: *mut lua_State,
        reader: Reader,
        user: *mut c_void,
        name: *const c_char,
        mode: *const c_char,
    ) -> c_int;
    pub fn ol_dump(state: *mut lua_State, writer: Writer, user: *mut c_void, strip: c_int)
    -> c_int;
}
