//! A place where callbacks wait.

use core::ffi::c_int;

use crate::sys::keeper_door;

/// A door in C at which callbacks wait: a call that is held inside. Its few bytes are leaked.
#[derive(Clone, Copy, Debug)]
pub struct Door(*mut keeper_door);

// SAFETY: the door has a lock of its own, and it is never freed.
unsafe impl Send for Door {}
// SAFETY: as above.
unsafe impl Sync for Door {}

impl Default for Door {
    fn default() -> Self {
        Door::new()
    }
}

impl Door {
    /// A closed door.
    pub fn new() -> Self {
        // SAFETY: it has no preconditions.
        Door(unsafe { crate::sys::keeper_door_new() })
    }

    /// The door, for C.
    pub fn raw(self) -> *mut keeper_door {
        self.0
    }

    /// Waits until the door is open.
    pub fn enter(self) {
        // SAFETY: the door is never freed.
        unsafe { crate::sys::keeper_door_enter(self.0) };
    }

    /// Waits until `count` callers have entered.
    pub fn wait_for(self, count: c_int) {
        // SAFETY: the door is never freed.
        unsafe { crate::sys::keeper_door_await(self.0, count) };
    }

    /// Lets all go on, those that come later too.
    pub fn open(self) {
        // SAFETY: the door is never freed.
        unsafe { crate::sys::keeper_door_open(self.0) };
    }
}
