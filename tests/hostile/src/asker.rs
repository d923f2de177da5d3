//! The C library that asks, for tests that are not about its pointers.
//!
//! STATIC-TABLE (`keeper.rs`) holds for an `asker_table`, too.

use core::ffi::{c_int, c_void};

use outlive::{Arg, Callback, Callbacks, Held, Scoped, Threads};

use crate::sys::{self, asker_hook, asker_table};
use crate::warm::warm_up;

/// C, which waits for answers. Its few bytes are leaked, for an answer may come at any time.
#[derive(Clone, Copy, Debug)]
pub struct Asker(*mut sys::asker);

// SAFETY: what changes in it is atomic, but for the hook, which is set before there are other threads.
unsafe impl Send for Asker {}
// SAFETY: as above.
unsafe impl Sync for Asker {}

/// One function of C's that is called with C's own object.
macro_rules! asks {
    ($($(#[$doc:meta])* $name:ident($($value:ident)?) $(-> $result:ty)?, $function:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(self $(, $value: c_int)?) $(-> $result)? {
            warm_up();
            // SAFETY: the object is never freed; STATIC-TABLE.
            unsafe { sys::$function(self.0 $(, $value)?) }
        })*
    };
}

impl Asker {
    /// Gives the table to C, which keeps the pointer.
    pub fn of<T, K: Threads>(held: &Held<T, K>) -> Self
    where
        T: Callbacks<Table = asker_table, Locator = Arg> + 'static,
    {
        Asker::given(held.as_ptr(), held.user_data())
    }

    /// The same, inside of a scope.
    pub fn scoped<T: Callbacks<Table = asker_table, Locator = Arg>>(
        scoped: &Scoped<'_, T>,
    ) -> Self {
        Asker::given(scoped.as_ptr(), scoped.user_data())
    }

    pub(crate) fn given(table: *const asker_table, arg: *mut c_void) -> Self {
        warm_up();
        // SAFETY: STATIC-TABLE.
        Asker(unsafe { sys::asker_new(table, arg) })
    }

    asks! {
        /// C makes a request.
        request(value) -> c_int, asker_request;
        /// The same, on a thread of C's.
        request_on_thread(value) -> c_int, asker_request_on_thread;
        /// C passes what may be called often.
        watch(value) -> c_int, asker_watch;
        /// C makes its last call.
        close(), asker_close;
        /// C forgets all that it has passed: a call of the host's ends the process from here on.
        forget(), asker_forget;
        /// How many requests were answered.
        answered() -> c_int, asker_answered;
        /// What C heard last.
        status() -> c_int, asker_status;
        /// How often C was called by what it passed to `watch`.
        changes() -> c_int, asker_changes;
        /// How often it was told to free that.
        freed() -> c_int, asker_freed;
    }

    /// How many requests were answered, and with what at last.
    pub fn heard(self) -> (c_int, c_int) {
        (self.answered(), self.status())
    }

    /// Has C do this, too, in each of its functions that the host calls.
    ///
    /// # Panics
    ///
    /// Where there is no room for another callback.
    pub fn during(self, f: impl Fn() + Send + Sync + 'static) {
        let hook = Callback::<asker_hook>::new(f).unwrap();
        // SAFETY: the object is never freed, and the hook is leaked.
        unsafe { sys::asker_during(self.0, hook.function(), hook.user_data()) };
        hook.leak().unwrap();
    }
}
