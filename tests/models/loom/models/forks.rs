//! A child process, at whatever step the parent's other thread was: that thread does not exist any more.

use std::time::Duration;

use crate::child;
use crate::ended::Ended;
use crate::explore::{explore, explore_in, explore_widely, run};
use crate::gate::Way;
use crate::handle::Kind;
use crate::host::{Table, World, here};
use crate::life::Phase;
use crate::platform::System;
use crate::primitive::Ordering;
use crate::record::{Claimer, RECORDS_OF_THREADS};
use crate::settle::settle;
use crate::slot::{ALL_SLOTS, Slot};
use crate::threads::{expect_fork, expect_signal, fork, gone, spawn};

/// A thread of the parent is somewhere in `act` when the process forks. In the child a close does not wait for
/// it; nothing is ended twice, or with that thread inside (`host.rs`).
fn forked_in(new: fn(Kind) -> Table, kind: Kind, act: fn(&Table)) {
    for world in [World::Asymmetric, World::Unwiped, World::Namespaces] {
        explore_in(world, move || {
            let table = new(kind);
            expect_fork();
            spawn({
                let table = table.clone();
                move || act(&table)
            });
            fork();
            let ended = table.revoke();
            match ended {
                Some(Ended::Now) => table.host.assert_quiet(),
                Some(Ended::Serving) => {
                    assert_eq!(table.phase(), Some(Phase::Serving));
                    assert!(table.take_back(), "refused what takes back");
                }
                Some(Ended::Later) => {
                    let is_kept = table.phase() == Some(Phase::Kept);
                    assert!(is_kept || is_kept_by_a_call(&table), "nobody keeps it");
                }
                None => {}
            }
            let is_live = table.phase() == Some(Phase::Live);
            // Its owner was about to end it.
            assert!(ended.is_none() || !is_live);
            assert_eq!(table.call(), is_live, "a late call was admitted");
            assert!(table.host.ended() <= 1);
            table.release();
            table.notify();
            settle();
            assert!(!child::is_unknown());
            assert!(table.host.ended() <= 1);
            // Where this thread knows that it is alone, nobody who reads the registration keeps its slot.
            let is_over =
                matches!(table.phase(), None | Some(Phase::Kept)) || is_kept_by_a_call(&table);
            assert!(is_over || world == World::Unwiped, "{:?}", table.phase());
            // The child has the library's use.
            if let Some(next) = Table::try_new(Kind::Shared) {
                assert!(next.call());
                assert_eq!(next.release(), Some(Ended::Now));
            }
        });
    }
}

macro_rules! forks {
    ($new:expr; $($name:ident: $act:expr;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn does_not_keep_a_child_waiting() {
                forked_in($new, Kind::Shared, $act);
            }
        }
    )* };
}

forks! {
    Table::kept_for_c;
    a_call_that_takes_back: |table| {
        table.take_back();
    };
    a_revoke_of_what_is_lent: |table| {
        table.revoke();
    };
    a_release_of_what_is_lent: |table| {
        table.release();
    };
    a_notify_of_what_is_lent: |table| table.notify();
    a_notify_of_what_serves: |table| {
        table.revoke();
        table.notify();
    };
    a_notify_of_what_c_alone_has: |table| {
        table.let_go();
        table.notify();
    };
    a_close_from_inside_of_what_is_lent: |table| {
        table.call_and(|| {
            table.revoke_within(Duration::ZERO);
            table.notify();
        });
    };
}

forks! {
    Table::new;
    a_call: |table| {
        table.call();
    };
    a_close: |table| {
        table.revoke();
    };
    a_release: |table| {
        table.release();
    };
    a_take: |table| {
        table.host.expect_to_stay();
        table.take();
    };
    a_drop: |table| {
        table.let_go();
    };
    a_close_from_inside: |table| {
        table.call_and(|| {
            table.revoke_within(Duration::ZERO);
        });
    };
    a_drop_from_inside: |table| {
        table.call_and(|| {
            table.let_go();
        });
    };
    a_notify: |table| table.notify();
    a_hold: |_| {
        Table::try_new(Kind::Shared);
    };
}

