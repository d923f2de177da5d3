//! A call against a close, by each way in.

use std::cell::Cell;
use std::rc::Rc;

use super::{Carried, take_every_record};
use crate::checker::without_light_fences;
use crate::checker::{AtomicU32, AtomicU64};
use crate::end::after_withdrawal;
use crate::ended::Ended;
use crate::explore::{explore, explore_all, explore_in, explore_without_light_fences, run};
use crate::gate::Way;
use crate::handle::{Handle, Kind};
use crate::host::{Inside, Table, World};
use crate::primitive::Ordering;
use crate::record::{RECORDS_OF_THREADS, Record};
use crate::slot::{ALL_SLOTS, Slot};
use crate::threads::spawn;

/// How a call of a new thread comes in.
#[derive(Clone, Copy)]
enum How {
    /// The thread's first call.
    First,
    /// By the outermost cell of a thread that has a record.
    Light,
    /// By the next cell.
    Nested,
    /// Counted in the slot, for the thread's cells are taken.
    Deep,
    /// Counted in the slot, for there is no record left.
    Unrecorded,
}

impl How {
    /// What comes before the threads.
    fn prepare(self) {
        if matches!(self, How::Unrecorded) {
            take_every_record();
        }
    }

    /// Calls `table`; `other` is another registration.
    fn call(self, table: &Table, other: &Table) {
        let call = || {
            if let Some(inside) = table.enter() {
                inside.leave();
            }
        };
        match self {
            How::First | How::Unrecorded => call(),
            How::Light => {
                assert!(other.call());
                call();
            }
            How::Nested => assert!(other.call_and(call)),
            How::Deep => assert!(other.call_and(|| assert!(other.call_and(call)))),
        }
    }
}

/// A call, and what ends the registration meanwhile.
fn call_against(how: How, kind: Kind, end: fn(&Table)) -> impl Fn() + Send + Sync + 'static {
    move || {
        how.prepare();
        let (table, other) = (Table::new(kind), Table::new(Kind::Shared));
        other.host.expect_several_calls();
        let caller = spawn({
            let table = table.clone();
            move || how.call(&table, &other)
        });
        end(&table);
        caller.join();
        table.finish();
    }
}

/// PUBLISH and LEFT.
fn close(table: &Table) {
    assert_eq!(table.revoke(), Some(Ended::Now));
    assert_eq!(table.host.ended(), 1);
}

/// LAST-OUT.
fn defer(table: &Table) {
    assert!(table.let_go());
}

macro_rules! ways {
    ($($name:ident: $how:ident;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn is_waited_for() {
                explore(call_against(How::$how, Kind::Shared, close));
            }

            #[test]
            fn ends_what_was_left_to_it() {
                explore(call_against(How::$how, Kind::Shared, defer));
            }

            #[test]
            fn is_waited_for_by_an_exclusive_registration() {
                explore(call_against(How::$how, Kind::Exclusive, close));
            }
        }
    )* };
}

ways! {
    a_first_call: First;
    a_light_call: Light;
    a_nested_call: Nested;
    a_call_without_a_cell: Deep;
    a_call_without_a_record: Unrecorded;
}

/// PUBLISH and LAST-OUT, where there is no barrier: each call fences for itself.
#[test]
fn a_call_may_fence_for_itself() {
    let ends: [fn(&Table); 2] = [close, defer];
    for (how, end) in [(How::First, ends[0]), (How::First, ends[1]), (How::Nested, ends[1])] {
        let model = call_against(how, Kind::Shared, end);
        without_light_fences(|| explore_in(World::Fenced, model));
    }
}

/// PUBLISH and LAST-OUT, where each call is counted.
#[test]
fn each_call_may_be_counted() {
    for end in [close, defer] {
        let model = call_against(How::First, Kind::Shared, end);
        without_light_fences(|| explore_in(World::Counted, model));
    }
}

