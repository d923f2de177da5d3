//! What may not use its connection: SQLite forbids it to hooks, and it is in the middle of something, too, when it gives
//! a hook, a module, a table or a cursor back, whose destructor is then the host's code.

use std::cell::Cell;
use std::rc::Rc;

/// How many such pieces of code are running on a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Rc<Cell<u32>>);

/// One is running, for as long as this is there.
pub(crate) struct Inside<'a>(&'a Running);

impl Running {
    pub fn enter(&self) -> Inside<'_> {
        self.0.set(self.0.get() + 1);
        Inside(self)
    }

    pub fn is_any(&self) -> bool {
        self.0.get() > 0
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let running = &self.0.0;
        running.set(running.get() - 1);
    }
}

/// A value whose destructor counts as running. The fields are dropped in this order.
pub(crate) struct Quiet<T> {
    _begin: Begin,
    value: T,
    end: End,
}

struct Begin(Running);

struct End(Running);

impl<T> Quiet<T> {
    pub fn new(running: Running, value: T) -> Self {
        Quiet { _begin: Begin(running.clone()), value, end: End(running) }
    }

    /// Uses the value, which counts as running.
    pub fn run<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let _inside = self.end.0.enter();
        f(&self.value)
    }

    /// Uses the value, which may use the connection.
    pub fn get(&self) -> &T {
        &self.value
    }

    pub fn running(&self) -> Running {
        self.end.0.clone()
    }
}

impl Drop for Begin {
    fn drop(&mut self) {
        // `End` takes it back.
        std::mem::forget(self.0.enter());
    }
}

impl Drop for End {
    fn drop(&mut self) {
        drop(Inside(&self.0));
    }
}