/// A call of a lost thread is inside for ever, or may be.
fn is_kept_by_a_call(table: &Table) -> bool {
    let mut records = RECORDS_OF_THREADS.iter().map(|(_, record)| record);
    records.any(|record| record.holds(table.handle.bits())) || counted(table) != 0
}

/// EXCLUSIVE: nobody gets in where a lost call is inside; and its lock is its own, so that it shuts nobody out for ever
/// when it has left.
#[test]
fn a_lost_call_locks_an_exclusive_registration_while_it_is_inside() {
    for world in [World::Asymmetric, World::Unwiped, World::Namespaces] {
        explore_in(world, move || {
            let table = Table::new(Kind::Exclusive);
            expect_fork();
            spawn({
                let table = table.clone();
                move || table.call()
            });
            fork();
            settle();
            let is_kept = is_kept_by_a_call(&table);
            if table.host.is_inside() {
                assert!(is_kept && !table.call(), "two are inside");
            }
            assert!(is_kept || table.call(), "locked for ever");
            assert_eq!(table.revoke(), Some(if is_kept { Ended::Later } else { Ended::Now }));
        });
    }
}

/// THREAD-BOUND: what was left to a thread that does not exist is kept.
#[test]
fn a_value_of_a_lost_thread_is_kept() {
    explore(|| {
        let cell = std::rc::Rc::new(std::cell::Cell::new(None));
        expect_fork();
        spawn({
            let cell = cell.clone();
            move || {
                let table = Table::new(Kind::Local);
                cell.set(Some(table.clone()));
                table.call();
                settle();
                crate::threads::stay();
            }
        });
        crate::checker::thread::yield_now();
        let table: Option<Table> = cell.take();
        if let Some(table) = &table {
            table.revoke();
        }
        fork();
        let Some(table) = table.or_else(|| cell.take()) else { return };
        let ended = table.revoke();
        settle();
        match table.host.ended() {
            0 => assert_eq!((ended, table.phase()), (Some(Ended::Later), Some(Phase::Kept))),
            ended => assert_eq!(ended, 1),
        }
    });
}

/// ONE-LIST: what was left to the forking thread is ended in the child, once, though whoever left it was about to put it
/// on the list.
#[test]
fn a_value_that_was_left_to_the_forking_thread_is_ended_in_the_child() {
    explore(|| {
        let tables = [(); 2].map(|()| Table::new(Kind::Local));
        expect_fork();
        spawn({
            let tables = tables.clone();
            move || {
                tables.iter().for_each(|table| {
                    table.revoke();
                })
            }
        });
        fork();
        settle();
        for table in &tables {
            assert_eq!((table.revoke(), table.host.ended()), (Some(Ended::Now), 1));
        }
        // The list is in order: another value comes to it, and is found.
        let next = Table::new(Kind::Local);
        let closer = spawn({
            let next = next.clone();
            move || {
                next.revoke();
            }
        });
        closer.join();
        settle();
        assert_eq!(next.host.ended(), 1);
        next.finish();
    });
}

/// OWN-CELL: the calls that the forking thread is inside of go on in the child.
#[test]
fn a_child_stays_inside_its_own_calls() {
    run(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Exclusive));
        table.host.expect_several_calls();
        let inside = [table.enter().unwrap(), other.enter().unwrap(), table.enter().unwrap()];
        assert!(!inside[2].is_light());
        expect_fork();
        fork();
        assert_eq!(table.revoke(), Some(Ended::Later));
        assert!(!other.call(), "an exclusive call is still inside");
        assert_eq!((table.host.ended(), other.revoke()), (0, Some(Ended::Later)));
        inside.into_iter().rev().for_each(crate::host::Inside::leave);
        assert_eq!((table.host.ended(), other.host.ended()), (1, 1));
        assert_eq!(crate::thread::own_record().map(|record| record.thread()), Some(2));
        table.finish();
        other.finish();
    });
}

