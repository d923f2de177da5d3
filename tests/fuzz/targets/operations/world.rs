//! Steps on one thread, also from inside calls.

use std::cell::{Cell, RefCell};
use std::panic;
use std::panic::panic_any;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Once};

use arbitrary::Arbitrary;
use outlive::{Call, Ended, Held, IncidentKind, WithError, revoke_all};

use crate::host::{Asked, Body, ByArg, ByCode, ByOtherArg, Pointer, REFUSED, Table};
use crate::model::{Kind, Model, Outcome, Shape, State};

/// Tables of a run, at most: slots are never given back by those that are dropped.
const TABLES: usize = 12;
/// How deeply calls nest: deeper than a thread has cells.
const DEPTH: usize = 10;
/// Tables that may be left in the ledger by all runs together; context-free ones among them.
const LEFT: usize = 2000;
const LEFT_BY_CODE: usize = 30;

/// One thing that C or the host does. What stands inside a call happens there.
#[derive(Arbitrary, Debug)]
pub enum Step {
    Hold(Kind, Shape),
    Call {
        table: u8,
        value: i16,
        how: How,
        inside: Vec<Step>,
    },
    CallFromThread {
        table: u8,
    },
    /// With the user data of another table.
    CallSwapped {
        table: u8,
        with: u8,
    },
    CallInvented {
        table: u8,
        bits: u64,
    },
    With {
        table: u8,
        inside: Vec<Step>,
    },
    Revoke(u8),
    RevokeTimeout(u8),
    RevokeAll(u8, u8, u8),
    /// By the running call itself.
    RevokeOwn,
    Drop(u8),
    Release(u8),
    IntoInner(u8),
    Ledger,
}

/// How a call goes.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Well,
    Misaligned,
    Panic,
}

/// A table and its model.
struct One {
    /// Borrowed while the host visits the value; `None` when the handle is gone.
    table: RefCell<Option<Box<dyn Table>>>,
    id: u64,
    number: i32,
    pointer: Pointer,
    drops: Arc<AtomicU32>,
    model: RefCell<Model>,
}

/// What the next call is to do inside.
struct Script {
    steps: Vec<Step>,
    how: How,
    callee: Rc<One>,
    world: Rc<World>,
}

thread_local! {
    static SCRIPT: Cell<Option<Script>> = const { Cell::new(None) };
}

/// The tables of a run, and how deeply it is inside of calls.
pub struct World {
    tables: RefCell<Vec<Rc<One>>>,
    depth: Cell<usize>,
}

/// Panics that are asked for say nothing.
pub fn keep_asked_panics_silent() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Asked>() {
                usual(info);
                // A panic in a callback would stay home.
                std::process::abort();
            }
        }));
    });
}

/// What a host does in a call.
pub fn inside(call: &Call<'_>) {
    let Some(Script { steps, how, callee, world }) = SCRIPT.take() else { return };
    assert_eq!(call.id(), callee.id, "the call reached its own table");
    callee.model.borrow_mut().inside += 1;
    world.deeper(|| world.steps(steps, Some((call, &callee))));
    if how == How::Panic {
        panic_any(Asked);
    }
}

/// Whether the ledger may keep one more for good.
fn may_leave(shape: Shape) -> bool {
    static LEFT_SO_FAR: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let by_code = shape == Shape::Code;
    let most = if by_code { LEFT_BY_CODE } else { LEFT };
    LEFT_SO_FAR[usize::from(by_code)].fetch_add(1, Ordering::Relaxed) < most
}

fn now(ended: bool) -> Ended {
    if ended { Ended::Now } else { Ended::Later }
}

impl World {
    /// Runs the steps, ends what is left, and compares.
    pub fn run(steps: Vec<Step>) {
        let world = Rc::new(World { tables: RefCell::default(), depth: Cell::new(0) });
        world.steps(steps, None);
        world.check_ledger();
        for one in world.tables.borrow().iter() {
            let table = one.table.borrow_mut().take();
            if let Some(table) = table {
                let ended = one.model.borrow_mut().end();
                one.model.borrow_mut().released = true;
                assert_eq!((table.release(), ended), (Ended::Now, true));
            }
        }
        world.check_drops();
        world.check_ledger();
    }

    fn deeper<R>(&self, f: impl FnOnce() -> R) -> R {
        self.depth.set(self.depth.get() + 1);
        let result = f();
        self.depth.set(self.depth.get() - 1);
        result
    }