/// A light call that is refused withdraws, and the closer that had seen it is woken.
#[test]
fn a_late_light_call_keeps_no_closer_waiting() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let caller = spawn({
            let table = table.clone();
            move || {
                assert!(other.call());
                table.call();
                table.call();
            }
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        caller.join();
        table.finish();
    });
}

/// What C passes need not be a handle, and every way in refuses it.
#[test]
fn what_is_no_handle_is_refused_by_the_light_way_and_the_other() {
    run(|| {
        let table = Table::new(Kind::Shared);
        assert!(table.call());
        table.release();
        let bits = table.handle.bits();
        // NULL equals the word of the closed gate of slot 0; the others name its slot too.
        for number in [0, bits, bits ^ 1, bits ^ 1 << 3, bits ^ 1 << 32, bits | 0b110] {
            let invented =
                Table { handle: Handle::from_user_data(number as usize), ..table.clone() };
            assert!(invented.enter_lightly().is_none() && invented.enter().is_none());
        }
        let next = Table::new(Kind::Exclusive);
        assert_eq!(next.handle.index(), table.handle.index());
        assert!(table.enter_lightly().is_none() && !table.call(), "an old handle");
        assert!(next.call() && next.call());
    });
}

/// The key of a call is compared on both ways in.
#[test]
fn another_types_handle_is_refused_by_the_light_way_and_the_other() {
    run(|| {
        let table = Table::new(Kind::Shared);
        assert!(table.call());
        assert!(crate::enter::enter_lightly(table.handle, |_| false).is_none());
        assert!(!table.call_as_another_type());
        assert!(table.call());
        assert_eq!(table.release(), Some(Ended::Now), "a refused call stays inside");
    });
}

/// EXCLUSIVE: what one call writes, the next may write, whichever way both come in.
#[test]
fn exclusive_calls_never_overlap() {
    for is_warm in [false, true] {
        explore(move || {
            let (table, other) = (Table::new(Kind::Exclusive), Table::new(Kind::Shared));
            other.host.expect_several_calls();
            let call = move |table: &Table| {
                if is_warm {
                    other.call();
                }
                table.call()
            };
            let caller = spawn({
                let (table, call) = (table.clone(), call.clone());
                move || call(&table)
            });
            let own = call(&table);
            assert!(caller.join().unwrap() || own);
            table.finish();
        });
    }
}

/// EXCLUSIVE: a call from inside is refused, and the one that is inside stays so.
#[test]
fn an_exclusive_registration_refuses_a_call_from_inside() {
    run(|| {
        let table = Table::new(Kind::Exclusive);
        for _ in 0..2 {
            assert!(table.call_and(|| assert!(!table.call() && !table.call())));
        }
        table.finish();
    });
}

/// THREAD-BOUND, on both ways in.
#[test]
fn a_thread_bound_registration_refuses_every_other_thread() {
    explore_all(|| {
        let (table, other) = (Table::new(Kind::Local), Table::new(Kind::Shared));
        other.host.expect_several_calls();
        let caller = spawn({
            let table = table.clone();
            move || {
                assert!(!table.call());
                other.call();
                assert!(!table.call());
            }
        });
        assert!(table.call() && table.call());
        caller.join();
        table.finish();
    });
}

/// OPEN: a call that C makes with a handle that it was just given sees the whole registration.
#[test]
fn a_call_sees_the_registration_that_was_opened() {
    explore(|| {
        let (passed, table) = (Rc::new(AtomicU64::new(0)), Rc::new(Cell::new(None)));
        let caller = spawn({
            let (passed, table) = (passed.clone(), table.clone());
            move || {
                if passed.load(Ordering::Relaxed) != 0 {
                    let passed: Table = table.take().unwrap();
                    passed.call();
                    passed.call();
                }
            }
        });
        let own = Table::new(Kind::Shared);
        table.set(Some(own.clone()));
        passed.store(own.handle.bits(), Ordering::Relaxed);
        caller.join();
        own.finish();
    });
}

/// LEFT: a closer that reads the next call's publication has seen the leave before it.
#[test]
fn a_close_may_read_the_next_publication_of_the_outermost_cell() {
    next_publication(|record, table| Way::outermost(record, table.handle));
}

