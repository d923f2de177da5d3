//! Registrations that are bound to a thread: only that one ends their values.

use crate::ended::Ended;
use crate::explore::{explore, explore_all, run};
use crate::handle::Kind;
use crate::host::Table;
use crate::life::Phase;
use crate::owned::Taken;
use crate::settle::settle;
use crate::thread::number;
use crate::threads::{Thread, spawn};

/// A thread that ends the registration.
fn close_elsewhere(table: &Table) -> Thread<()> {
    let table = table.clone();
    spawn(move || {
        table.revoke();
    })
}

/// A value that was left to its thread can be leaked there.
#[test]
fn a_value_that_was_left_can_be_leaked() {
    explore_all(|| {
        let table = Table::new(Kind::Local);
        close_elsewhere(&table).join();
        assert_eq!(table.phase(), Some(Phase::Left));
        assert!(table.leak());
        settle();
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}

/// THREAD-BOUND: a late call that leaves last does not end the value on its own thread.
#[test]
fn a_late_call_leaves_the_value_to_its_thread() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let inside = table.enter().unwrap();
        assert_eq!(table.revoke(), Some(Ended::Later));
        let late = spawn({
            let table = table.clone();
            move || assert!(!table.call())
        });
        inside.leave();
        late.join();
        settle();
        assert_eq!((table.host.ended(), table.host.ended_on()), (1, number()));
        table.finish();
    });
}

/// Two closers, one of them on another thread, with the owner inside a call: nobody hangs, and the owner ends it.
#[test]
fn two_closers_and_a_call_inside_end_with_the_owner() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let closer = close_elsewhere(&table);
        table.call_and(|| {
            table.revoke();
        });
        closer.join();
        settle();
        assert_eq!((table.host.ended(), table.host.ended_on()), (1, number()));
        table.finish();
    });
}

/// The same without a call: the owner's close says `Now`, whatever the other has begun.
#[test]
fn two_closers_end_with_the_owner() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let closer = close_elsewhere(&table);
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!((table.host.ended(), table.host.ended_on()), (1, number()));
        closer.join();
        table.finish();
    });
}

/// Two closers on other threads, and the owner has another operation.
#[test]
fn closers_elsewhere_leave_the_value_to_the_owners_next_operation() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let closers = [(); 2].map(|()| close_elsewhere(&table));
        settle();
        closers.into_iter().for_each(|closer| {
            closer.join();
        });
        settle();
        assert_eq!((table.host.ended(), table.host.ended_on()), (1, number()));
        table.finish();
    });
}

