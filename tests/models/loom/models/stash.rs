//! Panics that wait for the host's side.

use std::cell::Cell;
use std::rc::Rc;

use crate::checker::Tracked;
use crate::explore::explore;
use crate::stash::{Payload, Stash};
use crate::threads::spawn;

/// What a panic carries, which tells the checker who made and who drops it.
struct Counted {
    dropped: Rc<Cell<usize>>,
    watched: Tracked,
}

// SAFETY: a checker runs one thread at a time.
unsafe impl Send for Counted {}

impl Counted {
    fn payload(dropped: &Rc<Cell<usize>>) -> Payload {
        let made = Counted { dropped: dropped.clone(), watched: Tracked::new() };
        made.watched.write();
        Box::new(made)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.watched.write();
        self.dropped.set(self.dropped.get() + 1);
    }
}

/// Each panic is taken once or dropped once, whoever is first.
#[test]
fn a_stashed_panic_is_taken_or_dropped_once() {
    explore(|| {
        let dropped = Rc::new(Cell::new(0));
        let stash = Rc::new(Stash::new());
        let caller = spawn({
            let (stash, dropped) = (stash.clone(), dropped.clone());
            move || drop(stash.put(Counted::payload(&dropped)))
        });
        drop(stash.put(Counted::payload(&dropped)));
        drop(stash.take());
        drop(stash.close());
        caller.join();
        assert!(stash.take().is_none());
        assert_eq!(dropped.get(), 2);
    });
}

/// Two that take at once: each panic goes to one of them.
#[test]
fn a_stashed_panic_goes_to_one_taker() {
    explore(|| {
        let dropped = Rc::new(Cell::new(0));
        let stash = Rc::new(Stash::new());
        assert!(stash.put(Counted::payload(&dropped)).is_ok());
        let other = spawn({
            let stash = stash.clone();
            move || stash.take().is_some()
        });
        let own = stash.close().is_some();
        let other = other.join().unwrap();
        assert!(own != other);
        assert_eq!(dropped.get(), 1);
        assert!(stash.put(Counted::payload(&dropped)).is_err());
        stash.reopen();
        assert!(stash.put(Counted::payload(&dropped)).is_ok());
        drop(stash.close());
    });
}
