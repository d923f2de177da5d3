//! The records of threads that come and go.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::super::gate::Way;
use super::super::thread::RECORDS;
use super::{Table, explore};

/// ONE-OWNER: the successor of a dead thread takes its record over, or the record is freed and goes
/// to another. The kernel has given the successor the same number, which is the hardest case.
#[test]
fn a_record_goes_to_its_threads_successor_or_to_another() {
    explore(|| {
        (1..=3).for_each(|number| assert!(RECORDS.claim(number, number as u32).is_some()));
        let successor_lives = Arc::new(AtomicBool::new(false));
        let successor = thread::spawn({
            let successor_lives = successor_lives.clone();
            move || {
                successor_lives.store(true, Ordering::Relaxed);
                RECORDS.claim(1, 1).map(core::ptr::from_ref)
            }
        });
        RECORDS.replenish(|number| number != 1 || successor_lives.load(Ordering::Relaxed));
        let others = RECORDS.claim(9, 9).map(core::ptr::from_ref);
        let successors = successor.join().unwrap();
        assert!(successors.is_some() || others.is_some());
        for (claimed, number) in [(successors, 1), (others, 9)] {
            let mut own =
                RECORDS.iter().filter(|record| claimed == Some(core::ptr::from_ref(*record)));
            assert!(
                own.all(|record| record.thread() == number),
                "a live thread's record was freed"
            );
        }
    });
}

/// A call that its thread never left, or that leaves on another thread, keeps the record.
#[test]
fn a_record_with_a_call_inside_is_not_freed() {
    explore(|| {
        let table = Table::shared();
        let records: Vec<_> =
            (1..=3).map(|number| RECORDS.claim(number, number as u32).unwrap()).collect();
        let (own, lives) = (records[0], Arc::new(AtomicBool::new(true)));
        let thread = thread::spawn({
            let lives = lives.clone();
            move || {
                assert!(Way::outermost(own, table.handle).is_some());
                lives.store(false, Ordering::Release);
            }
        });
        RECORDS.replenish(|number| number != 1 || lives.load(Ordering::Acquire));
        assert_eq!(own.thread(), 1, "freed");
        thread.join().unwrap();
    });
}

/// ONE-OWNER: two threads that come at once take two records.
#[test]
fn a_free_record_is_claimed_once() {
    explore(|| {
        assert!(RECORDS.claim(1, 1).is_some());
        let other = thread::spawn(|| RECORDS.claim(2, 2).map(core::ptr::from_ref));
        let own = RECORDS.claim(3, 3).map(core::ptr::from_ref);
        assert!(own.is_some());
        assert_ne!(own, other.join().unwrap());
    });
}

/// STAYS: two that find no record free both add a chunk, and none is lost.
#[test]
fn chunks_that_are_added_at_once_are_both_kept() {
    explore(|| {
        (1..=3).for_each(|number| assert!(RECORDS.claim(number, number as u32).is_some()));
        let other = thread::spawn(|| RECORDS.replenish(|_| true));
        RECORDS.replenish(|_| true);
        assert!(RECORDS.claim(4, 4).is_some());
        other.join().unwrap();
        let records = RECORDS.iter().count();
        assert!(records == 6 || records == 9, "{records} records");
    });
}
