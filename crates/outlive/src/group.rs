//! Tables and callbacks that end together.

use core::error::Error;
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use outlive_core::{Ended, Handle, Place, is_there, revoke_by_handle};

use crate::revocable::Revocable;
use crate::seal::Seal;

/// Tables and callbacks that end together: all that a library object has given to C, whoever keeps the handles.
///
/// [`join`](Group::join) takes a handle, notes it and gives it back. [`revoke`](Group::revoke) ends all that have joined
/// with one barrier, and from then on refuses newcomers, so that nothing escapes that another thread is just making.
/// Dropping the group does the same without waiting. A member may be ended, released or dropped before, too.
///
/// Any thread may use a group, from inside of callbacks as well. In a forked child it may be used if no thread of the parent
/// was using it just then.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Callback, Ended, Group};
///
/// let group = Group::new();
/// let held = group.join(Held::new(Adder(1))?)?;
/// let done = group.join(Callback::<unsafe extern "C" fn(*mut c_void)>::new(|| println!("done"))?)?;
/// assert_eq!(group.revoke(), Ended::Now); // neither is called any more
///
/// let late = group.join(Held::new(Adder(2))?).unwrap_err();
/// drop(late.into_handle());
/// # drop((held, done));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Group(Mutex<Members>);

#[derive(Debug, Default)]
struct Members {
    is_closing: bool,
    handles: Vec<Handle>,
    /// Those that are over are forgotten when there are so many.
    tidy_at: usize,
}

impl Group {
    /// A group without members.
    pub fn new() -> Self {
        Group::default()
    }

    /// Has a table or a callback end with the group.
    ///
    /// # Errors
    ///
    /// Where the group is closing, or closed; the error has the handle, which is as it was.
    pub fn join<H: Revocable>(&self, handle: H) -> Result<H, JoinError<H>> {
        let mut members = self.members();
        if members.is_closing {
            return Err(JoinError(handle));
        }
        members.add(handle.registered(Seal(())).handle());
        Ok(handle)
    }

    /// Ends all members, as [`revoke_all`](crate::revoke_all) does, and refuses newcomers from now on.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        self.close(true, Some(Place::caller()))
    }

    fn close(&self, waits: bool, at: Option<Place>) -> Ended {
        let handles = {
            let mut members = self.members();
            members.is_closing = true;
            members.handles.clone()
        };
        // Not under the lock: a callback inside may use the group.
        revoke_by_handle(&handles, waits, at)
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _: Ended = self.close(false, None);
    }
}

impl Members {
    fn add(&mut self, handle: Handle) {
        const FEW: usize = 32;
        if self.handles.len() >= self.tidy_at.max(FEW) {
            self.handles.retain(|handle| is_there(*handle));
            self.tidy_at = self.handles.len() * 2;
        }
        self.handles.push(handle);
    }
}

/// The group is closing, or closed: it takes nothing more. `H` is the handle that was to join.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::Group;
///
/// let group = Group::new();
/// let _ = group.revoke();
/// let held = group.join(Held::new(Adder(1)).unwrap()).unwrap_err().into_handle();
/// assert_eq!(held.with(|adder| adder.0), Ok(1)); // as it was
/// ```
#[derive(Debug)]
pub struct JoinError<H>(H);

impl<H> JoinError<H> {
    /// The handle, which is as it was.
    pub fn into_handle(self) -> H {
        self.0
    }
}

impl<H> fmt::Display for JoinError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the group is closing: end this by itself, or give C nothing more")
    }
}

impl<H: fmt::Debug> Error for JoinError<H> {}
