//! Steps on one thread, also from inside calls.

use std::cell::{Cell, RefCell};
use std::panic;
use std::panic::panic_any;
use std::rc::Rc;
use std::sync::Once;

use outlive::{Call, Ended, Group, IncidentKind, WithError, revoke_all};

use crate::c_side::REFUSED;
use crate::host::Body;
use crate::model::{Attempt, Found, How, Kind, Member, Outcome, Shape};
use crate::one::One;
use crate::owed::Owed;
use crate::step::Step;

/// Tables of a run, at most: slots are never given back by those that are dropped.
const TABLES: usize = 12;
/// What is owed to C in a run, at most.
const OWED: usize = 12;
/// How deeply calls nest: deeper than a thread has cells.
const DEPTH: usize = 10;
/// The payload of the panics that are asked for.
struct Asked;

/// What the next call is to do inside.
struct Script {
    steps: Vec<Step>,
    how: How,
    callee: Rc<One>,
    world: Rc<World>,
}

thread_local! {
    static SCRIPT: Cell<Option<Script>> = const { Cell::new(None) };
    /// What the next call into C is to do there.
    static OUTGOING: Cell<Option<(Vec<Step>, Rc<World>)>> = const { Cell::new(None) };
}

/// The call that runs, where its host has it.
#[derive(Clone, Copy)]
struct Running<'a> {
    call: &'a Call<'a>,
    own: &'a Rc<One>,
    body: &'a Body,
}

/// A group, and those that have joined.
#[derive(Default)]
struct Grouped {
    group: Group,
    is_closing: Cell<bool>,
    members: RefCell<Vec<Rc<One>>>,
}

/// The tables of a run, and how deeply it is inside of calls.
pub struct World {
    tables: RefCell<Vec<Rc<One>>>,
    groups: RefCell<[Rc<Grouped>; 2]>,
    owed: RefCell<Vec<Rc<Owed>>>,
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

/// What a host does in a call. A closure has no `call`.
pub fn inside(call: Option<&Call<'_>>, body: &Body) {
    let Some(Script { steps, how, callee, world }) = SCRIPT.take() else { return };
    assert_eq!(body.number, callee.number, "the call reached its own value");
    assert!(call.is_none_or(|call| call.id() == callee.id), "the call reached its own table");
    callee.model.borrow_mut().inside += 1;
    let running = call.map(|call| Running { call, own: &callee, body });
    world.deeper(|| world.steps(steps, running));
    if how == How::Panic {
        panic_any(Asked);
    }
}

/// What C does where the host calls it.
pub fn outgoing() {
    if let Some((steps, world)) = OUTGOING.take() {
        world.deeper(|| world.steps(steps, None));
    }
}

impl World {
    /// Runs the steps, ends what is left, and compares.
    pub fn run(steps: Vec<Step>) {
        let world = Rc::new(World {
            tables: RefCell::default(),
            groups: RefCell::default(),
            owed: RefCell::default(),
            depth: Cell::new(0),
        });
        world.steps(steps, None);
        world.check_ledger();
        for one in world.tables.borrow().iter() {
            one.take(One::release);
            one.say_last_word();
        }
        world.check();
        world.check_ledger();
        for owed in world.owed.borrow().iter() {
            owed.drop_paper();
        }
        world.check();
    }

    fn deeper<R>(&self, f: impl FnOnce() -> R) -> R {
        self.depth.set(self.depth.get() + 1);
        let result = f();
        self.depth.set(self.depth.get() - 1);
        result
    }

    fn steps(self: &Rc<Self>, steps: Vec<Step>, running: Option<Running<'_>>) {
        for step in steps {
            self.step(step, running);
            self.check();
        }
    }

    fn one(&self, number: u8) -> Option<Rc<One>> {
        chosen(&self.tables.borrow(), number)
    }

