//! Threads that are gone while they are inside, or while they end a value.

use std::cell::Cell;
use std::rc::Rc;

use crate::ended::Ended;
use crate::explore::{explore, explore_all, explore_widely, run};
use crate::gate::Way;
use crate::handle::Kind;
use crate::host::{Table, here, incidents};
use crate::incident::IncidentKind;
use crate::ledger::ledger;
use crate::life::{Event, Phase};
use crate::owned::revoke_all;
use crate::settle::settle;
use crate::slot::ALL_SLOTS;
use crate::threads::{MACHINE, die, gone, spawn};

/// A thread that goes while it is inside: the close does not wait for ever, and keeps what the call may use.
#[test]
fn a_thread_that_is_gone_inside_is_not_waited_for() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || {
                if let Some(inside) = table.enter() {
                    inside.stay();
                    die();
                }
            }
        });
        let ended = table.revoke();
        if caller.join().is_some() {
            // The call was refused.
            assert_eq!((ended, table.host.ended()), (Some(Ended::Now), 1));
        } else {
            assert_eq!((ended, table.host.ended()), (Some(Ended::Later), 0));
            assert_eq!(table.revoke(), Some(Ended::Later));
            assert_eq!(incidents(IncidentKind::ThreadGone), 2);
            assert_eq!((table.release(), table.host.ended()), (Some(Ended::Later), 0));
        }
    });
}

/// Nobody waits for the next thread that has the record of one that is gone: a value that would be left to it is kept.
#[test]
fn a_value_whose_thread_is_gone_is_kept_at_once() {
    run(|| {
        let cell = Rc::new(Cell::new(None));
        let owner = spawn({
            let cell = cell.clone();
            move || {
                cell.set(Some(Table::new(Kind::Local)));
                die();
            }
        });
        assert!(owner.join().is_none());
        let table = cell.take().unwrap();
        assert_eq!(table.revoke(), Some(Ended::Later));
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
        assert_eq!(incidents(IncidentKind::ThreadGone), 1);
    });
}

/// A thread that ends when it has left is not gone inside, though a closer has seen it there.
#[test]
fn a_thread_that_ends_after_its_call_is_not_taken_for_gone() {
    for is_deep in [false, true] {
        explore(move || {
            let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
            other.host.expect_several_calls();
            let closer = Rc::new(Cell::new(None));
            let caller = spawn({
                let (table, closer) = (table.clone(), closer.clone());
                move || {
                    let depth = if is_deep { 2 } else { 0 };
                    let outer: Vec<_> = (0..depth).map(|_| other.enter().unwrap()).collect();
                    let inside = table.enter().unwrap();
                    let table = table.clone();
                    closer.set(Some(spawn(move || table.revoke())));
                    inside.leave();
                    outer.into_iter().rev().for_each(crate::host::Inside::leave);
                }
            });
            caller.join();
            assert_eq!(closer.take().unwrap().join(), Some(Some(Ended::Now)));
            assert_eq!(incidents(IncidentKind::ThreadGone), 0);
            table.finish();
        });
    }
}

/// A closer that ends when its close is over is not gone, though another waits for it.
#[test]
fn a_closer_that_ends_after_its_close_is_not_taken_for_gone() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let closers = [(); 2].map(|()| {
            let table = table.clone();
            spawn(move || table.revoke())
        });
        for closer in closers {
            assert_eq!(closer.join(), Some(Some(Ended::Now)));
        }
        assert_eq!(incidents(IncidentKind::ThreadGone), 0);
        table.finish();
    });
}

/// The same, of a call that is counted in the slot.
#[test]
fn a_thread_that_is_gone_in_a_counted_call_is_not_waited_for() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        other.host.expect_several_calls();
        let caller = spawn({
            let table = table.clone();
            move || {
                let outer = [other.enter().unwrap(), other.enter().unwrap()];
                if let Some(inside) = table.enter() {
                    [inside].into_iter().chain(outer).for_each(crate::host::Inside::stay);
                    die();
                }
                outer.into_iter().rev().for_each(crate::host::Inside::leave);
            }
        });
        let ended = table.revoke();
        let is_refused = caller.join().is_some();
        let expected = if is_refused { (Some(Ended::Now), 1) } else { (Some(Ended::Later), 0) };
        assert_eq!((ended, table.host.ended()), expected);
    });
}