/// A signal handler forks while a late call of its thread is counted.
#[test]
fn a_child_leaves_its_own_late_call_counted() {
    run(|| {
        let table = Table::new(Kind::Shared);
        assert_eq!(table.release(), Some(Ended::Now));
        let callers = &ALL_SLOTS.get(table.handle).unwrap().details().callers;
        let late = Way::counted(callers, crate::thread::record(), crate::thread::number());
        expect_fork();
        fork();
        settle();
        late.leave(callers);
        use_every_slot();
    });
}

/// GUARDED: a registration that the forking thread reads itself is not freed under it.
#[test]
fn a_child_still_reads_what_it_was_reading() {
    run(|| {
        let table = Table::new(Kind::Shared);
        expect_fork();
        table.host.at_end(|| {
            fork();
            settle();
        });
        // By its number, so as a reader.
        assert_eq!(table.release(), Some(Ended::Now));
        table.assert_free();
        use_every_slot();
    });
}

/// A child's own child.
#[test]
fn a_record_of_a_lost_thread_is_used_again() {
    for world in [World::Asymmetric, World::Namespaces] {
        explore_in(world, use_a_record_again);
    }
}

fn use_a_record_again() {
    super::take_every_record();
    let table = Table::new(Kind::Shared);
    expect_fork();
    let user = spawn({
        let table = table.clone();
        move || table.call()
    });
    fork();
    let _: Option<bool> = user.join();
    settle();
    assert!(RECORDS_OF_THREADS.all().all(|(_, record)| record.thread() == 0));
    assert!(crate::thread::own_record().is_none());
    let new = spawn({
        let table = table.clone();
        move || table.call()
    });
    assert_eq!(new.join(), Some(true));
    // What is counted now was at the fork.
    let expected = if counted(&table) == 0 { Ended::Now } else { Ended::Later };
    assert_eq!(table.revoke(), Some(expected));
}

/// A late call that was counted in its slot is lost: what begins there in the child is not kept for it.
#[test]
fn a_lost_late_call_leaves_its_slot_to_the_next() {
    explore(|| {
        super::take_every_record();
        let table = Table::new(Kind::Shared);
        assert_eq!(table.release(), Some(Ended::Now));
        expect_fork();
        spawn(move || table.call());
        fork();
        use_every_slot();
    });
}

/// GUARDED: a registration is freed in the child though a lost thread was reading it.
#[test]
fn a_lost_reader_leaves_its_slot_to_the_next() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        expect_fork();
        spawn({
            let table = table.clone();
            move || table.guest().is_some()
        });
        assert_eq!(table.release(), Some(Ended::Now));
        fork();
        settle();
        // The thread may have been about to put it on the free list: that slot is not used again.
        assert_eq!(table.state(), None);
        use_every_slot();
    });
}

/// Each slot that is free takes a registration, and is free again after it.
fn use_every_slot() {
    let tables: Vec<_> = core::iter::from_fn(|| Table::try_new(Kind::Shared)).collect();
    assert!(tables.len() > 1);
    for table in tables {
        assert!(table.call());
        assert_eq!(table.release(), Some(Ended::Now));
        table.assert_free();
    }
    let counts = |slot: &'static Slot| [&slot.details().callers, &slot.details().readers];
    let mut counts = ALL_SLOTS.iter().flat_map(|(_, slot)| counts(slot));
    assert!(counts.all(|count| count.load(Ordering::SeqCst) == 0));
}