    fn step(self: &Rc<Self>, step: Step, running: Option<Running<'_>>) {
        if let Some(table) = step.table() {
            if let Some(one) = self.one(table) {
                self.step_of(&one, step);
            }
            return;
        }
        match step {
            Step::Hold(kind, shape) => self.hold(kind, shape),
            Step::RevokeOwn => {
                if let Some(Running { call, own, .. }) = running {
                    let ended = own.model.borrow_mut().end();
                    assert_eq!(call.revoke(), ended);
                }
            }
            Step::RevokeGroup { second } => self.revoke_group(second),
            Step::RenewGroup { second } => self.renew_group(second),
            Step::Owe { is_closure, in_value } => self.owe(running, is_closure, in_value),
            Step::Answer { owed, inside } => self.answer(owed, inside),
            Step::DropOwed(owed) => {
                if let Some(owed) = self.owed(owed) {
                    owed.drop_paper();
                }
            }
            Step::Ledger => self.check_ledger(),
            _ => unreachable!("it is about a table"),
        }
    }

    fn step_of(self: &Rc<Self>, one: &Rc<One>, step: Step) {
        match step {
            Step::Call { member, value, how, inside, .. } => {
                self.call(one, one, member, value.into(), how, inside);
            }
            Step::CallFromThread { member, .. } => one.call_from_thread(member),
            Step::CallSwapped { member, with, inside, .. } => {
                if let Some(other) = self.one(with) {
                    self.call(one, &other, member, 1, How::Well, inside);
                }
            }
            Step::CallInvented { bits, .. } => self.call_invented(one, bits),
            Step::Notify { from_thread, .. } => one.notify(from_thread),
            Step::With { inside, .. } => self.with(one, inside),
            Step::Revoke(_) => one.revoke(|table| table.revoke()),
            Step::RevokeTimeout(_) => one.revoke(|table| table.revoke_timeout()),
            Step::RevokeAll(first, second, third) => self.revoke_all(&[first, second, third]),
            Step::Join { second, .. } => self.join(one, second),
            Step::Drop(_) => one.take(One::drop),
            Step::HandOver { fails, .. } => one.take(|one, table| one.hand_over(table, fails)),
            Step::Release(_) => one.take(One::release),
            Step::IntoInner(_) => one.take(One::into_inner),
            _ => unreachable!("it is about no table"),
        }
    }

    fn hold(&self, kind: Kind, shape: Shape) {
        if self.tables.borrow().len() >= TABLES {
            return;
        }
        let number = 100_000 * (self.tables.borrow().len() as i32 + 1);
        self.tables.borrow_mut().push(Rc::new(One::hold(kind, shape, number)));
    }

    /// C calls the function of `one`, with the state of `callee`.
    fn call(
        self: &Rc<Self>,
        one: &Rc<One>,
        callee: &Rc<One>,
        member: Member,
        value: i32,
        how: How,
        steps: Vec<Step>,
    ) {
        let is_forgotten = one.is_forgotten() || callee.is_forgotten();
        if !one.pointer.has(member) || is_forgotten || self.depth.get() >= DEPTH {
            return;
        }
        let is_own = Rc::ptr_eq(one, callee);
        let found = one.pointer.found();
        if !is_own && (found == Found::ByCode || callee.pointer.found() == Found::ByCode) {
            return;
        }
        let pointer = one.pointer.with(callee.pointer.state());
        if found != callee.pointer.found() {
            assert_eq!(pointer.call(member, value, false), REFUSED, "it is nothing here");
            return;
        }
        let own_type = one.model.borrow().is_of_the_type_of(&callee.model.borrow());
        let attempt = Attempt::of(one.model.borrow().shape, member).with(own_type);
        let outcome = callee.model.borrow().admits(attempt);
        // A closure takes any argument.
        let is_lone = one.model.borrow().shape.is_lone();
        let how = if is_lone && how == How::Misaligned { How::Well } else { how };
        SCRIPT.set(Some(Script { steps, how, callee: Rc::clone(callee), world: Rc::clone(self) }));
        let depth = self.depth.get();
        let result = pointer.call(member, value, how == How::Misaligned);
        self.depth.set(depth); // a panic left it as it was
        let ran = SCRIPT.take().is_none();
        assert_eq!(ran, outcome == Outcome::Served && how != How::Misaligned, "{outcome:?}");
        callee.settle(attempt, outcome, how, ran, result, value);
    }

