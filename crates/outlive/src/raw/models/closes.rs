//! Closes against each other and against the calls that leave.

use loom::thread;

use super::super::close::{self, Closed, Purpose, Wait};
use super::super::handle::Kind;
use super::super::hold::Entry;
use super::super::place::Place;
use super::{Table, explore, explore_without_light_fences};
use crate::ended::Ended;

/// LAST-OUT: the leaver sees that the value was left to it, or the closer sees that it is out.
#[test]
fn a_deferred_value_ends_with_the_last_call() {
    explore(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call()
        });
        table.close(Wait::Never, Purpose::End);
        caller.join().unwrap();
        assert_eq!(table.host.ended(), 1);
    });
}

/// LAST-OUT, by the short way of a thread that has a record.
#[test]
fn a_deferred_value_ends_with_the_last_light_call() {
    explore(|| {
        let (warm_up, table) = (Table::shared(), Table::shared());
        let caller = thread::spawn({
            let table = table.clone();
            move || {
                warm_up.call();
                table.call()
            }
        });
        table.close(Wait::Never, Purpose::End);
        caller.join().unwrap();
        assert_eq!(table.host.ended(), 1);
    });
}

/// LAST-OUT: two that leave together, when all else is settled, each by a full fence of its own.
#[test]
fn one_of_two_that_leave_together_ends_the_value() {
    explore_without_light_fences(|| {
        let table = Table::shared();
        let (one, other) = (table.enter(), table.enter());
        assert_eq!(table.close(Wait::Never, Purpose::End), Closed::Later);
        let leaver = thread::spawn(move || one.leave());
        other.leave();
        leaver.join().unwrap();
        assert_eq!(table.host.ended(), 1);
    });
}

/// LAST-OUT: two that leave while the close goes on.
#[test]
fn a_deferred_value_ends_once_with_two_calls_inside() {
    explore(|| {
        let table = Table::shared();
        let (one, other) = (table.enter(), table.enter());
        let leavers = [one, other].map(|inside| thread::spawn(move || inside.leave()));
        table.close(Wait::Never, Purpose::End);
        leavers.into_iter().for_each(|leaver| leaver.join().unwrap());
        assert_eq!(table.host.ended(), 1);
    });
}

/// ONE-ENDER: the host's close, a close from inside, and the calls that leave.
#[test]
fn two_closers_end_the_value_once() {
    explore(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call_that_revokes()
        });
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Now);
        assert_eq!(table.host.ended(), 1);
        // Whoever ended it: the end comes before what this thread does next.
        table.host.change();
        caller.join().unwrap();
        assert_eq!(table.host.ended(), 1);
    });
}

/// A close from inside neither waits for itself nor ends the value under another call.
#[test]
fn a_close_from_inside_leaves_the_value_to_the_last_call() {
    explore(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call()
        });
        table.call_that_revokes();
        caller.join().unwrap();
        assert_eq!(table.host.ended(), 1);
    });
}

/// Two threads, each inside one table, each end the other's.
#[test]
fn a_cycle_of_closers_ends_both() {
    explore(|| {
        let (one, other) = (Table::shared(), Table::shared());
        let thread = thread::spawn({
            let (one, other) = (one.clone(), other.clone());
            move || close_from_inside(&one, &other)
        });
        let inside_other = close_from_inside(&other, &one);
        let inside_one = thread.join().unwrap();
        for (table, ended) in [(&one, inside_other), (&other, inside_one)] {
            assert_eq!(table.host.ended(), usize::from(ended));
        }
        assert!(inside_one || inside_other);
    });
}

/// Whether the call was admitted, and so has closed `target`.
fn close_from_inside(inside: &Table, target: &Table) -> bool {
    super::call(inside.handle, |_, host| {
        target.close(Wait::unless_inside(), Purpose::End);
        host.touch();
    })
}

/// A value that is taken out is never ended, and nobody is inside any more.
#[test]
fn a_value_is_taken_out_or_its_handle_stays() {
    explore(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call()
        });
        let first = table.close(Wait::Never, Purpose::Take);
        if let Closed::Taken(_) = first {
            table.host.change();
        }
        caller.join().unwrap();
        if first == Closed::Later {
            assert!(matches!(table.close(Wait::Never, Purpose::Take), Closed::Taken(_)));
            table.host.change();
        }
        assert_eq!(table.host.ended(), 0);
    });
}

/// A value is leaked or ended, never both.
#[test]
fn a_leaked_value_never_ends() {
    explore(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call_that_revokes()
        });
        let leaked = close::leak(table.handle, table.slot);
        if leaked {
            table.host.touch();
        }
        caller.join().unwrap();
        assert!(!leaked || table.host.ended() == 0);
    });
}

/// What nobody could end at its time, the host's next operation ends.
#[test]
fn a_sweep_and_a_leaver_end_the_value_once() {
    explore(|| {
        let table = Table::shared();
        let inside = table.enter();
        assert_eq!(table.close(Wait::Never, Purpose::End), Closed::Later);
        let leaver = thread::spawn(move || inside.leave());
        close::sweep();
        leaver.join().unwrap();
        assert_eq!(table.host.ended(), 1);
    });
}

/// THREAD-BOUND: a late call that leaves last does not end the value on its own thread.
#[test]
fn a_thread_bound_value_ends_on_its_thread() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (host, handle) = (table.host.clone(), table.handle);
        let inside = table.enter();
        table.close(Wait::Never, Purpose::End);
        let late = thread::spawn(move || {
            super::call(handle, |_, _| panic!("admitted on another thread"));
        });
        inside.leave();
        late.join().unwrap();
        close::sweep();
        assert_eq!(host.ended(), 1);
        assert_eq!(host.ended_on(), super::number());
    });
}

/// THREAD-BOUND: a thread that ends waits for a late call to leave, for no other may end its value.
#[test]
fn a_thread_that_ends_waits_for_a_late_call() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (host, handle) = (table.host.clone(), table.handle);
        let late = thread::spawn(move || {
            super::call(handle, |_, _| panic!("admitted on another thread"));
        });
        let closer = thread::spawn(move || table.close(Wait::Never, Purpose::End));
        assert_eq!(closer.join().unwrap(), Closed::Later);
        close::end_thread();
        assert_eq!(host.ended(), 1);
        late.join().unwrap();
    });
}

/// PUBLISH and LEFT, with one barrier and one look at the records for many tables.
#[test]
fn a_close_of_many_waits_for_each() {
    explore(|| {
        let tables = [Table::shared(), Table::shared()];
        let caller = thread::spawn({
            let tables = tables.clone();
            move || tables.iter().filter(|table| table.call()).count()
        });
        let entries = tables.each_ref().map(|table| Entry {
            handle: table.handle,
            slot: table.slot,
            table: core::ptr::null_mut(),
        });
        // SAFETY: the model owns the registrations.
        let ended = unsafe { close::close_all(entries.iter(), Place::caller()) };
        assert_eq!(ended, Ended::Now);
        assert!(tables.iter().all(|table| table.host.ended() == 1));
        caller.join().unwrap();
    });
}
