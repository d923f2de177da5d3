//! What the one owner of a registration does, against what happens elsewhere at the same time.

use crate::ended::Ended;
use crate::explore::{explore, explore_all};
use crate::handle::Kind;
use crate::host::{Owner, Table, here};
use crate::ledger::ledger;
use crate::owned::{Taken, revoke_all};
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
    if owner.into_inner().leak().is_some() {
        table.note_leaked();
    }
}

fn hand_over(_: &Table, owner: Owner) {
    owner.into_inner().hand_over();
}

fn end_borrow(table: &Table, owner: Owner) {
    assert!(owner.into_inner().end_borrow());
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

/// Nobody has the close of one in hand before its turn: a destructor of another ends it, and says `Now`.
#[test]
fn a_destructor_in_a_close_of_many_ends_another_of_them() {
    explore(|| {
        let many = [Table::owned(Kind::Shared), Table::owned(Kind::Shared)];
        let came_to = std::rc::Rc::new(std::cell::Cell::new(None));
        many[0].0.host.at_end({
            let (other, came_to) = (many[1].0.clone(), came_to.clone());
            move || came_to.set(other.revoke())
        });
        let caller = spawn({
            let other = many[1].0.clone();
            move || other.call()
        });
        assert_eq!(revoke_all(&[&*many[0].1, &*many[1].1], here()), Ended::Now);
        assert_eq!(came_to.get(), Some(Ended::Now));
        caller.join();
        for (table, owner) in many {
            drop(owner.into_inner());
            table.finish();
        }
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
