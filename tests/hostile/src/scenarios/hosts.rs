//! Host values that several families need.

use core::cell::RefCell;
use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use outlive::Ended;

use super::checks::{newcomers, refused};
use super::way::Way;
use crate::binding::{Host, REFUSED, Shared};
use crate::door::Door;
use crate::scenario::{Failure, Stage, Verdict};
use crate::sys::keeper_table;
use crate::system::this_thread;

/// What makes a host of [`waiting`] wait.
pub const WAIT: c_int = 0;

/// Waits at the door for [`WAIT`]. The result is read from the value when the call leaves.
pub fn waiting(id: c_int, door: Door) -> Host {
    let own = Box::new(id);
    Host::doing(id, move |_, value| {
        if value == WAIT {
            door.enter();
        }
        *own + value
    })
}

/// A host that counts its calls.
pub fn counting(id: c_int, calls: &Arc<AtomicUsize>) -> Host {
    let calls = Arc::clone(calls);
    Host::doing(id, move |_, value| {
        calls.fetch_add(1, Ordering::SeqCst);
        id + value
    })
}

/// A host that waits at the door for [`WAIT`], and notes when that call leaves.
pub fn leaving(id: c_int, door: Door, left: &Arc<AtomicBool>) -> Host {
    let (left, own) = (Arc::clone(left), Box::new(id));
    Host::doing(id, move |_, value| {
        if value == WAIT {
            door.enter();
            left.store(true, Ordering::SeqCst);
        }
        *own + value
    })
}

/// Runs its function when it is dropped: the destructor of the host value that captures it.
pub struct WhenDropped<F: Fn()>(pub F);

impl<F: Fn()> Drop for WhenDropped<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A host whose destructor runs `f`. It ends its own table for [`WAIT`].
pub fn ending(id: c_int, f: impl Fn() + Send + Sync + 'static) -> Host {
    let last = WhenDropped(f);
    Host::doing(id, move |inside, value| {
        let _captured = &last;
        if value == WAIT {
            inside.revoke();
        }
        id + value
    })
}

/// A host that notes the thread which drops it.
pub fn noting(id: c_int, thread: &Arc<AtomicI32>) -> Host {
    let thread = Arc::clone(thread);
    let last = WhenDropped(move || thread.store(this_thread(), Ordering::SeqCst));
    Host::doing(id, move |_, value| {
        let _captured = &last;
        id + value
    })
}

/// A state that one call at a time may use, as a host value may have that is not `Sync`.
#[derive(Default)]
pub struct Single(RefCell<u32>);

// SAFETY: the tables here let one call at a time in: THREAD-BOUND, EXCLUSIVE. The control's do not.
unsafe impl Sync for Single {}
// SAFETY: a number may go anywhere.
unsafe impl Send for Single {}

impl Single {
    /// Uses it while `f` runs.
    pub fn alone<R>(&self, f: impl FnOnce() -> R) -> R {
        let mut calls = self.0.borrow_mut();
        *calls += 1;
        f()
    }
}

/// Where a callback finds a handle that is made after it, and takes it from.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Option<Shared<keeper_table>>>>);

impl Shelf {
    pub fn put(&self, table: Shared<keeper_table>) -> Option<Shared<keeper_table>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(table)
    }

    pub fn take(&self) -> Option<Shared<keeper_table>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Tables that destructors of their own values reach. It keeps them until it is dropped.
#[derive(Default)]
pub struct Handles(Arc<OnceLock<Vec<Shared<keeper_table>>>>);

/// What leads a destructor to [`Handles`].
pub struct Reach(Weak<OnceLock<Vec<Shared<keeper_table>>>>);

impl Handles {
    pub fn reach(&self) -> Reach {
        Reach(Arc::downgrade(&self.0))
    }

    /// These are the tables, from here on.
    pub fn fill(&self, tables: Vec<Shared<keeper_table>>) {
        let _ = self.0.set(tables);
    }

    pub fn all(&self) -> &[Shared<keeper_table>] {
        self.0.get().map_or(&[], Vec::as_slice)
    }

    pub fn ways(&self) -> Vec<Way> {
        self.all().iter().map(|table| Way::to(&**table)).collect()
    }
}

impl Reach {
    /// Ends the table of this number, if it is still there.
    pub fn end(
        &self,
        number: usize,
        end: impl Fn(&Shared<keeper_table>) -> Ended,
    ) -> Option<Ended> {
        self.0.upgrade()?.get()?.get(number).map(end)
    }
}

/// What ends came to, noted wherever they were made.
#[derive(Clone, Default)]
pub struct Ends(Arc<Mutex<Vec<Ended>>>);

impl Ends {
    pub fn note(&self, ended: impl IntoIterator<Item = Ended>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(ended);
    }

    pub fn take(&self) -> Vec<Ended> {
        core::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What [`Stage::reuse`] does, for a callback that ends a table.
pub fn disorder(stage: &Stage) -> impl Fn() + Send + Sync + Copy + use<> {
    let (binding, reuse) = (stage.binding, stage.reuse);
    move || {
        if reuse {
            core::mem::forget(newcomers(binding));
        }
    }
}

/// Returns when C's calls are refused, which another thread sees to.
pub fn await_refusal(way: &Way) -> Verdict {
    for _ in 0..2000 {
        if way.call(7) == REFUSED {
            return Ok(());
        }
        std::thread::sleep(core::time::Duration::from_millis(1));
    }
    refused(way.call(7))
}

/// What a thread of the scenario came to.
pub fn joined<T>(thread: std::thread::JoinHandle<T>) -> Result<T, Failure> {
    thread.join().map_err(|_| Failure::wrong("a thread has panicked"))
}
