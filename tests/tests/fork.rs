//! A forked child of a process with many threads: calls, closes and new tables work, and what stood
//! inside on other threads does not stand in the way.

#![cfg(unix)]

use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use outlive::{Ended, Held, IncidentKind};
use outlive_tests::host::{Door, Drops, hold, on_event, plain_event};
use outlive_tests::keeper::{Keeper, Plain};
use outlive_tests::process::{Status, end_child, fork, in_forked_child, status_of};
use outlive_tests::wait::without_deadlock;

const WELL: Status = Status::Exited(0);

#[test]
fn a_child_calls_closes_and_makes_tables_while_its_parent_hammers() {
    let held = hold(|_, value| value);
    let keeper = Keeper::of(&held);
    let other = hold(|_, value| value * 3);
    let of_other = Keeper::of(&other);
    let hammer = keeper.hammer(4);
    hammer.await_calls(50);
    for _ in 0..10 {
        let status = in_forked_child(|| {
            assert_eq!(
                (keeper.call(5), of_other.call(5), of_other.call_from_thread(5)),
                (5, 15, 15)
            );
            let new = hold(|_, value| value + 1);
            assert_eq!(Keeper::of(&new).call(1), 2);
            assert_eq!(new.revoke(), Ended::Now);
            let plain = Held::new(plain_event(|_, value| value)).unwrap();
            assert_eq!(Plain::of(&plain).call(7), 7);
            assert_eq!(other.revoke(), Ended::Now);
            assert_eq!(of_other.call(5), -1);
        });
        assert_eq!(status, WELL);
    }
    assert_eq!(of_other.call(1), 3, "the parent's table lives on");
    let hammered = hammer.stop();
    assert_eq!(hammered.calls, hammered.served);
}

#[test]
fn a_value_that_another_thread_was_inside_of_is_kept_in_the_child() {
    let (door, drops) = (Door::new(), Drops::default());
    let witness = drops.witness();
    let held = hold(move |_, value| {
        door.enter();
        witness.assert_alive();
        value
    });
    let keeper = Keeper::of(&held);
    let job = keeper.start(1);
    door.wait_for(1);
    let status = in_forked_child(|| {
        let closed = held.revoke();
        assert_eq!((closed, drops.count()), (Ended::Later, 0));
        let incidents = outlive::take_incidents();
        assert!(
            incidents.iter().any(|one| one.kind() == IncidentKind::ThreadGone),
            "{incidents:?}"
        );
        assert_eq!(keeper.call(1), -1);
    });
    assert_eq!((status, drops.count()), (WELL, 0));
    door.open();
    assert_eq!(job.join(), 1);
    assert_eq!((held.revoke(), drops.count()), (Ended::Now, 1));
}

#[test]
fn a_close_that_waits_for_the_forking_thread_is_finished_by_the_child() {
    without_deadlock(|| {
        let (door, drops, forked) = (Door::new(), Drops::default(), Arc::new(AtomicI32::new(-1)));
        let (witness, noted) = (drops.witness(), Arc::clone(&forked));
        let held = Arc::new(hold(move |_, value| {
            witness.assert_alive();
            if value != 0 {
                door.enter();
                noted.store(fork(), SeqCst);
            }
            value
        }));
        let (keeper, of_others) = (Keeper::of(&*held), Keeper::of(&*held));
        let closes = Arc::clone(&held);
        let closer = std::thread::spawn(move || {
            door.wait_for(1);
            closes.revoke()
        });
        std::thread::spawn(move || {
            outlive_tests::wait::until(|| of_others.call(0) == -1);
            door.open();
        });
        assert_eq!(keeper.call(1), 1);
        let ended = || assert_eq!((held.revoke(), drops.count()), (Ended::Now, 1));
        match forked.load(SeqCst) {
            0 => end_child(ended),
            child => assert_eq!(status_of(child), WELL),
        }
        assert_eq!(closer.join().unwrap(), Ended::Now);
        ended();
    });
}

#[test]
fn a_fork_inside_a_callback_lets_the_child_leave_and_close() {
    let held = hold(|_, _| match in_forked_child(|| ()) {
        WELL => 0,
        _ => 1,
    });
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call(1), 0);

    let forked = hold(|call, value| {
        let id = call.id();
        let status = in_forked_child(|| {
            let inner = hold(move |_, value| value);
            assert_eq!(Keeper::of(&inner).call(value), value);
            let own = outlive::ledger().tables.into_iter().find(|entry| entry.id == id).unwrap();
            assert_eq!(own.in_flight, 1, "the child's own call is still inside");
        });
        i32::from(status != WELL)
    });
    assert_eq!(Keeper::of(&forked).call(3), 0);
}

#[test]
fn a_value_that_another_thread_has_lent_is_refused_in_the_child() {
    let (door, keeper) = (Door::new(), Arc::new(Mutex::<Option<Keeper>>::new(None)));
    let lender = std::thread::spawn({
        let keeper = Arc::clone(&keeper);
        move || {
            let event = on_event(|_, value| value);
            outlive::scope_shared(&event, |table| {
                *keeper.lock().unwrap() = Some(Keeper::of(table));
                door.enter();
            })
        }
    });
    door.wait_for(1);
    let keeper = keeper.lock().unwrap().take().unwrap();
    assert_eq!(keeper.call(5), 5);
    let status = in_forked_child(|| {
        outlive::ledger();
        assert_eq!(keeper.call(5), -1);
    });
    door.open();
    lender.join().unwrap().unwrap();
    assert_eq!(status, WELL);
}
