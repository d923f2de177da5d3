//! Timers that are called once, or removed before.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use outlive_loop::{Loop, Token};
use rand::RngExt;
use rand::rngs::StdRng;

use crate::books::Books;

/// How many there are at a time.
const MOST: usize = 200;
/// How long they take at most, in microseconds.
const LONGEST: u64 = 20_000;

/// The timers that were neither called nor removed.
#[derive(Default)]
pub struct Timers {
    waiting: RefCell<HashMap<u64, Token>>,
    made: RefCell<u64>,
}

impl Timers {
    /// Adds one, or removes some other.
    pub fn change(self: &Rc<Self>, events: &Loop, books: &Rc<RefCell<Books>>, random: &mut StdRng) {
        let is_full = self.waiting.borrow().len() >= MOST;
        if is_full || random.random_ratio(1, 4) {
            let first = self.waiting.borrow().keys().next().copied();
            let Some(number) = first else { return };
            let token = self.waiting.borrow_mut().remove(&number);
            if !token.is_some_and(|token| events.remove(token)) {
                books.borrow_mut().fault("a timer's token is unknown");
            }
            books.borrow_mut().timers_removed += 1;
            return;
        }
        let after = Duration::from_micros(random.random_range(0..LONGEST));
        let number = self.made.replace_with(|made| *made + 1);
        let (timers, books, due) = (self.clone(), books.clone(), Instant::now() + after);
        let token = events.timer(after, false, move |events, event| {
            timers.called(number, due, &mut books.borrow_mut());
            events.remove(event.token);
        });
        self.waiting.borrow_mut().insert(number, token);
    }

    fn called(&self, number: u64, due: Instant, books: &mut Books) {
        let late = Instant::now().checked_duration_since(due);
        match late {
            Some(late) => books.latest = books.latest.max(late),
            None => books.fault("a timer is early"),
        }
        if self.waiting.borrow_mut().remove(&number).is_none() {
            books.fault("a timer was called twice, or after it was removed");
        }
        books.timers += 1;
    }

    pub fn are_over(&self) -> bool {
        self.waiting.borrow().is_empty()
    }
}
