//! The records of threads that come and go.

use std::rc::Rc;
use std::time::Duration;

use super::{claim, claimer};
use crate::ended::Ended;
use crate::explore::{explore, explore_all, explore_without_light_fences, run};
use crate::gate::Way;
use crate::handle::Kind;
use crate::host::Table;
use crate::primitive::{AtomicU32, Ordering};
use crate::record::{Claimer, RECORDS_OF_THREADS, Record};
use crate::slot::ALL_SLOTS;
use crate::threads::{gone, spawn};

/// Takes every record.
fn claim_all() -> [&'static Record; 4] {
    [20, 21, 22, 23].map(|thread| claim(thread).unwrap().1)
}

/// The same; the first thread comes last, so that its successor finds its record by the address.
fn claim_all_the_first_last() {
    for thread in [21, 22, 23, 20] {
        claim(thread).unwrap();
    }
}

fn number(claimed: Option<(u32, &'static Record)>) -> Option<u32> {
    claimed.map(|(number, _)| number)
}

/// ONE-OWNER: two threads that come at once take two records.
#[test]
fn a_record_that_was_never_used_is_claimed_once() {
    explore(|| {
        claim(20).unwrap();
        let other = spawn(|| number(claim(21)));
        let own = number(claim(22));
        let other = other.join().unwrap();
        assert!(own.is_some() && other.is_some() && own != other, "{own:?} {other:?}");
    });
}

/// ONE-OWNER: a record that one thread counts as used is not another's, who looks for one that was freed.
#[test]
fn a_record_that_is_about_to_be_used_is_nobody_elses() {
    explore(|| {
        claim(20).unwrap();
        RECORDS_OF_THREADS.note_free(1);
        let other = spawn(|| number(claim(21)));
        let own = number(claim(22));
        let other = other.join().unwrap();
        assert!(own.is_some() && other.is_some() && own != other, "{own:?} {other:?}");
    });
}

/// ONE-OWNER: a record that a new thread takes over is not freed meanwhile, though the thread before is gone.
#[test]
fn a_record_that_is_taken_over_is_not_freed() {
    explore(|| {
        claim_all();
        gone(20);
        let successor = spawn(|| {
            let thread = crate::platform::System::thread();
            let mut successor = claimer(thread);
            successor.address = claimer(20).address;
            let claimed = RECORDS_OF_THREADS.claim(&successor);
            let claimed = claimed.map(|(number, record)| (number, record.thread()));
            assert!(claimed.is_none_or(|(_, owner)| owner == thread), "taken away");
            claimed
        });
        let own = number(claim(25));
        let successors = number_of(successor.join().unwrap());
        assert!(own.is_none() || own != successors);
    });
}

fn number_of(claimed: Option<(u32, u32)>) -> Option<u32> {
    claimed.map(|(number, _)| number)
}

/// ONE-OWNER: the same, of records that were freed.
#[test]
fn a_record_that_was_freed_is_claimed_once() {
    explore(|| {
        claim_all();
        gone(20);
        let other = spawn(|| number(claim(24)));
        let own = number(claim(25));
        let other = other.join().unwrap();
        assert!(own != other, "{own:?} {other:?}");
        assert!(own.is_some() || other.is_some());
        let is_owned =
            |thread| RECORDS_OF_THREADS.all().any(|(_, record)| record.thread() == thread);
        assert!(is_owned(21) && is_owned(22), "the record of a thread that runs was freed");
        assert!(own.is_none() || is_owned(25));
        assert!(other.is_none() || is_owned(24));
    });
}

/// ONE-OWNER: the successor of a thread that is gone has its address: it takes the record over, or a sweep frees
/// the record and it goes to another.
#[test]
fn a_record_goes_to_its_threads_successor_or_to_another() {
    explore(|| {
        claim_all_the_first_last();
        gone(20);
        let successor = spawn(|| {
            let mut successor = claimer(24);
            successor.address = claimer(20).address;
            number(RECORDS_OF_THREADS.claim(&successor))
        });
        let own = number(claim(25));
        let successors = successor.join().unwrap();
        assert!(own.is_some() || successors.is_some());
        assert!(own != successors);
    });
}

/// ONE-OWNER: what a successor claims is the record of the thread before, and of no other.
#[test]
fn a_successor_claims_the_record_that_its_address_had() {
    run(|| {
        let [first, second] = [20, 21].map(|thread| number(claim(thread)));
        let mut successor = claimer(22);
        successor.address = claimer(20).address;
        // Both threads have one entry in the index; the newer one stands there.
        let third = number(RECORDS_OF_THREADS.claim(&successor));
        assert!(third != second && (third == first || third == Some(2)));
        let mut again = claimer(23);
        again.address = successor.address;
        assert_eq!(number(RECORDS_OF_THREADS.claim(&again)), third);
    });
}

/// OWN-CELL: a record with a call inside is not claimed, nor one whose thread ends a value.
#[test]
fn a_record_that_is_in_use_is_not_freed() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let records = claim_all();
        let user = spawn({
            let table = table.clone();
            move || {
                assert!(Way::outermost(records[0], table.handle).is_some());
                records[1].ends.fetch_add(1, Ordering::Relaxed);
                gone(20);
                gone(21);
            }
        });
        assert_eq!(number(claim(24)), None);
        let mut successor = claimer(25);
        for thread in [20, 21] {
            successor.address = claimer(thread).address;
            let claimed = number(RECORDS_OF_THREADS.claim(&successor));
            // The successor of a thread is there when that is gone.
            assert!(user.is_running() || claimed.is_none());
        }
        user.join();
        assert!(records[0].thread() == 20 || records[0].thread() == 25);
    });
}

