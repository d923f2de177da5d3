//! The child's side of a fork, which has one thread: what its handler does with the other threads'
//! records and closes.

use super::super::close::{self, Closed, Purpose, Wait};
use super::super::gate::Way;
use super::super::handle::State;
use super::super::platform;
use super::super::record::Record;
use super::super::thread::{self, RECORDS};
use super::{Table, run};

fn fork() {
    thread::forget_others_after_fork();
    close::adopt_after_fork();
}

/// A record of a thread that the child will not have, inside `table`.
fn other_inside(table: &Table) -> &'static Record {
    let record = RECORDS.claim(1, 1).unwrap();
    assert!(Way::outermost(record, table.handle).is_some());
    record
}

/// The other threads' calls will never leave: no close waits for them.
#[test]
fn a_child_does_not_wait_for_the_calls_of_other_threads() {
    run(|| {
        let table = Table::shared();
        let record = other_inside(&table);
        fork();
        assert_eq!(record.thread(), 0, "the record is not free");
        assert_eq!(table.close(Wait::Never, Purpose::End), Closed::Now);
        assert_eq!(table.host.ended(), 1);
    });
}

/// OWN-CELL: the calls that the forking thread is inside of go on in the child.
#[test]
fn a_child_stays_inside_its_own_calls() {
    run(|| {
        let table = Table::shared();
        let inside = table.enter();
        fork();
        let own = RECORDS.iter().find(|record| record.is_inside()).unwrap();
        assert_eq!(own.thread(), platform::thread_number(), "the kernel gave a new number");
        assert_eq!(table.close(Wait::Never, Purpose::End), Closed::Later);
        assert_eq!(table.host.ended(), 0);
        inside.leave();
        assert_eq!(table.host.ended(), 1);
    });
}

/// A thread of the parent that is about to free a record does not exist in the child.
#[test]
fn a_child_frees_a_record_whose_reclaimer_is_lost() {
    run(|| {
        let number = RECORDS.iter().count();
        (1..=number).for_each(|number| assert!(RECORDS.claim(number, u32::MAX).is_some()));
        assert!(RECORDS.claim(9, 9).is_none());
        fork();
        assert!(RECORDS.claim(9, 9).is_some());
    });
}

/// ONE-ENDER: a close whose closer is lost is left to whoever finds nobody inside.
#[test]
fn a_child_ends_what_a_lost_closer_waited_for() {
    run(|| {
        let table = Table::shared();
        other_inside(&table);
        assert_eq!(close::refuse(table.handle, table.slot), Ok(()));
        fork();
        close::sweep();
        assert_eq!(table.host.ended(), 1);
    });
}

/// ONE-ENDER: a value that a lost closer was ending is half gone: nobody ends it again.
#[test]
fn a_child_keeps_what_a_lost_closer_was_ending() {
    run(|| {
        let table = Table::shared();
        assert_eq!(close::refuse(table.handle, table.slot), Ok(()));
        assert!(table.slot.gate.advance(table.handle, State::Closing, State::Finalising));
        fork();
        close::sweep();
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Later);
        assert_eq!(table.host.ended(), 0);
    });
}

/// A counter does not say whose calls it counts: such a value is kept, and no close waits.
#[test]
fn a_child_keeps_a_value_with_counted_calls_inside() {
    run(|| {
        let table = Table::shared();
        Way::counted(&table.slot.gate, None, 1);
        fork();
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Later);
        assert_eq!(table.slot.gate.state(table.handle), Some(State::Kept));
        assert_eq!(table.host.ended(), 0);
    });
}

/// The same, where the close began in the parent: its value is never ended.
#[test]
fn a_child_never_ends_a_deferred_value_with_counted_calls_inside() {
    run(|| {
        let table = Table::shared();
        Way::counted(&table.slot.gate, None, 1);
        assert_eq!(table.close(Wait::Never, Purpose::End), Closed::Later);
        fork();
        close::sweep();
        assert_eq!(table.host.ended(), 0);
    });
}
