//! What the one owner of a registration does, against what happens elsewhere at the same time.

use std::cell::Cell;
use std::rc::Rc;

use crate::ended::Ended;
use crate::explore::{explore, explore_all, explore_in, run};
use crate::handle::Kind;
use crate::host::{Owner, Table, World, here};
use crate::ledger::ledger;
use crate::owned::{Guest, Taken, revoke_all};
use crate::settle::settle;
use crate::thread::number;
use crate::threads::spawn;

type GiveUp = fn(&Table, Owner);
type Elsewhere = fn(&Table);

fn against(kind: Kind, give_up: GiveUp, elsewhere: Elsewhere) {
    explore_all(move || {
        let (table, owner) = Table::owned(kind);
        table.host.expect_to_stay();
        let other = spawn({
            let table = table.clone();
            move || elsewhere(&table)
        });
        give_up(&table, owner);
        other.join();
        table.finish();
    });
}

fn release(table: &Table, owner: Owner) {
    // SAFETY: no C has anything but a number, and each is refused.
    let ended = unsafe { owner.into_inner().release(here()) };
    assert_eq!(ended, Ended::Now);
    table.host.assert_quiet();
}

fn drop_it(_: &Table, owner: Owner) {
    drop(owner.into_inner());
}

fn take_out(table: &Table, owner: Owner) {
    match owner.take(here()) {
        Taken::Value(_) => table.note_taken(),
        Taken::Inside => panic!("a take from outside waits"),
        Taken::Ended => {}
    }
    owner.into_inner().give_back();
}

fn leak(table: &Table, owner: Owner) {
    if owner.into_inner().leak().is_ok() {
        table.note_leaked();
    }
}

fn hand_over(_: &Table, owner: Owner) {
    owner.into_inner().hand_over();
}

fn end_borrow(table: &Table, owner: Owner) {
    // SAFETY: no C has it.
    assert!(unsafe { owner.into_inner().end_borrow() });
    table.host.assert_quiet();
}

fn call(table: &Table) {
    table.call();
}

fn look(_: &Table) {
    ledger();
}

macro_rules! owners {
    ($($name:ident: $give_up:ident;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn meets_a_call() {
                against(Kind::Shared, $give_up, call);
                against(Kind::Exclusive, $give_up, call);
                against(Kind::Local, $give_up, call);
            }

            #[test]
            fn meets_a_notify() {
                against(Kind::Shared, $give_up, Table::notify);
            }

            #[test]
            fn meets_the_ledger() {
                against(Kind::Shared, $give_up, look);
            }
        }
    )* };
}

owners! {
    a_release: release;
    a_drop: drop_it;
    a_take: take_out;
    a_leak: leak;
    a_hand_over: hand_over;
    the_end_of_a_borrow: end_borrow;
}

/// A thread-bound value whose last claim is C's ends on its thread, wherever the notify comes.
#[test]
fn a_notify_elsewhere_leaves_a_thread_bound_value_to_its_thread() {
    explore_all(|| {
        let (table, owner) = Table::owned(Kind::Local);
        owner.into_inner().hand_over();
        let c = spawn({
            let table = table.clone();
            move || table.notify()
        });
        crate::settle::settle();
        c.join();
        table.finish();
        assert_eq!(table.host.ended_on(), crate::thread::number());
    });
}

/// PUBLISH and LEFT, with one barrier and one look at the records for many registrations.
#[test]
fn a_close_of_many_waits_for_each() {
    explore(|| {
        let many = [Table::owned(Kind::Shared), Table::owned(Kind::Shared)];
        let caller = spawn({
            let tables = [many[0].0.clone(), many[1].0.clone()];
            move || tables.iter().filter(|table| table.call()).count()
        });
        let all = [&*many[0].1, &*many[1].1];
        assert_eq!(revoke_all(&all, here()), Ended::Now);
        many.iter().for_each(|(table, _)| table.host.assert_quiet());
        caller.join();
        for (table, owner) in many {
            drop(owner.into_inner());
            table.finish();
        }
    });
}

