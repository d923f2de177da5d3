//! One table or callback with its model: how it is called, and the ways in which its handle goes.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use outlive::Ended;

use crate::c_side::{Pointer, REFUSED, on_thread};
use crate::host::{self, Body, Table};
use crate::model::{Attempt, Found, How, Kind, Member, Model, Outcome, Shape, State};

/// Tables that may be left in the ledger by all runs together; context-free ones among them.
const LEFT: usize = 2000;
const LEFT_BY_CODE: usize = 30;

/// A table and its model.
pub struct One {
    /// Borrowed while the host visits the value; `None` when the handle is gone.
    pub table: RefCell<Option<Box<dyn Table>>>,
    pub id: u64,
    /// What the host adds to each value.
    pub number: i32,
    pub pointer: Pointer,
    drops: Arc<AtomicU32>,
    pub model: RefCell<Model>,
}

impl One {
    pub fn hold(kind: Kind, shape: Shape, number: i32) -> Self {
        let drops = Arc::new(AtomicU32::new(0));
        let table = host::hold(kind, shape, Body::new(number, &drops));
        let (id, pointer) = (table.id(), table.pointer());
        let (table, model) = (RefCell::new(Some(table)), RefCell::new(Model::new(kind, shape)));
        One { table, id, number, pointer, drops, model }
    }

    /// The value is dropped when its table has ended, and not before.
    pub fn check(&self) {
        let model = self.model.borrow();
        let should = u32::from(model.is_dropped());
        assert_eq!(self.drops.load(Ordering::SeqCst), should, "{model:?}");
    }

    /// C has promised not to call it any more: its code, or its memory, may be another's.
    pub fn is_forgotten(&self) -> bool {
        self.model.borrow().is_forgotten()
    }

    /// Compares what a call returned, and counts it.
    pub fn settle(
        &self,
        attempt: Attempt,
        outcome: Outcome,
        how: How,
        was_inside: bool,
        result: i32,
        value: i32,
    ) {
        let is_served = outcome == Outcome::Served && how == How::Well;
        let should = if is_served { value + self.number } else { REFUSED };
        assert_eq!(result, should, "{outcome:?}, {how:?}");
        self.model.borrow_mut().called(attempt, outcome, how, was_inside);
    }

    /// C is done with what it has at the end of a run, without which the ledger would keep it.
    pub fn say_last_word(&self) {
        let shape = self.model.borrow().shape;
        if self.model.borrow().is_gone() || !shape.has_last_word() {
            return;
        }
        if shape.has_last_call() {
            let attempt = Attempt::of(shape, Member::Done);
            let outcome = self.model.borrow().admits(attempt);
            let result = self.pointer.call(Member::Done, 1, false);
            self.settle(attempt, outcome, How::Well, false, result, 1);
        } else {
            self.pointer.notify();
            self.model.borrow_mut().notify();
        }
        assert!(self.model.borrow().is_gone());
    }

    pub fn call_from_thread(&self, member: Member) {
        if !self.pointer.has(member) || self.is_forgotten() {
            return;
        }
        let attempt = Attempt::of(self.model.borrow().shape, member).elsewhere();
        let outcome = self.model.borrow().admits(attempt);
        let pointer = self.pointer;
        let result = on_thread(move || pointer.call(member, 1, false));
        self.settle(attempt, outcome, How::Well, false, result, 1);
        end_what_was_left();
    }

    /// C calls the destroy notify, if there is one.
    pub fn notify(&self, from_thread: bool) {
        if self.pointer.found() != Found::ByUserData {
            return;
        }
        let pointer = self.pointer;
        if from_thread {
            on_thread(move || pointer.notify())
        } else {
            pointer.notify()
        }
        self.model.borrow_mut().notify();
        end_what_was_left();
    }

    pub fn revoke(&self, revoke: impl FnOnce(&dyn Table) -> Ended) {
        let Ok(table) = self.table.try_borrow() else { return };
        let Some(table) = table.as_ref() else { return };
        let ended = revoke(&**table);
        assert_eq!(ended, self.model.borrow_mut().end());
    }

    /// Does what takes the handle, unless a visit of the host's has borrowed it.
    pub fn take(&self, f: impl FnOnce(&Self, Box<dyn Table>) -> Option<Box<dyn Table>>) {
        let Ok(mut place) = self.table.try_borrow_mut() else { return };
        if let Some(table) = place.take() {
            *place = f(self, table);
        }
    }

    pub fn release(&self, table: Box<dyn Table>) -> Option<Box<dyn Table>> {
        let ended = table.release();
        assert_eq!(ended, self.model.borrow_mut().release());
        None
    }

    pub fn drop(&self, table: Box<dyn Table>) -> Option<Box<dyn Table>> {
        if !may_leave(self.model.borrow().shape) {
            return self.release(table);
        }
        drop(table);
        let mut model = self.model.borrow_mut();
        let _ = model.end();
        model.host = false;
        None
    }

    pub fn hand_over(&self, table: Box<dyn Table>, fails: bool) -> Option<Box<dyn Table>> {
        if !self.model.borrow().shape.has_last_word() {
            return Some(table);
        }
        let table = table.hand_over(fails);
        let mut model = self.model.borrow_mut();
        assert_eq!(table.is_some(), fails && model.c, "{model:?}");
        model.host = table.is_some();
        // A value that was about to be taken out, and that C is done with, is nobody's any more.
        if !model.host && !model.c {
            let _: Ended = model.end();
        }
        table
    }

    pub fn into_inner(&self, table: Box<dyn Table>) -> Option<Box<dyn Table>> {
        let shape = self.model.borrow().shape;
        if shape.is_lone() || shape.is_lent() || !may_leave(shape) {
            return self.release(table);
        }
        let (state, is_inside) = {
            let model = self.model.borrow();
            (model.state, model.inside + model.outgoing > 0)
        };
        match table.into_inner() {
            Ok(()) => {
                assert!(state != State::Ended && !is_inside, "{state:?}");
                self.model.borrow_mut().take();
                None
            }
            Err(Some(table)) => {
                assert!(is_inside && state != State::Ended, "{state:?}");
                self.model.borrow_mut().state = State::Parked;
                Some(table)
            }
            Err(None) => {
                assert_eq!(state, State::Ended);
                self.model.borrow_mut().host = false;
                None
            }
        }
    }
}

/// A value that is bound to this thread ends at the thread's next operation.
fn end_what_was_left() {
    drop(outlive::ledger());
}

/// Whether the ledger may keep one more for good. What C ends by its last word is not left there.
fn may_leave(shape: Shape) -> bool {
    static LEFT_SO_FAR: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let by_code = shape == Shape::Code;
    let most = if by_code { LEFT_BY_CODE } else { LEFT };
    shape.has_last_word()
        || LEFT_SO_FAR[usize::from(by_code)].fetch_add(1, Ordering::Relaxed) < most
}