/// LEFT: the same, by the way that nested calls take.
#[test]
fn a_close_may_read_the_next_publication_of_any_cell() {
    next_publication(|record, table| Way::cell(record, table.handle, false));
}

type Publish = fn(&'static Record, &Table) -> Option<Way<'static>>;

fn first_record() -> &'static Record {
    RECORDS_OF_THREADS.at(0).unwrap()
}

fn slot_of(table: &Table) -> &'static Slot {
    ALL_SLOTS.get(table.handle).unwrap()
}

fn next_publication(publish: Publish) {
    explore_without_light_fences(move || {
        super::claim(20).unwrap();
        let (table, next) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let is_inside = Rc::new(AtomicU32::new(0));
        let caller = spawn({
            let (table, is_inside) = (table.clone(), is_inside.clone());
            move || {
                let way = publish(first_record(), &table).unwrap();
                is_inside.store(1, Ordering::Release);
                table.host.touch();
                way.leave(&slot_of(&table).details().callers);
                publish(first_record(), &next).unwrap();
                after_withdrawal(table.handle.index(), slot_of(&table));
            }
        });
        // In the place of PUBLISH: the closer knows that the call is in, not that it is out.
        if is_inside.load(Ordering::Acquire) == 1 {
            assert_eq!(table.revoke(), Some(Ended::Now));
            assert_eq!(table.host.ended(), 1);
        }
        caller.join();
    });
}

/// The same where a new thread has the record: its look at the cell comes after the leave.
#[test]
fn a_close_may_read_the_publication_of_the_records_next_thread() {
    publication_of_the_next_thread(|record, table| Way::outermost(record, table.handle));
}

/// The same, by the way that nested calls take.
#[test]
fn a_close_may_read_any_publication_of_the_records_next_thread() {
    publication_of_the_next_thread(|record, table| Way::cell(record, table.handle, false));
}

fn publication_of_the_next_thread(publish: Publish) {
    explore_without_light_fences(move || {
        super::claim(20).unwrap();
        let (table, next) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let way = Carried(publish(first_record(), &table).unwrap());
        let leaver = spawn({
            let table = table.clone();
            move || {
                table.host.touch();
                way.leave(&slot_of(&table).details().callers);
                after_withdrawal(table.handle.index(), slot_of(&table));
            }
        });
        let successor = spawn(move || publish(first_record(), &next).is_some());
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.host.ended(), 1);
        leaver.join();
        successor.join();
    });
}

/// LEFT, in the counts: a closer that finds nobody counted has seen all that the call did.
#[test]
fn a_close_sees_what_a_counted_call_did() {
    explore_without_light_fences(|| {
        take_every_record();
        let table = Table::new(Kind::Shared);
        let inside: Inside = table.enter().unwrap();
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        inside.leave();
        closer.join();
        table.finish();
    });
}

/// The depth of a record is that of the thread that came in, whoever leaves.
#[test]
fn a_deep_call_may_leave_on_another_thread() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        other.host.expect_several_calls();
        let outer = [other.enter().unwrap(), other.enter().unwrap()];
        let inside = table.enter().unwrap();
        assert!(!inside.is_light() && crate::thread::is_deep());
        let leaver = spawn(move || inside.leave());
        // From inside, a close does not wait.
        table.revoke();
        leaver.join();
        assert!(!crate::thread::is_deep());
        outer.into_iter().rev().for_each(Inside::leave);
        assert!(!crate::thread::is_inside_any());
        table.finish();
    });
}

/// A call that has no record is known to its thread, which does not wait from inside.
#[test]
fn a_close_from_inside_a_call_without_a_record_does_not_wait() {
    run(|| {
        take_every_record();
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        assert!(other.call_and(|| {
            assert!(table.call_and(|| assert_eq!(table.revoke(), Some(Ended::Later))));
            assert_eq!(table.host.ended(), 1);
        }));
        assert!(!crate::thread::is_inside_any());
        table.finish();
    });
}