/// Of two that are inside one is gone: the close waits for the other, and says `Later` when that has left.
#[test]
fn a_close_waits_for_those_who_are_still_there() {
    explore(|| {
        // Its record is the first, so that a scan meets it before the other call.
        let (_, record) = super::claim(20).unwrap();
        let table = Table::new(Kind::Shared);
        table.host.expect_to_stay();
        table.host.expect_several_calls();
        assert!(Way::outermost(record, table.handle).is_some());
        gone(20);
        let inside = table.enter().unwrap();
        let closer = spawn({
            let table = table.clone();
            move || {
                assert_eq!(table.revoke(), Some(Ended::Later));
                table.host.assert_quiet();
            }
        });
        // So that the closer may come before the call begins to leave.
        table.call();
        inside.leave();
        closer.join();
        assert_eq!((table.host.ended(), incidents(IncidentKind::ThreadGone)), (0, 1));
    });
}

/// A thread that is gone in a counted call of another registration is not taken for inside of one that it has left.
#[test]
fn a_thread_that_is_gone_in_another_counted_call_has_left_the_first() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        other.host.expect_several_calls();
        let closer = Rc::new(Cell::new(None));
        let caller = spawn({
            let (table, closer) = (table.clone(), closer.clone());
            move || {
                let outer = [(); 3].map(|()| other.enter().unwrap());
                let inside = table.enter().unwrap();
                closer.set(Some(spawn(move || table.revoke())));
                inside.leave();
                outer.into_iter().for_each(crate::host::Inside::stay);
                die()
            }
        });
        let _: Option<()> = caller.join();
        assert_eq!(closer.take().unwrap().join(), Some(Some(Ended::Now)));
        assert_eq!(incidents(IncidentKind::ThreadGone), 0);
        table.finish();
    });
}

/// A thread that goes while it ends a value: the value is kept as it is, and nobody waits for its end.
#[test]
fn a_thread_that_is_gone_in_a_destructor_keeps_the_value() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.at_end(|| die());
        let ender = spawn({
            let table = table.clone();
            move || {
                table.revoke();
            }
        });
        let looker = spawn({
            let table = table.clone();
            move || {
                if table.host.ended() == 1 {
                    assert_eq!(table.revoke(), Some(Ended::Later));
                    assert_eq!(table.phase(), Some(Phase::Kept));
                }
            }
        });
        assert_eq!(ender.join(), None);
        looker.join();
        assert_eq!(table.revoke(), Some(Ended::Later));
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 1));
    });
}

/// The same, where the other closer sleeps already.
#[test]
fn a_closer_that_sleeps_learns_that_the_ender_is_gone() {
    explore_widely(|| {
        let table = Table::new(Kind::Shared);
        let is_first = Rc::new(Cell::new(false));
        table.host.at_end(|| die());
        let inside = table.enter().unwrap();
        let closers = [(); 2].map(|()| {
            let (table, is_first) = (table.clone(), is_first.clone());
            spawn(move || {
                is_first.set(true);
                table.revoke()
            })
        });
        inside.leave();
        let ended: Vec<_> = closers.into_iter().map(|closer| closer.join()).collect();
        let gone = ended.iter().filter(|ended| ended.is_none()).count();
        assert_eq!((gone, ended.contains(&Some(Some(Ended::Later)))), (1, true), "{ended:?}");
        assert_eq!(table.phase(), Some(Phase::Kept));
    });
}

/// A thread is gone that had begun to close the registration.
fn a_closer_is_gone(table: &Table) {
    let other = Table::new(Kind::Shared);
    // The destructor that it runs meanwhile is of another value, which goes.
    other.host.at_end({
        let table = table.clone();
        move || {
            let slot = ALL_SLOTS.get(table.handle).unwrap();
            let event = Event::Close(crate::thread::ender());
            assert!(slot.life.apply(table.handle, event).is_ok());
            slot.gate.close(table.handle);
            die()
        }
    });
    assert_eq!(spawn(move || other.revoke()).join(), None);
}

