//! A call against a close, by each way in.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::thread;

use super::super::close::{Closed, Purpose, Wait, after_last_call};
use super::super::gate::Way;
use super::super::handle::Kind;
use super::super::record::Record;
use super::super::thread::RECORDS;
use super::{Table, explore, explore_without_light_fences};

/// PUBLISH and LEFT, by a thread's first call.
#[test]
fn a_close_waits_for_a_first_call() {
    explore(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call()
        });
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Now);
        assert_eq!(table.host.ended(), 1);
        caller.join().unwrap();
    });
}

/// PUBLISH and LEFT, by the short way of a thread that has a record.
#[test]
fn a_close_waits_for_a_light_call() {
    explore(|| {
        let (warm_up, table) = (Table::shared(), Table::shared());
        let caller = thread::spawn({
            let table = table.clone();
            move || {
                warm_up.call();
                table.call()
            }
        });
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Now);
        assert_eq!(table.host.ended(), 1);
        caller.join().unwrap();
    });
}

/// PUBLISH and LEFT, in the counter.
#[test]
fn a_close_waits_for_a_counted_call() {
    explore(|| {
        take_every_record();
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call()
        });
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Now);
        assert_eq!(table.host.ended(), 1);
        caller.join().unwrap();
    });
}

/// LAST-OUT, in the counter.
#[test]
fn the_last_counted_call_out_ends_a_deferred_value() {
    explore(|| {
        take_every_record();
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

/// LAST-OUT, in a counter where a late call of the slot's registration before stands too.
#[test]
fn a_late_call_of_the_slots_last_registration_does_not_keep_a_deferred_value() {
    explore(|| {
        take_every_record();
        let before = Table::shared();
        before.close_and_release();
        let table = Table::shared();
        assert!(core::ptr::eq(table.slot, before.slot));
        let late = thread::spawn(move || assert!(!before.call()));
        assert!(table.call_that_revokes());
        late.join().unwrap();
        assert_eq!(table.host.ended(), 1);
    });
}

fn take_every_record() {
    let taken = (1..).take_while(|number| RECORDS.claim(*number, *number as u32).is_some());
    assert_eq!(taken.count(), RECORDS.iter().count());
}

/// PUBLISH and LAST-OUT, where the call fences for itself.
#[test]
fn a_call_may_fence_for_itself() {
    explore_without_light_fences(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || call_by(first_record(), &table, |record| Way::cell(record, table.handle, true))
        });
        table.close(Wait::Never, Purpose::End);
        caller.join().unwrap();
        assert_eq!(table.host.ended(), 1);
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

fn next_publication(publish: fn(&'static Record, &Table) -> Option<Way<'static>>) {
    explore_without_light_fences(move || {
        let (table, next) = (Table::shared(), Table::shared());
        let is_inside = Arc::new(AtomicBool::new(false));
        let caller = thread::spawn({
            let (table, is_inside) = (table.clone(), is_inside.clone());
            move || {
                let way = publish(first_record(), &table).unwrap();
                is_inside.store(true, Ordering::Release);
                table.host.touch();
                way.leave(&table.slot.gate);
                publish(first_record(), &next).unwrap();
            }
        });
        // In the place of PUBLISH: the closer knows that the call is in, not that it is out.
        if is_inside.load(Ordering::Acquire) {
            assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Now);
            assert_eq!(table.host.ended(), 1);
        }
        caller.join().unwrap();
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

fn publication_of_the_next_thread(publish: fn(&'static Record, &Table) -> Option<Way<'static>>) {
    explore_without_light_fences(move || {
        let (table, next) = (Table::shared(), Table::shared());
        let way = publish(first_record(), &table).unwrap();
        let way = Carried(way);
        let leaver = thread::spawn({
            let table = table.clone();
            move || {
                table.host.touch();
                let Carried(way) = { way };
                way.leave(&table.slot.gate);
            }
        });
        let successor = thread::spawn(move || publish(first_record(), &next).is_some());
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Now);
        assert_eq!(table.host.ended(), 1);
        leaver.join().unwrap();
        successor.join().unwrap();
    });
}

struct Carried(Way<'static>);

// SAFETY: a fiber may leave on another thread than it came in on (OWN-CELL).
unsafe impl Send for Carried {}

fn first_record() -> &'static Record {
    RECORDS.iter().next().unwrap()
}

fn call_by(
    record: &'static Record,
    table: &Table,
    publish: impl FnOnce(&'static Record) -> Option<Way<'static>>,
) {
    let way = publish(record).unwrap();
    if table.slot.gate.admits(table.handle) {
        table.host.touch();
    }
    way.leave(&table.slot.gate);
    if !table.slot.gate.admits(table.handle) {
        after_last_call(table.slot);
    }
}

/// OPEN: a call that C makes with a handle it was just given sees the whole registration.
#[test]
fn a_call_sees_the_registration_that_was_opened() {
    explore(|| {
        let passed = Arc::new(AtomicU64::new(0));
        let caller = thread::spawn({
            let passed = passed.clone();
            move || {
                let user_data = passed.load(Ordering::Relaxed);
                let handle = super::Handle::from_user_data(user_data as usize);
                super::call(handle, |_, _| ())
            }
        });
        let table = Table::shared();
        passed.store(table.handle.bits(), Ordering::Relaxed);
        caller.join().unwrap();
    });
}

/// EXCLUSIVE: what one call writes, the next may write.
#[test]
fn exclusive_calls_never_overlap() {
    explore(|| {
        let table = Table::new(Kind::Exclusive);
        let caller = thread::spawn({
            let table = table.clone();
            move || super::call(table.handle, |_, host| host.change())
        });
        super::call(table.handle, |_, host| host.change());
        caller.join().unwrap();
    });
}
