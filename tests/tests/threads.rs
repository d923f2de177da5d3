//! Many threads, and calls that nest deeply: more than there are records and cells for.

use std::sync::{Arc, OnceLock};

use outlive::{Ended, Held};
use outlive_tests::host::{Boxed, Door, Drops, hold};
use outlive_tests::keeper::Keeper;
use outlive_tests::wait::{self, without_deadlock};

/// A table that calls itself through C, `value` levels deep, and then waits at the door.
fn nesting(door: Option<Door>, drops: &Drops) -> (Held<Boxed>, Arc<OnceLock<Keeper>>) {
    let keeper = Arc::new(OnceLock::<Keeper>::new());
    let (own, witness) = (Arc::downgrade(&keeper), drops.witness());
    let held = hold(move |_, value| {
        witness.assert_alive();
        if value == 0 {
            door.inspect(|door| door.enter());
            return 0;
        }
        own.upgrade().unwrap().get().unwrap().call(value - 1) + 1
    });
    assert!(keeper.set(Keeper::of(&held)).is_ok());
    (held, keeper)
}

#[test]
fn ten_thousand_short_lived_threads_call_once_each() {
    let held = hold(|_, value| value);
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call_from_threads(10_000, 7), 10_000);
    assert_eq!(held.revoke(), Ended::Now);
    assert_eq!(keeper.call_from_threads(10, 7), 0);
}

#[test]
fn more_threads_than_records_are_inside_at_once() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let (held, keeper) = nesting(Some(door), &drops);
        let jobs: Vec<_> = (0..100).map(|_| keeper.get().unwrap().start(0)).collect();
        door.wait_for(100);
        let own = || outlive::ledger().tables.into_iter().find(|one| one.id == held.id()).unwrap();
        wait::until(|| own().in_flight == 100);
        assert_eq!(held.revoke_timeout(std::time::Duration::from_millis(20)), Ended::Later);
        assert_eq!((drops.count(), keeper.get().unwrap().call_from_thread(0)), (0, -1));
        door.open();
        jobs.into_iter().for_each(|job| assert_eq!(job.join(), 0));
        assert_eq!((held.revoke(), drops.count()), (Ended::Now, 1));
        wait::until(|| own().in_flight == 0);
    });
}

#[test]
fn calls_that_nest_fifty_deep_are_all_inside_and_a_close_waits_for_them() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let (held, keeper) = nesting(Some(door), &drops);
        let job = keeper.get().unwrap().start(50);
        door.wait_for(1);
        let own = || outlive::ledger().tables.into_iter().find(|one| one.id == held.id()).unwrap();
        // Another test's look at the ledger may be counted for a moment.
        wait::until(|| own().in_flight == 51);
        std::thread::scope(|scope| {
            let closer = scope.spawn(|| held.revoke());
            std::thread::sleep(std::time::Duration::from_millis(30));
            assert!(!closer.is_finished() && drops.count() == 0);
            door.open();
            assert_eq!(closer.join().unwrap(), Ended::Now);
        });
        assert_eq!((job.join(), drops.count()), (50, 1));
    });
}

#[test]
fn calls_nest_across_many_tables() {
    let tables: Vec<_> = (0..20).map(|_| nesting(None, &Drops::default())).collect();
    // Each level is of another table, so that one record holds many of them.
    let chain = Arc::new(OnceLock::<Vec<Keeper>>::new());
    let links: Vec<_> = (0..20)
        .map(|n| {
            let chain = Arc::clone(&chain);
            hold(move |_, value| match chain.get().unwrap().get(n + 1) {
                Some(next) => next.call(value) + 1,
                None => value,
            })
        })
        .collect();
    assert!(chain.set(links.iter().map(Keeper::of).collect()).is_ok());
    assert_eq!(chain.get().unwrap()[0].call(100), 119);
    for (held, keeper) in tables {
        assert_eq!((keeper.get().unwrap().call(10), held.revoke()), (10, Ended::Now));
    }
    for held in links {
        assert_eq!(held.revoke(), Ended::Now);
    }
}

#[test]
fn a_deep_call_that_panics_leaves_nothing_inside() {
    without_deadlock(|| {
        let keeper = Arc::new(OnceLock::<Keeper>::new());
        let own = Arc::clone(&keeper);
        let held = hold(move |_, value| {
            assert!(value > 0, "the deepest");
            own.get().unwrap().call(value - 1)
        });
        assert!(keeper.set(Keeper::of(&held)).is_ok());
        assert_eq!(keeper.get().unwrap().call(30), -1);
        assert_eq!(held.revoke(), Ended::Now);
    });
}