    fn call_invented(&self, one: &One, bits: u64) {
        if one.pointer.found() == Found::ByCode || one.is_forgotten() {
            return;
        }
        // Near a true one as often as anything.
        let near = one.pointer.state() ^ 1 << (bits / 2 % 64);
        let state = if bits % 2 == 0 { near } else { bits as usize };
        if self.tables.borrow().iter().any(|one| one.pointer.state() == state) {
            return;
        }
        let pointer = one.pointer.with(state);
        assert_eq!(pointer.call(Member::Event, 1, false), REFUSED, "{state:#x}");
    }

    fn with(self: &Rc<Self>, one: &One, steps: Vec<Step>) {
        let Ok(table) = one.table.try_borrow() else { return };
        let Some(table) = table.as_ref().filter(|_| self.depth.get() < DEPTH) else { return };
        if one.model.borrow().shape.is_lone() {
            return;
        }
        let attempt = Attempt::of_host(one.model.borrow().shape);
        let should = match one.model.borrow().admits(attempt) {
            Outcome::Refused(IncidentKind::ConcurrentCall) => Err(WithError::Busy),
            Outcome::Refused(_) => Err(WithError::Closed),
            Outcome::Served | Outcome::UsedUp => Ok(()),
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
        assert_eq!(ended, end_all(ones.into_iter()));
    }

    fn group(&self, second: bool) -> Rc<Grouped> {
        Rc::clone(&self.groups.borrow()[usize::from(second)])
    }

    fn join(&self, one: &Rc<One>, second: bool) {
        let grouped = self.group(second);
        one.take(|_, table| {
            let (table, has_joined) = table.join(&grouped.group);
            assert_eq!(has_joined, !grouped.is_closing.get());
            if has_joined {
                grouped.members.borrow_mut().push(Rc::clone(one));
            }
            Some(table)
        });
    }

    fn revoke_group(&self, second: bool) {
        let grouped = self.group(second);
        grouped.is_closing.set(true);
        let ended = grouped.group.revoke();
        assert_eq!(ended, grouped.end());
    }

    fn renew_group(&self, second: bool) {
        let new = Rc::<Grouped>::default();
        let old = std::mem::replace(&mut self.groups.borrow_mut()[usize::from(second)], new);
        // No step has it, for none keeps one over another step.
        let Grouped { group, members, .. } = Rc::into_inner(old).expect("the only one");
        drop(group);
        let members = members.into_inner();
        let _ = end_all(members.iter().filter(|one| !one.model.borrow().is_gone()));
    }

    fn owed(&self, number: u8) -> Option<Rc<Owed>> {
        chosen(&self.owed.borrow(), number)
    }

    fn owe(&self, running: Option<Running<'_>>, is_closure: bool, in_value: bool) {
        let Some(Running { call, own, body }) = running else { return };
        if self.owed.borrow().len() >= OWED {
            return;
        }
        let mut kept = body.kept.lock().unwrap();
        let owed = Owed::of(call, own, is_closure, in_value.then_some(&mut *kept));
        self.owed.borrow_mut().push(Rc::new(owed));
    }

    fn answer(self: &Rc<Self>, owed: u8, steps: Vec<Step>) {
        let Some(owed) = self.owed(owed).filter(|_| self.depth.get() < DEPTH) else { return };
        OUTGOING.set(Some((steps, Rc::clone(self))));
        owed.call();
        OUTGOING.take();
    }

    /// What has been dropped, and what C has heard.
    fn check(&self) {
        self.tables.borrow().iter().for_each(|one| one.check());
        self.owed.borrow().iter().for_each(|owed| owed.check());
    }

    fn check_ledger(&self) {
        let ledger = outlive::ledger();
        for one in self.tables.borrow().iter() {
            let entry = ledger.tables.iter().find(|entry| entry.id == one.id);
            one.model.borrow().check(entry);
        }
    }
}

fn chosen<T>(all: &[Rc<T>], number: u8) -> Option<Rc<T>> {
    let place = usize::from(number).checked_rem(all.len())?;
    Some(Rc::clone(&all[place]))
}

/// What the ends of all of these come to.
fn end_all<'a>(ones: impl Iterator<Item = &'a Rc<One>>) -> Ended {
    ones.fold(Ended::Now, |all, one| all.and(one.model.borrow_mut().end()))
}

impl Grouped {
    /// Ends the members that are still there.
    fn end(&self) -> Ended {
        end_all(self.members.borrow().iter().filter(|one| !one.model.borrow().is_gone()))
    }
}
