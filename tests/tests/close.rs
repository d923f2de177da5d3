//! Who waits when a table is closed, and what comes back.
//!
//! No test here lists the ledger, or calls a table whose handle is gone: either may stand in another table's
//! gate for a moment, and a close that does not wait would see it. What was left to the last call out
//! may be ended by another thread's next operation, so that tests wait for it.

use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use outlive::{Ended, Held, IntoInnerError, Revocable, WithError, revoke_all};
use outlive_tests::host::{Boxed, Door, Drops, hold, on_event};
use outlive_tests::keeper::{Keeper, Plain};
use outlive_tests::sys::keeper_table;
use outlive_tests::wait::{until, without_deadlock};

/// A table whose calls wait at the door.
fn waiting(door: Door, drops: &Drops) -> Held<Boxed> {
    let witness = drops.witness();
    hold(move |_, value| {
        door.enter();
        witness.assert_alive();
        value
    })
}

#[test]
fn drop_never_waits() {
    let (door, drops) = (Door::new(), Drops::default());
    let held = waiting(door, &drops);
    let keeper = Keeper::of(&held);
    let job = keeper.start(1);
    door.wait_for(1);
    without_deadlock(|| drop(held));
    assert_eq!(drops.count(), 0);
    door.open();
    assert_eq!(job.join(), 1);
    drops.wait_for(1);
}

#[test]
fn revoke_timeout_gives_up_and_the_last_call_out_ends_the_value() {
    let (door, drops) = (Door::new(), Drops::default());
    let held = waiting(door, &drops);
    let keeper = Keeper::of(&held);
    let job = keeper.start(1);
    door.wait_for(1);
    let begun = Instant::now();
    assert_eq!(held.revoke_timeout(Duration::from_millis(60)), Ended::Later);
    assert!(begun.elapsed() >= Duration::from_millis(60));
    assert_eq!((keeper.call(2), drops.count()), (-1, 0));
    door.open();
    assert_eq!(job.join(), 1);
    drops.wait_for(1);
    assert_eq!(held.revoke_timeout(Duration::ZERO), Ended::Now);
}

#[test]
fn revoke_timeout_waits_for_another_tables_call_also_from_inside_one() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let other = waiting(door, &drops);
        let of_other = Keeper::of(&other);
        let job = of_other.start(1);
        door.wait_for(1);
        let held = hold(move |_, value| {
            let opener = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(30));
                door.open();
            });
            // By the general way alone, a thread does not know which tables it is inside of.
            let expected =
                if outlive_tests::calls_are_counted() { Ended::Later } else { Ended::Now };
            assert_eq!(other.revoke_timeout(Duration::from_secs(30)), expected);
            opener.join().unwrap();
            value
        });
        assert_eq!(Keeper::of(&held).call(2), 2);
        assert_eq!(job.join(), 1);
        drops.wait_for(1);
    });
}

#[test]
fn revoke_timeout_from_inside_its_own_table_does_not_wait() {
    without_deadlock(|| {
        let handle: Arc<Mutex<Option<Held<Boxed>>>> = Arc::default();
        let own = Arc::clone(&handle);
        let held = hold(move |_, value| {
            let held = own.lock().unwrap().take().unwrap();
            assert_eq!(held.revoke_timeout(Duration::from_secs(3600)), Ended::Later);
            value
        });
        let keeper = Keeper::of(&held);
        *handle.lock().unwrap() = Some(held);
        assert_eq!(keeper.call(1), 1);
    });
}

#[test]
fn revoke_from_inside_another_tables_callback_does_not_wait() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let other = Arc::new(waiting(door, &drops));
        let of_other = Keeper::of(&*other);
        let job = of_other.start(1);
        door.wait_for(1);
        let inside = Arc::clone(&other);
        let held = hold(move |_, value| {
            assert_eq!(inside.revoke(), Ended::Later);
            value
        });
        assert_eq!(Keeper::of(&held).call(5), 5);
        assert_eq!((of_other.call(1), drops.count()), (-1, 0));
        door.open();
        assert_eq!(job.join(), 1);
        drops.wait_for(1);
        assert_eq!(other.revoke(), Ended::Now);
    });
}