/// Nobody knows how many of the calls that are counted are lost, where the child cannot know that it is alone.
#[test]
fn a_value_with_counted_calls_is_kept_where_they_may_be_lost() {
    explore_in(World::Unwiped, || {
        super::take_every_record();
        let table = Table::new(Kind::Shared);
        expect_fork();
        spawn({
            let table = table.clone();
            move || {
                let inside = table.enter();
                crate::threads::stay();
                drop(inside);
            }
        });
        crate::checker::thread::yield_now();
        fork();
        let is_counted = counted(&table) != 0;
        let ended = table.revoke();
        assert_eq!(ended, Some(if is_counted { Ended::Later } else { Ended::Now }));
        assert_eq!(table.host.ended(), usize::from(!is_counted));
    });
}

fn counted(table: &Table) -> u32 {
    let slot = ALL_SLOTS.get(table.handle).unwrap();
    slot.details().callers.load(Ordering::SeqCst)
}

/// Other threads of the child come first: they leave what the parent's threads had to the child's first thread.
#[test]
fn the_childs_other_threads_leave_all_to_the_first() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        expect_fork();
        fork();
        let other = spawn({
            let table = table.clone();
            move || {
                settle();
                table.revoke_within(Duration::ZERO)
            }
        });
        settle();
        assert_eq!(other.join(), Some(Some(Ended::Later)));
        assert_eq!(table.host.ended(), 0);
        inside.leave();
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// The last call out sees that its registration is closed, and that its closer is lost.
#[test]
fn a_call_that_leaves_in_a_child_ends_the_value_for_a_lost_closer() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        expect_fork();
        spawn({
            let table = table.clone();
            move || table.revoke()
        });
        fork();
        let gate = &ALL_SLOTS.get(table.handle).unwrap().gate;
        let is_closed = !gate.admits(table.handle);
        inside.leave();
        assert_eq!(table.host.ended(), usize::from(is_closed));
        table.finish();
    });
}

/// The last call out was about to end a value that was left to it.
#[test]
fn a_child_ends_what_was_left_to_a_lost_call() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        expect_fork();
        spawn({
            let table = table.clone();
            move || {
                table.call_and(|| {
                    table.let_go();
                })
            }
        });
        fork();
        settle();
        let is_deferred = table.phase() == Some(Phase::Deferred);
        assert!(!is_deferred || is_kept_by_a_call(&table), "nobody will end it");
    });
}

/// A late call of another thread of the child is counted while the first one takes over.
#[test]
fn a_child_counts_the_calls_of_its_own_threads() {
    explore(|| {
        super::take_every_record();
        let table = Table::new(Kind::Shared);
        assert_eq!(table.release(), Some(Ended::Now));
        expect_fork();
        fork();
        let caller = spawn(move || table.call());
        settle();
        assert_eq!(caller.join(), Some(false));
        use_every_slot();
    });
}

/// An owner closes without a look at anything else before: the calls that were counted are known to be lost.
#[test]
fn an_owner_does_not_wait_in_a_child_for_a_counted_call() {
    explore(|| {
        super::take_every_record();
        let (table, owner) = Table::owned(Kind::Shared);
        expect_fork();
        spawn({
            let table = table.clone();
            move || table.call()
        });
        fork();
        let is_kept = counted(&table) != 0;
        let ended = owner.revoke(here());
        assert_eq!(ended, if is_kept { Ended::Later } else { Ended::Now });
        assert_eq!(table.host.ended(), usize::from(!is_kept));
    });
}

/// Another thread of the child reads a registration while the first one takes over.
#[test]
fn a_child_leaves_what_its_own_threads_read() {
    for world in [World::Asymmetric, World::Unwiped] {
        explore_in(world, || {
            let table = Table::new(Kind::Shared);
            expect_fork();
            fork();
            let reader = spawn({
                let table = table.clone();
                move || table.guest().is_some()
            });
            table.release();
            settle();
            reader.join();
            use_every_slot();
        });
    }
}

