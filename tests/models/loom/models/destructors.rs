//! Closes in destructors of host values.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::ended::Ended;
use crate::explore::{explore, explore_all, explore_widely, run};
use crate::handle::Kind;
use crate::host::Table;
use crate::threads::spawn;

/// Has the end of `table` end another one too; what that came to.
fn ends_too(table: &Table, other: &Table) -> Rc<Cell<Option<Ended>>> {
    let came_to = Rc::new(Cell::new(None));
    table.host.at_end({
        let (other, came_to) = (other.clone(), came_to.clone());
        move || came_to.set(other.revoke())
    });
    came_to
}

/// A destructor that ends its own registration does not wait for itself.
#[test]
fn a_value_may_end_its_own_registration() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let came_to = ends_too(&table, &table);
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(came_to.get(), Some(Ended::Later));
        table.finish();
    });
}

/// A destructor waits for the calls inside what it ends, as its closer does.
#[test]
fn a_destructor_waits_for_the_calls_inside_what_it_ends() {
    explore(|| {
        let (outer, inner) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let came_to = ends_too(&outer, &inner);
        let caller = spawn({
            let inner = inner.clone();
            move || inner.call()
        });
        assert_eq!(outer.revoke(), Some(Ended::Now));
        assert_eq!((came_to.get(), inner.host.ended()), (Some(Ended::Now), 1));
        caller.join();
        outer.finish();
        inner.finish();
    });
}

/// A destructor that the last call out runs does not wait: there is a call of C's below it.
#[test]
fn a_destructor_above_a_call_does_not_wait() {
    explore(|| {
        let (outer, inner) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        ends_too(&outer, &inner);
        let caller = spawn({
            let (outer, inner) = (outer.clone(), inner.clone());
            // It must not wait for the call below it.
            move || {
                inner.call_and(|| {
                    outer.revoke();
                })
            }
        });
        outer.revoke();
        caller.join();
        assert_eq!((outer.host.ended(), inner.host.ended()), (1, 1));
        outer.finish();
        inner.finish();
    });
}

/// The same, where that call has left: C's frames are below it still.
#[test]
fn a_destructor_that_the_last_call_out_runs_does_not_wait() {
    does_not_wait(|outer| {
        outer.call_and(|| {
            outer.revoke();
        });
    });
}

/// The same in C's destroy notify.
#[test]
fn a_destructor_that_a_notify_runs_does_not_wait() {
    does_not_wait(Table::notify);
}

/// Has another thread end `outer`, whose destructor ends a registration that this thread is inside of.
fn does_not_wait(end: fn(&Table)) {
    explore_all(move || {
        let (outer, inner) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let came_to = ends_too(&outer, &inner);
        let inside = inner.enter().unwrap();
        let thread = spawn({
            let outer = outer.clone();
            move || end(&outer)
        });
        thread.join();
        assert_eq!((came_to.get(), outer.host.ended()), (Some(Ended::Later), 1));
        inside.leave();
        assert_eq!(inner.host.ended(), 1);
        outer.finish();
        inner.finish();
    });
}

/// Two threads end each other's registrations in destructors: one gives way, and none hangs.
#[test]
fn two_values_that_end_each_other_both_end() {
    explore(|| {
        let came_to = two_end_each_other();
        assert!(came_to.iter().all(Option::is_some), "{came_to:?}");
    });
}

/// A ring of three.
#[test]
fn three_values_that_end_each_other_all_end() {
    explore_widely(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        for n in 0..3 {
            ends_too(&tables[n], &tables[(n + 1) % 3]);
        }
        let threads = [1, 2].map(|n| {
            let table = tables[n].clone();
            spawn(move || {
                table.revoke();
            })
        });
        tables[0].revoke();
        threads.into_iter().for_each(|thread| {
            thread.join();
        });
        assert!(tables.iter().all(|table| table.host.ended() == 1));
    });
}

/// A destructor whose end leads to no circle waits for the other thread, and says `Now`.
#[test]
fn a_destructor_waits_for_another_closer() {
    explore(|| {
        let (outer, inner) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let came_to = ends_too(&outer, &inner);
        let closer = spawn({
            let inner = inner.clone();
            move || assert_eq!(inner.revoke(), Some(Ended::Now))
        });
        assert_eq!(outer.revoke(), Some(Ended::Now));
        assert_eq!((came_to.get(), inner.host.ended()), (Some(Ended::Now), 1));
        closer.join();
        outer.finish();
        inner.finish();
    });
}

/// A chain of three that is no ring: each waits for the next.
#[test]
fn a_chain_of_destructors_waits_to_its_end() {
    explore(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        let first = ends_too(&tables[0], &tables[1]);
        let second = ends_too(&tables[1], &tables[2]);
        let thread = spawn({
            let table = tables[1].clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        assert_eq!(tables[0].revoke(), Some(Ended::Now));
        assert_eq!((first.get(), second.get()), (Some(Ended::Now), Some(Ended::Now)));
        thread.join();
        assert!(tables.iter().all(|table| table.host.ended() == 1));
    });
}

/// NO-CYCLE: a wait that was given up is no link of a chain, whatever its thread ends later.
#[test]
fn a_destructor_waits_for_one_that_has_given_its_own_wait_up() {
    explore(|| {
        let (outer, inner) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let came_to = ends_too(&outer, &inner);
        let closer = spawn({
            let (outer, inner) = (outer.clone(), inner.clone());
            move || {
                outer.revoke_within(Duration::ZERO);
                assert_eq!(inner.revoke(), Some(Ended::Now));
            }
        });
        assert_eq!(outer.revoke(), Some(Ended::Now));
        assert_eq!((came_to.get(), inner.host.ended()), (Some(Ended::Now), 1));
        closer.join();
        outer.finish();
        inner.finish();
    });
}

/// Two threads end a table each, whose destructors end the other one; what each of these came to.
fn two_end_each_other() -> [Option<Ended>; 2] {
    let tables = [Table::new(Kind::Shared), Table::new(Kind::Shared)];
    let first = ends_too(&tables[0], &tables[1]);
    let second = ends_too(&tables[1], &tables[0]);
    let thread = spawn({
        let table = tables[1].clone();
        move || table.revoke()
    });
    tables[0].revoke();
    thread.join();
    assert!(tables.iter().all(|table| table.host.ended() == 1));
    let came_to = [first.get(), second.get()];
    tables.iter().for_each(Table::finish);
    came_to
}

/// Nobody sees that a thread without a record waits: no destructor waits for one, and nobody hangs.
#[test]
fn destructors_on_threads_without_a_record_never_wait_for_each_other() {
    explore(|| {
        super::take_every_record();
        two_end_each_other();
    });
}

/// NO-CYCLE: the same of one without a record and one that has its own.
#[test]
fn destructors_of_which_one_has_no_record_never_wait_for_each_other() {
    explore(|| {
        assert!(crate::thread::record().is_some());
        super::take_every_record();
        two_end_each_other();
    });
}