#[test]
fn revoke_from_inside_ends_an_idle_table_at_once() {
    let drops = Drops::default();
    let witness = drops.witness();
    let idle = hold(move |_, value| {
        witness.assert_alive();
        value
    });
    let held = hold(move |_, value| {
        assert_eq!(idle.revoke(), Ended::Now);
        value
    });
    assert_eq!((Keeper::of(&held).call(5), drops.count()), (5, 1));
}

#[test]
fn a_call_into_one_table_never_delays_the_close_of_another() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let busy = waiting(door, &drops);
        let of_busy = Keeper::of(&busy);
        let jobs: Vec<_> = (0..8).map(|n| of_busy.start(n)).collect();
        door.wait_for(8);
        // It would wait for ever: the door opens only afterwards.
        for n in 0..100 {
            let other = hold(move |_, _| n);
            let keeper = Keeper::of(&other);
            assert_eq!((keeper.call_from_thread(0), other.revoke()), (n, Ended::Now));
            // SAFETY: C calls no more.
            let _ = unsafe { other.release() };
        }
        let idle = hold(|_, value| value);
        assert_eq!(revoke_all(&[&idle]), Ended::Now);
        door.open();
        jobs.into_iter().for_each(|job| assert!(job.join() >= 0));
    });
}

#[test]
fn into_inner_waits_from_outside() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let held = waiting(door, &drops);
        let keeper = Keeper::of(&held);
        let job = keeper.start(1);
        door.wait_for(1);
        let opener = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            door.open();
        });
        let value = held.into_inner().unwrap();
        assert_eq!((job.join(), drops.count()), (1, 0));
        drop(value);
        until(|| drops.count() == 1);
        opener.join().unwrap();
    });
}

#[test]
fn into_inner_after_the_end_says_so() {
    let held = hold(|_, value| value);
    let _ = held.revoke();
    assert!(matches!(held.into_inner(), Err(IntoInnerError::Ended(_))));
}

#[test]
fn into_inner_from_inside_another_table_takes_an_idle_value_and_leaves_a_busy_one() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let busy = waiting(door, &drops);
        let of_busy = Keeper::of(&busy);
        let job = of_busy.start(1);
        door.wait_for(1);
        let (idle, busy) = (Mutex::new(Some(hold(|_, value| value))), Mutex::new(Some(busy)));
        let held = hold(move |_, value| {
            assert!(idle.lock().unwrap().take().unwrap().into_inner().is_ok());
            let Err(IntoInnerError::StillInside(back)) =
                busy.lock().unwrap().take().unwrap().into_inner()
            else {
                panic!("a call is inside");
            };
            assert_eq!(back.with(|_| ()), Err(WithError::Closed));
            drop(back);
            value
        });
        assert_eq!((Keeper::of(&held).call(3), drops.count()), (3, 0));
        door.open();
        job.join();
        until(|| drops.count() == 1);
    });
}

#[test]
fn revoke_all_waits_for_each_and_names_what_cannot_end_yet() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), [(); 10].map(|()| Drops::default()));
        let tables: Vec<_> = drops.iter().map(|drops| waiting(door, drops)).collect();
        let keepers: Vec<_> = tables.iter().map(Keeper::of).collect();
        let jobs: Vec<_> = keepers.iter().map(|keeper| keeper.start(1)).collect();
        door.wait_for(10);
        let opener = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            door.open();
        });
        let all: Vec<_> = tables.iter().map(|table| table as &dyn Revocable).collect();
        assert_eq!(revoke_all(&all), Ended::Now);
        assert!(drops.iter().all(|drops| drops.count() == 1));
        assert_eq!(revoke_all(&all), Ended::Now);
        jobs.into_iter().for_each(|job| assert_eq!(job.join(), 1));
        opener.join().unwrap();
    });
}

#[test]
fn revoke_all_from_inside_one_of_them_does_not_wait() {
    without_deadlock(|| {
        let tables = Arc::new(OnceLock::<Vec<Held<Boxed>>>::new());
        let drops = Drops::default();
        let make = |_| {
            let (own, witness) = (Arc::downgrade(&tables), drops.witness());
            hold(move |_, value| {
                let own = own.upgrade().unwrap();
                let all: Vec<_> =
                    own.get().unwrap().iter().map(|table| table as &dyn Revocable).collect();
                assert_eq!(revoke_all(&all), Ended::Later);
                let _kept = &witness;
                value
            })
        };
        assert!(tables.set((0..5).map(make).collect()).is_ok());
        let keeper = Keeper::of(&tables.get().unwrap()[2]);
        assert_eq!(keeper.call(1), 1);
        drops.wait_for(5);
    });
}