/// A thread that is gone while it waits for the calls inside: another closer takes over.
#[test]
fn a_closer_takes_over_from_one_that_is_gone() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        a_closer_is_gone(&table);
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        inside.leave();
        closer.join();
        table.finish();
    });
}

/// It may not have come to its barrier: where there is none for the other closer, nobody knows who is inside.
#[test]
fn a_closer_that_takes_over_without_a_barrier_keeps_the_value() {
    explore_all(|| {
        let table = Table::new(Kind::Shared);
        a_closer_is_gone(&table);
        MACHINE.with(|machine| machine.barriers_left.set(0));
        assert_eq!(table.revoke(), Some(Ended::Later));
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}

/// A value can be leaked while it is being closed.
#[test]
fn a_value_that_is_being_closed_can_be_leaked() {
    explore_all(|| {
        let table = Table::new(Kind::Shared);
        let guest = table.guest().unwrap();
        a_closer_is_gone(&table);
        assert_eq!(table.phase(), Some(Phase::Closing));
        assert!(table.leak() && !table.leak());
        assert_eq!(guest.revoke(here()), Ended::Now);
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}

/// A call of a gone thread that leaves later, on another, lets the value end at the next close.
#[test]
fn a_call_of_a_gone_thread_may_still_leave() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let cell = Rc::new(Cell::new(None));
        let goes = spawn({
            let (table, cell) = (table.clone(), cell.clone());
            move || {
                cell.set(table.enter());
                die()
            }
        });
        let _: Option<()> = goes.join();
        let inside = cell.take().unwrap();
        let leaver = spawn(move || inside.leave());
        table.revoke();
        leaver.join();
        table.revoke();
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// The ledger tells of a thread that is gone inside, once for each registration.
#[test]
fn the_ledger_tells_of_a_thread_that_is_gone_inside() {
    explore_all(|| {
        let table = Table::new(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || {
                table.enter().unwrap().stay();
                die()
            }
        });
        ledger();
        let _: Option<()> = caller.join();
        let inside: usize = ledger().tables.iter().map(|entry| entry.in_flight).sum();
        assert_eq!(inside, 1);
        assert!(incidents(IncidentKind::ThreadGone) >= 1);
    });
}

/// A close of many does not wait for a thread that is gone either.
#[test]
fn a_close_of_many_does_not_wait_for_a_thread_that_is_gone() {
    explore(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || {
                if let Some(inside) = table.enter() {
                    inside.stay();
                    die();
                }
            }
        });
        let ended = revoke_all(&[&*owner], here());
        let is_refused = caller.join().is_some();
        assert_eq!(ended, if is_refused { Ended::Now } else { Ended::Later });
        assert_eq!(table.host.ended(), usize::from(is_refused));
        settle();
    });
}

/// Another closer may have taken over already from the thread that is gone.
#[test]
fn an_end_is_taken_over_from_the_thread_that_is_gone_and_from_no_other() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let life = &ALL_SLOTS.get(table.handle).unwrap().life;
        let apply = |event| life.apply(table.handle, event).map(|step| step.to.phase).ok();
        assert_eq!(apply(Event::Close(9)), Some(Phase::Closing));
        assert_eq!(apply(Event::EnderGone(8)), None);
        assert_eq!(apply(Event::EnderGone(9)), Some(Phase::Deferred));
        assert_eq!(apply(Event::End(7)), Some(Phase::Ending));
        assert_eq!(apply(Event::EnderGone(9)), None);
        assert_eq!(apply(Event::EnderGone(7)), Some(Phase::Kept));
    });
}

/// A close asks for each thread that is inside when it comes to it, and not once a second.
#[test]
fn a_close_loses_no_time_with_several_threads_that_are_gone() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let ways =
            [20, 21].map(|thread| Way::outermost(super::claim(thread).unwrap().1, table.handle));
        assert!(ways.iter().all(Option::is_some));
        gone(20);
        gone(21);
        crate::threads::MACHINE.with(|machine| machine.time_passes.set(true));
        let before = crate::platform::System::now();
        assert_eq!((table.revoke(), table.host.ended()), (Some(Ended::Later), 0));
        assert_eq!(crate::platform::System::now(), before);
    });
}