/// OWN-CELL: the same, when all is settled.
#[test]
fn a_record_that_is_in_use_stays() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let records = claim_all();
        assert!(Way::outermost(records[0], table.handle).is_some());
        records[1].ends.fetch_add(1, Ordering::Relaxed);
        [20, 21].into_iter().for_each(gone);
        let mut successor = claimer(24);
        for thread in [20, 21, 24] {
            successor.address = claimer(thread).address;
            assert_eq!(number(RECORDS_OF_THREADS.claim(&successor)), None);
        }
        assert_eq!(table.revoke(), Some(Ended::Later));
    });
}

/// MARKED: a closer that frees the record of a thread that is gone, while another thread claims it, still sees its
/// call.
#[test]
fn a_closer_sees_a_call_in_a_record_that_it_has_just_freed() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        claim(20).unwrap();
        other.release();
        claim(21).unwrap();
        claim(22).unwrap();
        assert_eq!(owned(), 4);
        // The next look is at the last record.
        RECORDS_OF_THREADS.tidy();
        RECORDS_OF_THREADS.tidy();
        gone(22);
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        caller.join();
        table.finish();
    });
}

fn owned() -> usize {
    RECORDS_OF_THREADS.iter().count()
}

/// MARKED: scans look at no record that is free, wherever it stands.
#[test]
fn scans_look_at_the_records_that_are_owned() {
    run(|| {
        claim_all();
        assert_eq!(owned(), 4);
        gone(21);
        gone(22);
        (0..4).for_each(|_| RECORDS_OF_THREADS.tidy());
        let numbers: Vec<_> = RECORDS_OF_THREADS.iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [0, 3]);
        assert_eq!(RECORDS_OF_THREADS.from(1).next().map(|(number, _)| number), Some(3));
        assert_eq!(number(claim(24)), Some(1));
        assert_eq!(number(claim(25)), Some(2));
        assert_eq!(owned(), 4);
        [20, 23, 24, 25].into_iter().for_each(gone);
        assert_eq!(number(claim(26)), Some(0));
        assert_eq!(owned(), 1);
    });
}

/// A thread that is gone left a cell of its own clear: its record is freed, and a call of the next thread is seen.
#[test]
fn a_close_sees_a_call_of_the_thread_that_takes_a_record_over() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        assert!((20..23).all(|thread| claim(thread).is_some()));
        let other = Table::new(Kind::Shared);
        other.release();
        gone(20);
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        caller.join();
        table.finish();
    });
}

/// A thread that has ended a value leaves its record to others when it is gone.
#[test]
fn the_record_of_a_thread_that_ended_a_value_is_used_again() {
    explore_all(|| {
        assert!(crate::thread::record().is_some());
        let thread = spawn(|| {
            let table = Table::new(Kind::Shared);
            assert_eq!(table.release(), Some(Ended::Now));
        });
        thread.join();
        // Of four records this thread has one.
        let others = (20..30).take_while(|thread| claim(*thread).is_some()).count();
        assert_eq!(others, 3, "a record is lost");
    });
}

/// OWN-CELL: a successor does not take over a record with a call inside, or whose thread ends a value.
#[test]
fn a_successor_leaves_a_record_that_is_in_use() {
    for is_inside in [false, true] {
        run(move || {
            let table = Table::new(Kind::Shared);
            let (first, record) = claim(20).unwrap();
            if is_inside {
                assert!(Way::outermost(record, table.handle).is_some());
            } else {
                record.ends.fetch_add(1, Ordering::Relaxed);
            }
            gone(20);
            let mut successor = claimer(21);
            successor.address = claimer(20).address;
            assert_ne!(number(RECORDS_OF_THREADS.claim(&successor)), Some(first));
        });
    }
}

