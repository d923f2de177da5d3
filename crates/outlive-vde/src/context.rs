//! A hub that owns its handler.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr;

use outlive::{Callbacks, Held, Local, Threads};

use crate::error::ContextError;
use crate::hub::Hub;
use crate::sys::vde_event_handler;

/// A hub with its event handler: the C library keeps the handler's table, and this keeps it alive.
///
/// Closing it, or dropping it, ends the C library's context first and releases the table after
/// that has returned.
///
/// ```
/// use std::rc::Rc;
/// use outlive_loop::Loop;
/// use outlive_vde::{LoopHandler, VdeContext};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let event_loop = Rc::new(Loop::new()?);
/// let context = VdeContext::new(LoopHandler::new(event_loop.clone()))?;
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path().join("hub");
/// context.listen(&directory)?;
/// event_loop.run_once(Some(std::time::Duration::ZERO))?;
/// println!("{} ports", context.stats().ports_open);
/// context.close();
/// # Ok(())
/// # }
/// ```
pub struct VdeContext<T, K = Local>
where
    T: Callbacks<Table = vde_event_handler> + 'static,
    K: Threads,
{
    /// CLOSED-FIRST: dropped by `drop`, before the table is released.
    hub: ManuallyDrop<Hub>,
    /// Taken by `drop`.
    handler: ManuallyDrop<Held<T, K>>,
}

impl<T: Callbacks<Table = vde_event_handler> + 'static> VdeContext<T, Local> {
    /// A hub on a handler that belongs to this thread.
    ///
    /// # Errors
    ///
    /// The handler cannot be held, lacks a member, or the hub has no memory.
    #[track_caller]
    pub fn new(handler: T) -> Result<Self, ContextError> {
        match Held::local(handler) {
            Ok(held) => VdeContext::with_table(held),
            Err(error) => Err(ContextError::Hold(error.into_kind())),
        }
    }
}

impl<T: Callbacks<Table = vde_event_handler> + 'static, K: Threads> VdeContext<T, K> {
    /// A hub on a table of any kind. The hub calls it on this thread.
    ///
    /// Its block says `keep = release`, and `takes_back` on `event_del` and `timeout_del`, as that of [`LoopHandler`]
    /// does: the hub's watchers outlive an early end, and the hub gives them back when it is closed. An exclusive handler
    /// must not drive the hub from inside [`Held::with`], where `event_del` is refused.
    ///
    /// [`LoopHandler`]: crate::LoopHandler
    ///
    /// # Errors
    ///
    /// The table lacks a member, or the hub has no memory. The table is released.
    pub fn with_table(handler: Held<T, K>) -> Result<Self, ContextError> {
        let hub = match missing_member(&handler) {
            Some(member) => Err(ContextError::MissingMember(member)),
            // SAFETY: KEPT: the table is owned here, and released after the hub has ended.
            None => unsafe { Hub::new(handler.as_ptr()) }.map_err(ContextError::Hub),
        };
        match hub {
            Ok(hub) => {
                let (hub, handler) = (ManuallyDrop::new(hub), ManuallyDrop::new(handler));
                Ok(VdeContext { hub, handler })
            }
            Err(error) => {
                // SAFETY: the hub has not seen the table, or has refused it and kept nothing.
                let _ = unsafe { handler.release() };
                Err(error)
            }
        }
    }

    /// The handler's table: to inspect it, to reach the handler, or to end it early, whereupon the
    /// hub can watch nothing more, and only gives back what it watches.
    pub fn handler(&self) -> &Held<T, K> {
        &self.handler
    }

    /// Ends the hub, then releases the table. The same as dropping the context.
    pub fn close(self) {
        drop(self);
    }
}

fn missing_member<T: Callbacks<Table = vde_event_handler> + 'static, K: Threads>(
    handler: &Held<T, K>,
) -> Option<&'static str> {
    // SAFETY: G1: the table is valid while the handle lives.
    let table = unsafe { ptr::read(handler.as_ptr()) };
    let missing = [
        ("event_add", table.event_add.is_none()),
        ("event_del", table.event_del.is_none()),
        ("timeout_add", table.timeout_add.is_none()),
        ("timeout_del", table.timeout_del.is_none()),
    ];
    missing.into_iter().find(|(_, is_missing)| *is_missing).map(|(member, _)| member)
}

impl<T: Callbacks<Table = vde_event_handler> + 'static, K: Threads> Deref for VdeContext<T, K> {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.hub
    }
}

impl<T: Callbacks<Table = vde_event_handler> + 'static, K: Threads> Drop for VdeContext<T, K> {
    fn drop(&mut self) {
        // SAFETY: CLOSED-FIRST: nothing uses the hub after its drop here.
        unsafe { ManuallyDrop::drop(&mut self.hub) };
        // SAFETY: nothing uses the field after this.
        let handler = unsafe { ManuallyDrop::take(&mut self.handler) };
        // SAFETY: `vde_hub_fini` has returned, and the header says that the hub then uses the
        // handler no more.
        let _ = unsafe { handler.release() };
    }
}

impl<T: Callbacks<Table = vde_event_handler>, K: Threads> fmt::Debug for VdeContext<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VdeContext")
            .field("hub", &*self.hub)
            .field("handler", &*self.handler)
            .finish()
    }
}