/// A record of a lost thread is as good as new.
fn frees_records_whole(world: World, is_late: bool, act: fn(&Table)) {
    explore_in(world, move || {
        let table = Table::new(Kind::Shared);
        if is_late {
            table.revoke();
        }
        expect_fork();
        spawn({
            let table = table.clone();
            move || act(&table)
        });
        fork();
        settle();
        let records = RECORDS_OF_THREADS.all().map(|(_, record)| record);
        for record in records.filter(|record| record.thread() == 0) {
            let waits_for = record.waits_for.load(Ordering::Relaxed);
            let ends = record.ends.load(Ordering::Relaxed);
            assert_eq!((record.is_inside(), ends, waits_for), (false, 0, 0));
        }
        let mut threads = RECORDS_OF_THREADS.iter().map(|(_, record)| record.thread());
        assert!(!is_late || threads.all(|thread| thread == System::thread()), "kept for nothing");
    });
}

#[test]
fn a_child_forgets_what_a_lost_thread_did() {
    frees_records_whole(World::Counted, false, |table| {
        table.call();
    });
    frees_records_whole(World::Asymmetric, true, |table| {
        table.call();
    });
    frees_records_whole(World::Asymmetric, false, |table| {
        table.revoke();
    });
}

/// A lost thread was waiting for another one that ends a registration.
#[test]
fn a_child_forgets_for_whom_a_lost_thread_waited() {
    explore_in(World::Asymmetric, || {
        let table = Table::new(Kind::Shared);
        expect_fork();
        let ends = table.clone();
        table.host.at_end(|| {
            if System::is_first_thread() {
                fork();
                settle();
            }
        });
        let other = spawn(move || ends.revoke());
        table.revoke();
        other.join();
        let records = RECORDS_OF_THREADS.all().map(|(_, record)| record);
        let mut freed = records.filter(|record| record.thread() == 0);
        assert!(freed.all(|record| record.waits_for.load(Ordering::Relaxed) == 0));
    });
}

/// What a lost thread has lent is gone with its stack.
#[test]
fn what_a_lost_thread_has_lent_is_refused_in_the_child() {
    for world in [World::Asymmetric, World::Unwiped, World::Namespaces] {
        explore_in(world, || {
            let cell = std::rc::Rc::new(std::cell::Cell::new(None));
            expect_fork();
            let own = Table::lent();
            spawn({
                let cell = cell.clone();
                move || {
                    let table = Table::lent();
                    let inside = table.enter();
                    cell.set(Some(table));
                    crate::threads::stay();
                    drop(inside);
                }
            });
            crate::checker::thread::yield_now();
            fork();
            let _ = own.revoke_within(Duration::ZERO);
            if let Some(table) = cell.take() {
                settle();
                assert!(!table.call());
            }
        });
    }
}

/// LENT: nor is it taken back, however far it was ended.
#[test]
fn what_a_lost_thread_has_lent_is_not_taken_back_in_the_child() {
    for world in [World::Asymmetric, World::Unwiped, World::Namespaces] {
        explore_in(world, || {
            let cell = std::rc::Rc::new(std::cell::Cell::new(None));
            expect_fork();
            spawn({
                let cell = cell.clone();
                move || {
                    let table = Table::lent_and_kept_for_c();
                    cell.set(Some(table.clone()));
                    table.revoke_within(Duration::ZERO);
                    crate::threads::stay();
                }
            });
            crate::checker::thread::yield_now();
            fork();
            if let Some(table) = cell.take() {
                settle();
                assert!(!table.take_back() && !table.call());
            }
        });
    }
}

/// A lost call of what the forking thread has lent does not keep the lender.
#[test]
fn a_lender_goes_on_in_the_child_without_a_lost_call() {
    explore(|| {
        expect_fork();
        let own = Table::lent();
        spawn({
            let own = own.clone();
            move || {
                let inside = own.enter();
                crate::threads::stay();
                drop(inside);
            }
        });
        crate::checker::thread::yield_now();
        fork();
        // SAFETY: no C has anything but a number, and each is refused.
        let ended = unsafe { own.guest().unwrap().release(here()) };
        assert_eq!(ended, Ok(Ended::Now));
    });
}