/// ONE-OWNER: in a child, a thread that claims a record which was free before is not taken for one of the parent's.
#[test]
fn a_child_does_not_free_a_record_that_another_thread_is_claiming() {
    explore(|| {
        claim(20).unwrap();
        let of_child = Claimer { process: 2, ..claimer(25) };
        let other = spawn(move || RECORDS_OF_THREADS.claim(&of_child).map(|(_, one)| one.thread()));
        let first = spawn(|| RECORDS_OF_THREADS.free_inherited(2, |_| false));
        let owner = other.join().unwrap();
        first.join();
        assert_eq!(owned_by(25), usize::from(owner.is_some()));
        assert!(owner.is_none_or(|owner| owner == 25));
    });
}

fn owned_by(thread: u32) -> usize {
    RECORDS_OF_THREADS.iter().filter(|(_, record)| record.thread() == thread).count()
}

/// A thread is not lost whose record was that of one that is.
#[test]
fn the_next_thread_of_a_record_is_not_lost() {
    run(|| {
        claim_all();
        let (_, record) = claim_of(20);
        gone(20);
        assert!(record.is_lost(|_| true));
        let is_lost = record.is_lost(|record| {
            let (_, again) = claim(24).unwrap();
            assert!(core::ptr::eq(again, record));
            true
        });
        assert!(!is_lost);
    });
}

/// The same, at whatever step the next thread is of taking the record over and of a call.
fn the_thread_that_takes_a_record_over_is_not_lost(is_counted: bool) {
    explore(move || {
        claim_all();
        gone(20);
        let table = Table::new(Kind::Shared);
        let callers = &ALL_SLOTS.get(table.handle).unwrap().details().callers;
        let next = spawn(move || {
            let record = crate::thread::record().unwrap();
            let way = match is_counted {
                true => Way::counted(callers, Some(record), crate::thread::number()),
                false => Way::outermost(record, table.handle).unwrap(),
            };
            way.leave(callers);
        });
        let bits = table.handle.bits();
        let is_inside =
            |record: &Record| if is_counted { record.is_deep() } else { record.holds(bits) };
        let is_lost = |(_, record): (u32, &Record)| record.is_lost(is_inside);
        assert!(!RECORDS_OF_THREADS.iter().any(is_lost), "it runs, or has left");
        next.join();
    });
}

#[test]
fn the_thread_that_takes_a_record_over_is_not_lost_in_a_call() {
    the_thread_that_takes_a_record_over_is_not_lost(false);
}

#[test]
fn the_thread_that_takes_a_record_over_is_not_lost_in_a_counted_call() {
    the_thread_that_takes_a_record_over_is_not_lost(true);
}

fn claim_of(thread: u32) -> (u32, &'static Record) {
    RECORDS_OF_THREADS.all().find(|(_, record)| record.thread() == thread).unwrap()
}

/// LEFT: a close comes after the calls of a thread whose record another one has freed, though it does not look there.
#[test]
fn a_close_comes_after_the_calls_of_a_record_that_was_freed() {
    explore_without_light_fences(|| {
        assert!((20..23).all(|thread| claim(thread).is_some()));
        let table = Table::new(Kind::Shared);
        let is_inside = Rc::new(AtomicU32::new(0));
        let caller = spawn({
            let (table, is_inside) = (table.clone(), is_inside.clone());
            move || {
                let inside = table.enter().unwrap();
                is_inside.store(1, Ordering::Release);
                inside.leave();
            }
        });
        let sweeper = spawn(|| (0..4).for_each(|_| RECORDS_OF_THREADS.tidy()));
        let closer = spawn({
            let table = table.clone();
            // In the place of PUBLISH: the closer knows that the call is in, not that it is out.
            move || {
                if is_inside.load(Ordering::Acquire) == 1 {
                    table.revoke_within(Duration::ZERO);
                }
            }
        });
        closer.join();
        sweeper.join();
        caller.join();
    });
}

/// MARKED: whoever claims a record that is being freed stays marked.
#[test]
fn a_record_that_was_freed_and_claimed_is_marked() {
    explore(|| {
        claim_all();
        gone(20);
        // Both look for a record that was freed, before they free one themselves.
        RECORDS_OF_THREADS.note_free(1);
        let other = spawn(|| claim(24).is_some());
        let own = claim(25).is_some();
        let other = other.join().unwrap();
        assert_eq!((owned_by(25), owned_by(24)), (usize::from(own), usize::from(other)));
    });
}

/// A thread of a child is not taken for the parent's thread whose record it takes over.
#[test]
fn the_next_thread_of_a_record_is_not_taken_for_the_one_before() {
    explore(|| {
        claim(20).unwrap();
        gone(20);
        let next = spawn(|| {
            let next = Claimer { number: 200, process: 2, ..claimer(20) };
            RECORDS_OF_THREADS.claim(&next).is_some()
        });
        assert!(!RECORDS_OF_THREADS.has_thread(claimer(20).number, 2));
        assert_eq!(next.join(), Some(true));
        assert!(RECORDS_OF_THREADS.has_thread(200, 2));
    });
}