/// LEFT, of a call that is counted in its slot.
#[test]
fn a_close_of_many_sees_what_a_counted_call_did() {
    explore_in(World::Counted, || {
        let (table, owner) = Table::owned(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        let closer = spawn({
            let table = table.clone();
            move || {
                assert_eq!(revoke_all(&[&*owner], here()), Ended::Now);
                table.host.assert_quiet();
                drop(owner.into_inner());
            }
        });
        caller.join();
        closer.join();
        table.finish();
    });
}

/// A call that is counted in its slot is inside as any other is.
#[test]
fn a_close_of_many_sees_a_call_that_is_counted() {
    run(|| {
        super::take_every_record();
        let (table, owner) = Table::owned(Kind::Shared);
        let inside = table.enter().unwrap();
        assert_eq!(revoke_all(&[&*owner], here()), Ended::Later);
        assert_eq!(table.host.ended(), 0);
        inside.leave();
        assert_eq!(table.host.ended(), 1);
        drop(owner.into_inner());
    });
}

/// THREAD-BOUND: it leaves the values to their threads.
#[test]
fn a_close_of_many_elsewhere_leaves_each_to_its_thread() {
    explore_all(|| {
        let table = Table::new(Kind::Local);
        let closer = spawn({
            let table = table.clone();
            move || {
                let guest = table.guest().unwrap();
                revoke_all(&[&guest], here())
            }
        });
        assert!(closer.join().is_some());
        settle();
        assert_eq!((table.host.ended(), table.host.ended_on()), (1, number()));
        table.finish();
    });
}

/// Nobody has the close of one in hand before its turn: a destructor of another ends it, and says `Now`.
#[test]
fn a_destructor_in_a_close_of_many_ends_another_of_them() {
    explore(|| {
        let (outer, of_outer) = Table::owned(Kind::Shared);
        let (inner, of_inner) = Table::owned(Kind::Shared);
        let (of_inner, came_to) = (Rc::new(of_inner), Rc::new(Cell::new(None)));
        outer.host.at_end({
            let (of_inner, came_to) = (of_inner.clone(), came_to.clone());
            move || came_to.set(Some(of_inner.revoke(here())))
        });
        let caller = spawn({
            let inner = inner.clone();
            move || inner.call()
        });
        assert_eq!(revoke_all(&[&*of_outer, &**of_inner], here()), Ended::Now);
        assert_eq!(came_to.get(), Some(Ended::Now));
        caller.join();
        drop(of_outer.into_inner());
        drop(Rc::into_inner(of_inner).unwrap().into_inner());
        outer.finish();
        inner.finish();
    });
}

/// The same where another closer has one of them in hand.
#[test]
fn a_close_of_many_waits_for_another_closer() {
    explore(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let inside = spawn({
            let table = table.clone();
            move || table.call_and(|| table.notify())
        });
        assert_eq!(revoke_all(&[&*owner], here()), Ended::Now);
        table.host.assert_quiet();
        inside.join();
        drop(owner.into_inner());
        table.finish();
    });
}

/// A drop ends the value at once where nobody is inside.
#[test]
fn a_drop_ends_the_value() {
    run(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        drop(owner.into_inner());
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// ONE-FREER: a last call out that ends what nobody claims any more frees the slot.
#[test]
fn the_last_call_out_frees_what_nobody_claims() {
    run(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let inside = table.enter().unwrap();
        drop(owner.into_inner());
        table.notify();
        assert_eq!(table.host.ended(), 0);
        inside.leave();
        assert_eq!(table.host.ended(), 1);
        table.assert_free();
    });
}

/// A number says nothing any more when its host has given the registration up, though C has it.
#[test]
fn nobody_owns_by_number_what_was_handed_over() {
    run(|| {
        let table = Table::new(Kind::Shared);
        assert!(table.hand_over() && table.call());
        assert!(table.guest().is_none() && table.call());
        table.notify();
        assert_eq!(table.host.ended(), 1);
        table.assert_free();
    });
}

/// A registration that is owned by number is given up once.
#[test]
fn a_number_is_given_up_once() {
    let let_go: fn(Guest) -> bool = |guest| guest.let_go().is_ok();
    // SAFETY: no C has anything but a number, and each is refused.
    let release: fn(Guest) -> bool = |guest| unsafe { guest.release(here()) }.is_ok();
    for (first, second) in [(let_go, let_go), (let_go, release), (release, let_go)] {
        run(move || {
            let table = Table::new(Kind::Shared);
            let [one, other] = [table.guest().unwrap(), table.guest().unwrap()];
            assert_eq!([first(one), second(other)], [true, false]);
            table.host.assert_quiet();
        });
    }
}
