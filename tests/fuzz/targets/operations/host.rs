//! The hosts, and the C side: a call through the function pointer that the table has.

use core::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use outlive::{Call, Ended, Held, IntoInnerError, Revocable, WithError, callbacks};

use crate::world;

/// What a refused call returns.
pub const REFUSED: c_int = -1;
/// The payload of the panics that are asked for.
pub struct Asked;

/// C's struct, with user data.
#[repr(C)]
pub struct arg_table {
    pub on_event: Option<
        unsafe extern "C" fn(value: c_int, pointer: *const c_int, arg: *mut c_void) -> c_int,
    >,
}

/// C's struct, without.
#[repr(C)]
pub struct plain_table {
    pub on_event: Option<unsafe extern "C" fn(value: c_int, pointer: *const c_int) -> c_int>,
}

/// What is behind each table.
#[derive(Debug)]
pub struct Body {
    pub number: c_int,
    pub drops: Arc<AtomicU32>,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

impl Body {
    fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        assert_eq!(self.drops.load(Ordering::SeqCst), 0, "the value is alive during a call");
        world::inside(call);
        assert_eq!(self.drops.load(Ordering::SeqCst), 0, "the value is alive during a call");
        value + self.number
    }
}

macro_rules! host {
    ($name:ident, $table:ident, $($options:tt)*) => {
        pub struct $name(pub Body);

        #[callbacks($table, $($options)*)]
        impl $name {
            #[callback(fallback = REFUSED)]
            fn on_event(&self, call: &Call<'_>, value: c_int, _pointer: Option<c_int>) -> c_int {
                self.0.on_event(call, value)
            }
        }
    };
}

host!(ByArg, arg_table, state = arg, count = true);
host!(ByOtherArg, arg_table, state = arg, count = true);
host!(ByCode, plain_table, state = none, instances = 64, count = true);

/// How C reaches a table.
#[derive(Clone, Copy, Debug)]
pub struct Pointer {
    by_arg: Option<unsafe extern "C" fn(c_int, *const c_int, *mut c_void) -> c_int>,
    by_code: Option<unsafe extern "C" fn(c_int, *const c_int) -> c_int>,
    user_data: usize,
}

impl Pointer {
    /// What C passes.
    pub fn user_data(&self) -> usize {
        self.user_data
    }

    /// The same function with other user data.
    pub fn with(self, user_data: usize) -> Self {
        Pointer { user_data, ..self }
    }

    /// C calls, on this thread. A number makes the pointer misaligned.
    pub fn call(&self, value: c_int, misaligned: bool) -> c_int {
        let memory = [7, 7];
        let pointer = (&raw const memory).cast::<u8>().wrapping_add(usize::from(misaligned)).cast();
        let arg = core::ptr::without_provenance_mut(self.user_data);
        match (self.by_arg, self.by_code) {
            // SAFETY: the tables of the hosts here are statics; the pointer is to an int, or refused.
            (Some(on_event), _) => unsafe { on_event(value, pointer, arg) },
            // SAFETY: as above.
            (_, Some(on_event)) => unsafe { on_event(value, pointer) },
            _ => unreachable!("a table has its callback"),
        }
    }

    /// The same on a thread of its own.
    pub fn call_from_thread(self, value: c_int) -> c_int {
        thread::spawn(move || self.call(value, false)).join().unwrap()
    }
}

/// A handle, whatever its type is.
pub trait Table {
    fn id(&self) -> u64;
    fn pointer(&self) -> Pointer;
    fn revoke(&self) -> Ended;
    fn revoke_timeout(&self) -> Ended;
    fn revocable(&self) -> &dyn Revocable;
    fn with(&self, f: &mut dyn FnMut()) -> Result<(), WithError>;
    /// `Ok` for a value that came out, and was dropped; the handle if calls are inside.
    fn into_inner(self: Box<Self>) -> Result<(), Option<Box<dyn Table>>>;
    fn release(self: Box<Self>) -> Ended;
}

macro_rules! table {
    ($($host:ident, $held:ident => $pointer:expr;)*) => { $(
        impl<K: outlive::Threads + 'static> Table for Held<$host, K> {
            fn id(&self) -> u64 {
                Held::id(self)
            }

            fn pointer(&self) -> Pointer {
                let $held = self;
                $pointer
            }

            fn revoke(&self) -> Ended {
                Held::revoke(self)
            }

            fn revoke_timeout(&self) -> Ended {
                Held::revoke_timeout(self, Duration::from_millis(1))
            }

            fn revocable(&self) -> &dyn Revocable {
                self
            }

            fn with(&self, f: &mut dyn FnMut()) -> Result<(), WithError> {
                Held::with(self, |_| f())
            }

            fn into_inner(self: Box<Self>) -> Result<(), Option<Box<dyn Table>>> {
                match Held::into_inner(*self) {
                    Ok(value) => Ok(drop(value)),
                    Err(IntoInnerError::StillInside(held)) => Err(Some(Box::new(held))),
                    Err(IntoInnerError::Ended(_)) => Err(None),
                }
            }

            fn release(self: Box<Self>) -> Ended {
                // SAFETY: the tables are statics, and stale user data is refused, as is tried here. A
                // context-free table is not called after this.
                unsafe { Held::release(*self) }
            }
        }
    )* };
}

table! {
    ByArg, held => by_arg(held.as_ptr(), held.user_data());
    ByOtherArg, held => by_arg(held.as_ptr(), held.user_data());
    ByCode, held => Pointer {
        // SAFETY: G1: the table is valid.
        by_code: unsafe { (*held.as_ptr()).on_event },
        by_arg: None,
        user_data: 0,
    };
}

fn by_arg(table: *mut arg_table, user_data: *mut c_void) -> Pointer {
    // SAFETY: G1: the table is valid.
    Pointer { by_arg: unsafe { (*table).on_event }, by_code: None, user_data: user_data.addr() }
}
