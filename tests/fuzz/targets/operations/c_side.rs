//! C's structs, and how C calls: through the function pointers that a table has, or that of a lone callback.

use core::ffi::{c_int, c_void};
use core::ptr::without_provenance_mut;
use std::thread;

use crate::model::{Found, Member};

/// What a refused call returns.
pub const REFUSED: c_int = -1;

/// C's callback with user data.
pub type Event =
    Option<unsafe extern "C" fn(value: c_int, pointer: *const c_int, arg: *mut c_void) -> c_int>;

/// C's struct, with user data.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct arg_table {
    pub on_event: Event,
    pub take_back: Event,
    pub done: Event,
}

/// C's struct, without.
#[repr(C)]
pub struct plain_table {
    pub on_event: Option<unsafe extern "C" fn(value: c_int, pointer: *const c_int) -> c_int>,
}

/// That of a table which C passes itself.
type OwnEvent = Option<
    unsafe extern "C" fn(this: *mut own_table, value: c_int, pointer: *const c_int) -> c_int,
>;

/// C's struct, which C passes itself.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct own_table {
    pub on_event: OwnEvent,
    pub take_back: OwnEvent,
    pub done: OwnEvent,
}

/// A callback, by what leads to its value.
#[derive(Clone, Copy, Debug)]
pub enum Function {
    ByArg(unsafe extern "C" fn(c_int, *const c_int, *mut c_void) -> c_int),
    ByCode(unsafe extern "C" fn(c_int, *const c_int) -> c_int),
    ByAddress(unsafe extern "C" fn(*mut own_table, c_int, *const c_int) -> c_int),
}

/// What C has.
#[derive(Clone, Copy, Debug)]
pub struct Pointer {
    /// In the order of [`Member`].
    functions: [Option<Function>; 3],
    notify: Option<unsafe extern "C" fn(*mut c_void)>,
    /// The user data, or the address of the table.
    state: usize,
}

impl Pointer {
    pub fn of_table(functions: [Option<Function>; 3], state: usize) -> Self {
        Pointer { functions, notify: None, state }
    }

    pub fn with_notify(self, notify: unsafe extern "C" fn(*mut c_void)) -> Self {
        Pointer { notify: Some(notify), ..self }
    }

    /// What C passes, and the callback finds its value by.
    pub fn state(&self) -> usize {
        self.state
    }

    /// The same functions with another state.
    pub fn with(self, state: usize) -> Self {
        Pointer { state, ..self }
    }

    /// Whether there is such a callback.
    pub fn has(&self, member: Member) -> bool {
        self.functions[member as usize].is_some()
    }

    pub fn found(&self) -> Found {
        match self.functions[Member::Event as usize] {
            Some(Function::ByCode(_)) => Found::ByCode,
            Some(Function::ByAddress(_)) => Found::ByAddress,
            _ => Found::ByUserData,
        }
    }

    /// C calls, on this thread. The pointer may be misaligned.
    pub fn call(&self, member: Member, value: c_int, misaligned: bool) -> c_int {
        let memory = [7, 7];
        let pointer = (&raw const memory).cast::<u8>().wrapping_add(usize::from(misaligned)).cast();
        let function = self.functions[member as usize].expect("it is there");
        match function {
            // SAFETY: the functions of the hosts are there for good; the pointer is to an int, or refused.
            Function::ByArg(call) => unsafe {
                call(value, pointer, without_provenance_mut(self.state))
            },
            // SAFETY: as above.
            Function::ByCode(call) => unsafe { call(value, pointer) },
            // SAFETY: as above; the address may be anything.
            Function::ByAddress(call) => unsafe {
                call(without_provenance_mut(self.state), value, pointer)
            },
        }
    }

    /// C calls the destroy notify, if there is one.
    pub fn notify(&self) {
        if let Some(notify) = self.notify {
            // SAFETY: any user data is taken or refused.
            unsafe { notify(without_provenance_mut(self.state)) };
        }
    }
}

/// Runs `f` on a thread of C's own.
pub fn on_thread<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    thread::spawn(f).join().unwrap()
}
