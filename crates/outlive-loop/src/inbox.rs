//! Calls of C's from other threads, served by a loop.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

use outlive::{Inbox, InboxOpenError};

use crate::event_loop::Loop;
use crate::remote::Remote;

impl Loop {
    /// Opens the [`Inbox`] of the loop's thread, and serves it as the loop runs: a call on another thread, into a table that
    /// is bound to this one ([`Held::local`](outlive::Held::local)) and whose block says `deliver = true`, is made by the
    /// loop, between its callbacks. The caller waits until it has been made, `limit` at most.
    ///
    /// The loop serves until the inbox is dropped; callers are refused from then on.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::ffi::{c_int, c_void};
    /// use std::rc::Rc;
    /// use std::time::Duration;
    ///
    /// use outlive::{Held, callbacks};
    /// use outlive_loop::Loop;
    ///
    /// #[repr(C)] // from the header of a library that calls on its own threads
    /// pub struct timers {
    ///     pub update: Option<unsafe extern "C" fn(id: c_int, ms: c_int, arg: *mut c_void) -> c_int>,
    /// }
    ///
    /// struct Timers(Rc<Loop>, Cell<c_int>); // no other thread may touch either
    ///
    /// #[callbacks(timers, state = arg, deliver = true)]
    /// impl Timers {
    ///     #[callback(fallback = -1)]
    ///     fn update(&self, _id: c_int, ms: c_int) -> c_int {
    ///         self.0.stop();
    ///         self.1.replace(ms)
    ///     }
    /// }
    ///
    /// let events = Rc::new(Loop::new()?);
    /// let _inbox = events.inbox(Duration::from_secs(1))?;
    /// let held = Held::local(Timers(events.clone(), Cell::new(50)))?;
    /// // What C does:
    /// let (update, arg) = (unsafe { (*held.as_ptr()).update }.unwrap(), held.user_data().addr());
    /// let c = std::thread::spawn(move || unsafe { update(1, 20, std::ptr::without_provenance_mut(arg)) });
    /// events.run()?;
    /// assert_eq!(c.join().unwrap(), 50);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The thread has an inbox already.
    pub fn inbox(&self, limit: Duration) -> Result<Inbox, InboxOpenError> {
        Inbox::open(Waker::from(Arc::new(Serve(self.remote()))), limit)
    }
}

/// Has the loop serve the inbox of its thread.
struct Serve(Remote);

impl Wake for Serve {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Where the loop is gone nobody serves the inbox any more: callers wait for their limit.
        let _ = self.0.post(|_| {
            Inbox::serve_here();
        });
    }
}
