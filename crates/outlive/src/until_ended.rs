//! Awaiting the end of a table or a callback.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use outlive_core::{Ended, Task};

use crate::revocable::Revocable;
use crate::seal::Seal;

/// The future of [`Held::ended`](crate::Held::ended) and [`Callback::ended`](crate::Callback::ended).
#[must_use = "a future does nothing unless it is awaited"]
pub struct UntilEnded<'a, H: Revocable> {
    held: &'a H,
    task: Option<Arc<Task>>,
}

impl<'a, H: Revocable> UntilEnded<'a, H> {
    pub(crate) fn new(held: &'a H) -> Self {
        UntilEnded { held, task: None }
    }
}

impl<H: Revocable> Future for UntilEnded<'_, H> {
    type Output = Ended;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended> {
        let this = self.get_mut();
        this.held.registered(Seal(())).poll_ended(&mut this.task, context.waker())
    }
}

impl<H: Revocable> Drop for UntilEnded<'_, H> {
    fn drop(&mut self) {
        self.held.registered(Seal(())).forget_task(self.task.take());
    }
}

impl<H: Revocable + fmt::Debug> fmt::Debug for UntilEnded<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UntilEnded").field(self.held).finish()
    }
}