#[test]
fn what_a_callback_deferred_is_ended_by_the_last_call_out_on_another_thread() {
    without_deadlock(|| {
        let (first, second) = (Door::new(), Door::new());
        let drops = Drops::default();
        let witness = drops.witness();
        let held = hold(move |_, value| {
            if value == 1 {
                first.enter()
            } else {
                second.enter()
            }
            witness.assert_alive();
            value
        });
        let keeper = Keeper::of(&held);
        let (one, two) = (keeper.start(1), keeper.start(2));
        first.wait_for(1);
        second.wait_for(1);
        drop(held);
        first.open();
        assert_eq!((one.join(), drops.count()), (1, 0), "the other is still inside");
        second.open();
        assert_eq!(two.join(), 2);
        drops.wait_for(1);
    });
}

#[test]
fn a_value_may_use_other_tables_in_its_destructor() {
    without_deadlock(|| {
        struct Owner(Option<Held<Boxed>>, Keeper, mpsc::Sender<i32>);
        impl Drop for Owner {
            fn drop(&mut self) {
                self.2.send(self.1.call(5)).unwrap();
                let inner = self.0.take().unwrap();
                assert_eq!(inner.revoke(), Ended::Now);
                self.2.send(self.1.call(5)).unwrap();
            }
        }
        let inner = hold(|_, value| value);
        let (sender, receiver) = mpsc::channel();
        let owner = Mutex::new(Owner(Some(inner), Keeper::of(&hold(|_, value| value)), sender));
        let keeper = Keeper::of(owner.lock().unwrap().0.as_ref().unwrap());
        owner.lock().unwrap().1 = keeper;
        let held = hold(move |_, value| {
            let _kept = &owner;
            value
        });
        assert_eq!(held.revoke(), Ended::Now);
        assert_eq!([receiver.recv().unwrap(), receiver.recv().unwrap()], [5, -1]);
    });
}

#[test]
fn leak_refuses_a_table_that_has_ended() {
    let held = hold(|_, value| value);
    let _ = held.revoke();
    assert!(held.leak().is_err());
    let exclusive = Held::exclusive(on_event(|_, value| value)).unwrap();
    let _ = exclusive.revoke();
    assert!(exclusive.leak().is_err());
}

#[test]
fn leak_gives_the_value_and_keeps_the_table_serving() {
    struct Doubler;
    #[outlive::callbacks(keeper_table, state = arg)]
    impl Doubler {
        #[callback(fallback = -1)]
        fn on_event(&self, value: i32) -> i32 {
            value * 2
        }
    }
    let held = Held::new(Doubler).unwrap();
    let keeper = Keeper::of(&held);
    let value: &'static Doubler = held.leak().unwrap();
    assert_eq!((value.on_event(2), keeper.call(3)), (4, 6));
}

#[test]
fn a_released_context_free_instance_is_the_last_to_be_used_again() {
    struct Three(i32);
    #[outlive::callbacks(outlive_tests::sys::keeper_plain, state = none, instances = 3)]
    impl Three {
        #[callback(fallback = -1)]
        fn on_event(&self, value: i32) -> i32 {
            value + self.0
        }
    }
    let first = Held::new(Three(1)).unwrap();
    let stale = Plain::of(&first);
    // SAFETY: C calls late: that is what is looked at. The table is a static.
    assert_eq!(unsafe { first.release() }, Ended::Now);
    assert_eq!(stale.call(1), -1);
    let [second, third] = [2, 3].map(|bonus| Held::new(Three(bonus)).unwrap());
    assert_eq!((stale.call(1), Plain::of(&second).call(1), Plain::of(&third).call(1)), (-1, 3, 4));
    let again = Held::new(Three(4)).unwrap();
    assert_eq!((Plain::of(&again).address(), stale.call(1)), (stale.address(), 5));
}