/// A take elsewhere cannot have the value.
#[test]
fn a_take_elsewhere_leaves_the_value_to_its_thread() {
    explore(|| {
        let table = Table::new(Kind::Local);
        table.host.expect_to_stay();
        let taker = spawn({
            let table = table.clone();
            move || assert!(matches!(table.take(), Some(Taken::Inside | Taken::Ended) | None))
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        taker.join();
        table.finish();
    });
}

/// The thread ends while another leaves a value to it: it ends the value, or nobody does and it is kept.
#[test]
fn a_value_that_is_left_to_a_thread_that_ends_is_ended_or_kept() {
    explore(|| {
        let (sender, receiver) = (std::rc::Rc::new(std::cell::Cell::new(None)), ());
        let () = receiver;
        let owner = spawn({
            let sender = sender.clone();
            move || {
                let table = Table::new(Kind::Local);
                sender.set(Some(table.clone()));
                number()
            }
        });
        crate::checker::thread::yield_now();
        let table: Option<Table> = sender.take();
        if let Some(table) = &table {
            let ended = table.revoke();
            assert!(matches!(ended, Some(Ended::Later | Ended::Now)), "{ended:?}");
        }
        let number = owner.join().unwrap();
        let Some(table) = table.or_else(|| sender.take()) else { panic!("no registration") };
        settle();
        match table.phase() {
            Some(Phase::Ended) => {
                assert_eq!((table.host.ended(), table.host.ended_on()), (1, number))
            }
            phase => assert!(
                matches!(phase, Some(Phase::Kept | Phase::Live)) && table.host.ended() == 0,
                "{phase:?}"
            ),
        }
    });
}

/// What was left to a thread is not ended by another that has its record later.
#[test]
fn a_value_that_was_left_to_a_thread_is_not_the_next_ones() {
    explore_all(|| {
        let cell = std::rc::Rc::new(std::cell::Cell::new(None));
        let owner = spawn({
            let cell = cell.clone();
            move || {
                let table = Table::new(Kind::Local);
                let inside = table.enter().unwrap();
                cell.set(Some((table, inside)));
                // It is gone with a call inside, which leaves elsewhere, as a fiber does.
                crate::threads::die()
            }
        });
        let _: Option<()> = owner.join();
        let (table, inside) = cell.take().unwrap();
        assert_eq!(table.revoke(), Some(Ended::Later));
        inside.leave();
        let heir = spawn({
            move || {
                succeed_the_first();
                settle();
            }
        });
        heir.join();
        assert_eq!(table.host.ended(), 0);
        assert_eq!(table.revoke(), Some(Ended::Later));
    });
}

/// ONE-LIST: the owner leaves its last call while a late call leaves the value to it. Whichever is first, the slot is on
/// no list when another registration has it.
#[test]
fn a_slot_that_is_used_again_is_not_on_a_list_of_its_life_before() {
    explore(|| {
        let first = Table::new(Kind::Local);
        assert!(first.hand_over());
        let inside = first.enter().unwrap();
        first.notify();
        let late = spawn({
            let first = first.clone();
            move || assert!(!first.call())
        });
        inside.leave();
        late.join();
        let next = Table::new(Kind::Local);
        let closer = close_elsewhere(&next);
        closer.join();
        assert_eq!(next.revoke(), Some(Ended::Now));
        assert_eq!((first.host.ended(), next.host.ended()), (1, 1));
        next.finish();
    });
}

/// A destructor ends another value that was left to its thread, and is on the list behind its own.
#[test]
fn a_destructor_ends_what_was_left_beside_it() {
    explore(|| {
        let tables = [(); 2].map(|()| Table::new(Kind::Local));
        for (table, other) in tables.iter().zip(tables.iter().rev()) {
            let other = other.clone();
            table.host.at_end(move || {
                other.revoke();
            });
        }
        let closers = tables.each_ref().map(close_elsewhere);
        closers.into_iter().for_each(|closer| {
            closer.join();
        });
        settle();
        tables.iter().for_each(|table| assert_eq!(table.host.ended_on(), number()));
        tables.iter().for_each(Table::finish);
    });
}

/// A close from inside a callback, which does not wait, ends what was left to its thread.
#[test]
fn a_close_from_inside_ends_what_was_left_to_its_thread() {
    explore(|| {
        let (table, outer) = (Table::new(Kind::Local), Table::new(Kind::Shared));
        let closer = close_elsewhere(&table);
        outer.call_and(|| {
            closer.join();
            assert_eq!(table.revoke(), Some(Ended::Now));
        });
        table.finish();
        outer.finish();
    });
}

/// The owner ends what was left to it while another value is being left to it.
#[test]
fn a_value_that_comes_to_a_list_does_not_lose_the_ones_before() {
    explore(|| {
        let tables = [(); 2].map(|()| Table::new(Kind::Local));
        let closers = tables.each_ref().map(close_elsewhere);
        settle();
        closers.into_iter().for_each(|closer| {
            closer.join();
        });
        settle();
        tables.iter().for_each(|table| assert_eq!(table.host.ended(), 1));
        tables.iter().for_each(Table::finish);
    });
}

/// The owner looks at its list, where a value is already, while two more come to it one after the other.
#[test]
fn a_list_is_followed_to_its_end() {
    explore(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Local));
        close_elsewhere(&tables[0]).join();
        let closer = spawn({
            let tables = tables.clone();
            move || {
                tables[1..].iter().for_each(|table| {
                    table.revoke();
                });
            }
        });
        settle();
        closer.join();
        settle();
        assert!(tables.iter().all(|table| table.host.ended() == 1), "lost");
        tables.iter().for_each(Table::finish);
    });
}

/// At the address of the first thread that was spawned, with its record.
fn succeed_the_first() {
    crate::threads::ME.with(|me| me.address.set(8));
    assert!(crate::thread::record().is_some());
}

/// A value is not left to a thread that has the record of the value's own thread.
#[test]
fn a_value_of_a_thread_that_is_gone_is_kept_though_another_has_its_record() {
    run(|| {
        let cell = std::rc::Rc::new(std::cell::Cell::new(None));
        let owner = spawn({
            let cell = cell.clone();
            move || cell.set(Some(Table::new(Kind::Local)))
        });
        owner.join();
        let table = cell.take().unwrap();
        spawn(succeed_the_first).join();
        assert_eq!(table.revoke(), Some(Ended::Later));
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}

/// A thread that has the record of one that ended is left values again.
#[test]
fn a_list_that_was_closed_is_open_to_the_next_thread() {
    run(|| {
        let owner = spawn(|| {
            Table::new(Kind::Local).release();
        });
        owner.join();
        let heir = spawn(|| {
            succeed_the_first();
            let table = Table::new(Kind::Local);
            let closer = close_elsewhere(&table);
            closer.join();
            assert_eq!(table.phase(), Some(Phase::Left));
            settle();
            assert_eq!(table.host.ended(), 1);
        });
        heir.join();
    });
}
