//! For the tests of several crates: values that are counted, to see that each is dropped once.

use std::cell::Cell;
use std::rc::Rc;

/// Says how many of it are alive.
pub struct Counted(Rc<Cell<i32>>);

impl Counted {
    pub fn new(alive: &Rc<Cell<i32>>) -> Self {
        alive.set(alive.get() + 1);
        Counted(alive.clone())
    }

    #[allow(dead_code, reason = "not each test asks")]
    pub fn alive(&self) -> i64 {
        self.0.get().into()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
