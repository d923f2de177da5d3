//! The allocator of a state.

use std::cell::Cell;
use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::rc::Rc;

use mlua_sys as ffi;
use outlive::callbacks;

/// What an allocator is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// How many bytes the state has.
    pub used: usize,
    /// How many more it wants.
    pub more: usize,
}

/// Memory for a state, as far as a closure allows it.
pub(crate) struct Memory {
    allows: Box<dyn Fn(Usage) -> bool>,
    used: Cell<usize>,
    /// The closure runs: Lua is in the middle of something.
    deciding: Rc<Cell<bool>>,
}

#[callbacks(state = arg, user_data = first)]
impl Memory {
    /// Lua calls it for all memory, on the state's thread, until `lua_close` has returned. That memory is Lua's.
    #[callback(type = ffi::lua_Alloc, fallback = refuse(memory, old, new))]
    fn allocate(&self, memory: *mut c_void, old: usize, new: usize) -> *mut c_void {
        // Where there is no memory yet, Lua says what it is for.
        let old = if memory.is_null() { 0 } else { old };
        if new > old && !self.allows(new - old) {
            return ptr::null_mut();
        }
        let given = if new == 0 {
            // SAFETY: Lua has it from here, and gives it back.
            unsafe { libc::free(memory) };
            ptr::null_mut()
        } else {
            // SAFETY: as above; Lua uses the result in its place.
            unsafe { libc::realloc(memory, new) }
        };
        if new == 0 || !given.is_null() {
            self.used.set(self.used.get() - old + new);
        }
        given
    }
}

impl Memory {
    pub fn new(allows: Box<dyn Fn(Usage) -> bool>, deciding: Rc<Cell<bool>>) -> Self {
        Memory { allows, used: Cell::new(0), deciding }
    }

    fn allows(&self, more: usize) -> bool {
        let _deciding = Deciding::begin(&self.deciding);
        (self.allows)(Usage { used: self.used.get(), more })
    }

    pub fn used(&self) -> usize {
        self.used.get()
    }
}

/// What Lua gets for a call that is not served: it may always have less.
fn refuse(memory: *mut c_void, old: usize, new: usize) -> *mut c_void {
    if new == 0 {
        // SAFETY: Lua has it from `allocate`, and gives it back.
        unsafe { libc::free(memory) };
        return ptr::null_mut();
    }
    if memory.is_null() || new > old { ptr::null_mut() } else { memory }
}

/// The closure runs, until this is dropped.
struct Deciding<'a>(&'a Cell<bool>);

impl<'a> Deciding<'a> {
    fn begin(deciding: &'a Cell<bool>) -> Self {
        deciding.set(true);
        Deciding(deciding)
    }
}

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("used", &self.used.get()).finish_non_exhaustive()
    }
}
