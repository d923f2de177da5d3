//! C's way to a table, for what runs inside of it.

use core::ffi::{c_int, c_void};
use std::sync::{Arc, OnceLock};

use crate::keeper::Kept;
use crate::sys::{keeper_call_with, keeper_table};
use crate::warm::warm_up;

/// Leads nowhere until it is told.
#[derive(Clone, Default)]
pub struct Way(Arc<OnceLock<Given>>);

/// What C got.
struct Given(*const keeper_table, *mut c_void);

// SAFETY: C may use the table on any thread (STATIC-TABLE), and user data is a number.
unsafe impl Send for Given {}
// SAFETY: as above.
unsafe impl Sync for Given {}

impl Way {
    /// A way to this table, for C to use after its end too.
    pub fn to(table: &(impl Kept + ?Sized)) -> Self {
        let way = Way::default();
        way.lead_to(table);
        way
    }

    /// Leads to this table from here on.
    pub fn lead_to(&self, table: &(impl Kept + ?Sized)) {
        warm_up();
        let _ = self.0.set(Given(table.table(), table.arg()));
    }

    /// The table.
    pub fn raw(&self) -> *const keeper_table {
        self.0.get().map_or(core::ptr::null(), |given| given.0)
    }

    /// The user data.
    pub fn arg(&self) -> *mut c_void {
        self.0.get().map_or(core::ptr::null_mut(), |given| given.1)
    }

    /// C calls `on_event`.
    pub fn call(&self, value: c_int) -> c_int {
        warm_up();
        // SAFETY: STATIC-TABLE (`keeper.rs`), where it leads somewhere.
        unsafe { keeper_call_with(self.raw(), value, self.arg()) }
    }
}