    fn steps(self: &Rc<Self>, steps: Vec<Step>, running: Option<(&Call<'_>, &One)>) {
        for step in steps {
            self.step(step, running);
            self.check_drops();
        }
    }

    fn one(&self, number: u8) -> Option<Rc<One>> {
        let tables = self.tables.borrow();
        let place = usize::from(number).checked_rem(tables.len())?;
        Some(Rc::clone(&tables[place]))
    }

    fn step(self: &Rc<Self>, step: Step, running: Option<(&Call<'_>, &One)>) {
        if let Step::Hold(kind, shape) = step {
            return self.hold(kind, shape);
        }
        if let Step::Ledger = step {
            return self.check_ledger();
        }
        if let Step::RevokeOwn = step {
            if let Some((call, own)) = running {
                let ended = own.model.borrow_mut().end();
                assert_eq!((call.revoke(), ended), (Ended::Later, false));
            }
            return;
        }
        let (Step::Call { table, .. }
        | Step::CallFromThread { table }
        | Step::CallSwapped { table, .. }
        | Step::CallInvented { table, .. }
        | Step::With { table, .. }
        | Step::Revoke(table)
        | Step::RevokeTimeout(table)
        | Step::RevokeAll(table, ..)
        | Step::Drop(table)
        | Step::Release(table)
        | Step::IntoInner(table)) = step
        else {
            return;
        };
        let Some(one) = self.one(table) else { return };
        match step {
            Step::Call { value, how, inside, .. } => self.call(&one, value.into(), how, inside),
            Step::CallFromThread { .. } => call_from_thread(&one),
            Step::CallSwapped { with, .. } => self.call_swapped(&one, with),
            Step::CallInvented { bits, .. } => self.call_invented(&one, bits),
            Step::With { inside, .. } => self.with(&one, inside),
            Step::Revoke(_) => revoke(&one, |table| table.revoke()),
            Step::RevokeTimeout(_) => revoke(&one, |table| table.revoke_timeout()),
            Step::RevokeAll(_, second, third) => self.revoke_all(&[table, second, third]),
            Step::Drop(_) => take(&one, drop_table),
            Step::Release(_) => take(&one, release),
            Step::IntoInner(_) => take(&one, into_inner),
            Step::Hold(..) | Step::RevokeOwn | Step::Ledger => {}
        }
    }

    fn hold(&self, kind: Kind, shape: Shape) {
        if self.tables.borrow().len() >= TABLES {
            return;
        }
        let drops = Arc::new(AtomicU32::new(0));
        let number = 100_000 * (self.tables.borrow().len() as i32 + 1);
        let body = Body { number, drops: Arc::clone(&drops) };
        macro_rules! hold {
            ($host:ident) => {
                match kind {
                    Kind::Shared => Box::new(Held::new($host(body)).unwrap()) as Box<dyn Table>,
                    Kind::Exclusive => Box::new(Held::exclusive($host(body)).unwrap()),
                    Kind::Local => Box::new(Held::local($host(body)).unwrap()),
                }
            };
        }
        let table = match shape {
            Shape::Arg => hold!(ByArg),
            Shape::OtherArg => hold!(ByOtherArg),
            Shape::Code => hold!(ByCode),
        };
        let (id, pointer) = (table.id(), table.pointer());
        let model = RefCell::new(Model::new(kind, shape));
        let table = RefCell::new(Some(table));
        self.tables.borrow_mut().push(Rc::new(One { table, id, number, pointer, drops, model }));
    }

    fn call(self: &Rc<Self>, one: &Rc<One>, value: i32, how: How, steps: Vec<Step>) {
        if one.is_forgotten() || self.depth.get() >= DEPTH {
            return;
        }
        let outcome = one.model.borrow().admits(true, true);
        let (callee, world) = (Rc::clone(one), Rc::clone(self));
        SCRIPT.set(Some(Script { steps, how, callee, world }));
        let depth = self.depth.get();
        let result = one.pointer.call(value, how == How::Misaligned);
        self.depth.set(depth); // a panic left it as it was
        let ran = SCRIPT.take().is_none();
        let mut model = one.model.borrow_mut();
        match outcome {
            Outcome::Refused(why) => {
                assert_eq!((result, ran), (REFUSED, false), "{why}");
                model.refuse(why);
            }
            Outcome::Served => {
                model.served += 1;
                let (should, runs) = match how {
                    How::Well => (value + one.number, true),
                    How::Panic => (REFUSED, true),
                    How::Misaligned => (REFUSED, false),
                };
                assert_eq!((result, ran), (should, runs), "{how:?}");
                if how == How::Panic {
                    model.panicked += 1;
                    model.incidents[IncidentKind::Panic as usize] += 1;
                }
                if how == How::Misaligned {
                    model.incidents[IncidentKind::BadArgument as usize] += 1;
                }
                if runs {
                    model.leave();
                }
            }
        }
    }

    fn call_swapped(&self, one: &One, with: u8) {
        let Some(other) = self.one(with) else { return };
        let shapes = (one.model.borrow().shape, other.model.borrow().shape);
        if shapes.0 == Shape::Code || shapes.1 == Shape::Code {
            return;
        }
        let pointer = one.pointer.with(other.pointer.user_data());
        let outcome = other.model.borrow().admits(true, shapes.0 == shapes.1);
        let result = pointer.call(1, false);
        other.settle(outcome, result);
    }

    fn call_invented(&self, one: &One, bits: u64) {
        if one.model.borrow().shape == Shape::Code {
            return;
        }
        // Near a true one as often as anything.
        let user_data = if bits % 2 == 0 { one.id ^ 1 << (bits / 2 % 64) } else { bits };
        if self.tables.borrow().iter().any(|one| one.id == user_data) {
            return;
        }
        let pointer = one.pointer.with(user_data as usize);
        assert_eq!(pointer.call(1, false), REFUSED, "{user_data:#x}");
    }

    fn with(self: &Rc<Self>, one: &Rc<One>, steps: Vec<Step>) {
        let Ok(table) = one.table.try_borrow() else { return };
        let Some(table) = table.as_ref().filter(|_| self.depth.get() < DEPTH) else { return };
        let should = match one.model.borrow().admits(true, true) {
            Outcome::Served => Ok(()),
            Outcome::Refused(IncidentKind::ConcurrentCall) => Err(WithError::Busy),
            Outcome::Refused(_) => Err(WithError::Closed),
        };
        let mut steps = Some(steps);
        let result = table.with(&mut || {
            one.model.borrow_mut().inside += 1;
            self.deeper(|| self.steps(steps.take().unwrap_or_default(), None));
        });
        assert_eq!(result, should);
        if result.is_ok() {
            one.model.borrow_mut().leave();
        }
    }

    fn revoke_all(&self, numbers: &[u8]) {
        let ones: Vec<_> = numbers.iter().filter_map(|number| self.one(*number)).collect();
        let tables: Vec<_> = ones.iter().filter_map(|one| one.table.try_borrow().ok()).collect();
        if tables.len() != ones.len() {
            return;
        }
        let held = ones.iter().zip(&tables).filter_map(|(one, table)| Some((one, table.as_ref()?)));
        let (ones, tables): (Vec<_>, Vec<_>) =
            held.map(|(one, table)| (one, table.revocable())).unzip();
        let ended = revoke_all(&tables);
        let all = ones.iter().fold(true, |all, one| one.model.borrow_mut().end() && all);
        assert_eq!(ended, now(all));
    }

    /// A value is dropped when its table has ended, and not before.
    fn check_drops(&self) {
        for one in self.tables.borrow().iter() {
            let model = one.model.borrow();
            let should = u32::from(model.state == State::Ended);
            assert_eq!(one.drops.load(Ordering::SeqCst), should, "{model:?}");
        }
    }

    fn check_ledger(&self) {
        let ledger = outlive::ledger();
        for one in self.tables.borrow().iter() {
            let entry = ledger.tables.iter().find(|entry| entry.id == one.id);
            one.model.borrow().check(entry);
        }
    }
}

impl One {
    /// C has promised not to call it any more: its code may be another's.
    fn is_forgotten(&self) -> bool {
        let model = self.model.borrow();
        model.shape == Shape::Code && model.released
    }

    /// Compares a call that did nothing inside, and counts it.
    fn settle(&self, outcome: Outcome, result: i32) {
        let mut model = self.model.borrow_mut();
        match outcome {
            Outcome::Served => {
                assert_eq!(result, 1 + self.number);
                model.served += 1;
            }
            Outcome::Refused(why) => {
                assert_eq!(result, REFUSED);
                model.refuse(why);
            }
        }
    }
}

fn call_from_thread(one: &One) {
    if one.is_forgotten() {
        return;
    }
    let outcome = one.model.borrow().admits(false, true);
    let result = one.pointer.call_from_thread(1);
    one.settle(outcome, result);
}

fn revoke(one: &One, revoke: impl FnOnce(&dyn Table) -> Ended) {
    let Ok(table) = one.table.try_borrow() else { return };
    let Some(table) = table.as_ref() else { return };
    let ended = revoke(&**table);
    assert_eq!(ended, now(one.model.borrow_mut().end()));
}

/// Does what takes the handle, unless a visit of the host's has borrowed it.
fn take(one: &One, f: impl FnOnce(&One, Box<dyn Table>) -> Option<Box<dyn Table>>) {
    let Ok(mut place) = one.table.try_borrow_mut() else { return };
    if let Some(table) = place.take() {
        *place = f(one, table);
    }
}

fn release(one: &One, table: Box<dyn Table>) -> Option<Box<dyn Table>> {
    let ended = one.model.borrow_mut().end();
    one.model.borrow_mut().released = true;
    assert_eq!(table.release(), now(ended));
    None
}

fn drop_table(one: &One, table: Box<dyn Table>) -> Option<Box<dyn Table>> {
    if !may_leave(one.model.borrow().shape) {
        return release(one, table);
    }
    one.model.borrow_mut().end();
    drop(table);
    None
}

fn into_inner(one: &One, table: Box<dyn Table>) -> Option<Box<dyn Table>> {
    let (state, inside) = (one.model.borrow().state, one.model.borrow().inside);
    if inside == 0 && !may_leave(one.model.borrow().shape) {
        return release(one, table);
    }
    match table.into_inner() {
        Ok(()) => {
            assert!(state != State::Ended && inside == 0, "{state:?}");
            let mut model = one.model.borrow_mut();
            model.state = State::Ended;
            // A context-free table comes with a remainder, which is not released.
            model.released = model.shape != Shape::Code;
            None
        }
        Err(Some(table)) => {
            assert!(inside > 0 && state != State::Ended, "{state:?}");
            one.model.borrow_mut().state = State::Parked;
            Some(table)
        }
        Err(None) => {
            assert_eq!(state, State::Ended);
            None
        }
    }
}
