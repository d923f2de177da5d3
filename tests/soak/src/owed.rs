//! What the hosts of a round owe to C.

use std::sync::{Arc, Mutex};

use outlive::{AnyThread, Completion, NotCalledError};

use crate::sys::load_done;
use crate::tally::{Tally, count};

/// How many answers wait at most.
const WAITING: usize = 64;
/// What the host answers.
const ANSWER: i32 = 5;

/// An answer, with the book of the host that owes it.
pub struct Owed {
    completion: AnyThread<Completion<load_done>>,
    tally: Arc<Tally>,
}

impl Owed {
    pub fn new(completion: AnyThread<Completion<load_done>>, tally: &Arc<Tally>) -> Self {
        Owed { completion, tally: Arc::clone(tally) }
    }

    fn answer(self) {
        let counter = match self.completion.into_inner().complete(ANSWER) {
            Ok(()) => &self.tally.answered,
            Err(NotCalledError::Released | _) => &self.tally.forgotten,
        };
        count(counter);
    }

    fn let_go(self) {
        count(&self.tally.let_go);
    }

    fn settle(self, dice: u64) {
        if dice % 2 == 0 {
            self.answer();
        } else {
            self.let_go();
        }
    }
}

/// Answers that any thread may give.
pub struct Waiting(Mutex<Vec<Owed>>);

impl Waiting {
    pub fn new() -> Self {
        Waiting(Mutex::new(Vec::with_capacity(WAITING)))
    }

    /// Answers at once, or has it wait, or puts it in the place of another.
    pub fn put(&self, owed: Owed, dice: u64) {
        if dice % 4 == 0 {
            return owed.settle(dice / 4);
        }
        let displaced = {
            let mut waiting = self.0.lock().unwrap();
            let is_full = waiting.len() == WAITING;
            let displaced = is_full.then(|| waiting.swap_remove(dice as usize / 4 % WAITING));
            waiting.push(owed);
            displaced
        };
        // C is called without the lock.
        if let Some(displaced) = displaced {
            displaced.settle(dice / 8);
        }
    }

    /// Settles the newest one.
    pub fn settle_one(&self, dice: u64) {
        let owed = self.0.lock().unwrap().pop();
        if let Some(owed) = owed {
            owed.settle(dice);
        }
    }

    /// Answers all.
    pub fn answer_all(&self) {
        let all: Vec<Owed> = self.0.lock().unwrap().drain(..).collect();
        all.into_iter().for_each(Owed::answer);
    }
}