/// Another thread of the child may have the record of a lost closer, once that one's close was taken over.
#[test]
fn a_lost_close_is_taken_over_before_its_record_is_anothers() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        expect_fork();
        let parents = System::process();
        table.host.at_end(move || {
            if System::process() == parents {
                crate::threads::stay();
            }
        });
        spawn({
            let table = table.clone();
            move || {
                table.revoke();
            }
        });
        crate::checker::thread::yield_now();
        fork();
        let process = child::process();
        let other = spawn(move || {
            RECORDS_OF_THREADS.claim(&Claimer { process, ..super::claimer(30) });
        });
        settle();
        other.join();
        assert_ne!(table.phase(), Some(Phase::Ending), "nobody ends it");
    });
}

/// What the threads of the child lend stays, whoever is the first to take over.
#[test]
fn what_the_threads_of_a_child_lend_is_called_there() {
    explore_widely(|| {
        let own = Table::lent();
        expect_fork();
        fork();
        let other = spawn(|| {
            let table = Table::lent();
            crate::checker::thread::yield_now();
            assert!(table.call());
            table.release()
        });
        settle();
        assert!(own.call());
        assert_eq!((other.join(), own.release()), (Some(Some(Ended::Now)), Some(Ended::Now)));
    });
}

/// A child that nobody has taken over may make a child: each has a number of its own.
#[test]
fn a_childs_child_has_another_number() {
    run(|| {
        expect_fork();
        let parents = child::process();
        fork();
        let childs = child::process();
        assert_eq!(childs, child::process());
        fork();
        let last = child::process();
        assert!(parents != childs && parents != last && childs != last);
        settle();
        assert_eq!(child::process(), last);
    });
}

/// A thread that comes while the first registration is about to begin is not taken for one of a child.
#[test]
fn a_process_that_begins_is_no_child() {
    explore_in(World::Unbegun, || {
        let other = spawn(child::is_unknown);
        child::begin();
        assert_eq!((child::is_unknown(), other.join()), (false, Some(false)));
    });
}

/// A signal handler forks while a child takes over: the child's own child, which goes on with that, is not known.
#[test]
fn a_child_that_is_made_in_a_takeover_takes_over_itself() {
    run(|| {
        expect_fork();
        fork();
        expect_signal(fork);
        settle();
        assert!(child::is_unknown());
        settle();
        assert!(!child::is_unknown());
    });
}

/// ONE-OWNER: the first thread of a child keeps its record, while another one looks for those of threads that are gone.
#[test]
fn a_childs_first_thread_keeps_its_record() {
    explore(|| {
        let [own, ..] = [20, 21, 22, 23].map(|thread| super::claim(thread).unwrap().1);
        expect_fork();
        fork();
        // Of its number in the parent there is no thread here.
        gone(20);
        let looker = spawn(|| (0..4).for_each(|_| RECORDS_OF_THREADS.tidy()));
        own.keep_in_child(&Claimer { process: child::process(), ..super::claimer(30) });
        looker.join();
        let mut owned = RECORDS_OF_THREADS.iter();
        assert!(owned.any(|(_, one)| core::ptr::eq(one, own)), "calls in it are not seen");
        assert_eq!(own.thread(), 30);
    });
}

/// ONE-LIST: another thread of the child leaves a value to the first one, while that takes over.
#[test]
fn a_value_that_a_child_leaves_to_its_first_thread_is_ended_once() {
    explore(|| {
        let table = Table::new(Kind::Local);
        expect_fork();
        fork();
        let closer = spawn({
            let table = table.clone();
            move || table.revoke()
        });
        settle();
        closer.join();
        settle();
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}
