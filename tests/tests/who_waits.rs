//! Who waits: a close from outside, also in a destructor; never for itself, and never in silence.
//!
//! Caught when taken out: NO-CYCLE, the wake-ups of a close, the line after a second.

use core::ffi::c_int;
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use outlive::{Ended, Held, IncidentKind, callbacks, revoke_all};
use outlive_tests::calls_are_counted;
use outlive_tests::host::{Boxed, Door, Drops, hold, on_event};
use outlive_tests::incidents;
use outlive_tests::keeper::Keeper;
use outlive_tests::process::{lines, scene};
use outlive_tests::sys::{keeper_call_with, keeper_table};
use outlive_tests::wait::without_deadlock;

/// A capture that does something when it is dropped.
struct AtTheEnd<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtTheEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A table whose destructor runs `end`.
fn ending(end: impl FnMut() + Send + Sync + 'static) -> Held<Boxed> {
    let end = AtTheEnd(end);
    hold(move |_, value| {
        let _kept = &end;
        value
    })
}

/// A table whose calls stay inside until the door opens.
fn behind(door: Door) -> Held<Boxed> {
    hold(move |_, value| {
        door.enter();
        value
    })
}

/// Opens it when a close has had the time to begin to wait.
fn open_soon(door: Door) -> JoinHandle<()> {
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        door.open();
    })
}

#[test]
fn a_destructor_that_ends_its_own_table_does_not_wait_for_itself() {
    without_deadlock(|| {
        let handle: Arc<OnceLock<Held<Boxed>>> = Arc::default();
        let (own, inner) = (Arc::downgrade(&handle), Arc::new(Mutex::new(None)));
        let noted = Arc::clone(&inner);
        let held = ending(move || {
            let own = own.upgrade().unwrap();
            *noted.lock().unwrap() = Some(own.get().unwrap().revoke());
        });
        let Ok(()) = handle.set(held) else { panic!("set before") };
        assert_eq!(handle.get().unwrap().revoke(), Ended::Now);
        assert_eq!(*inner.lock().unwrap(), Some(Ended::Later));
    });
}

#[test]
fn of_two_destructors_that_end_each_others_tables_one_gives_way() {
    without_deadlock(|| {
        for _ in 0..100 {
            let handles: Arc<[OnceLock<Held<Boxed>>; 2]> = Arc::default();
            let (meet, drops) = (Arc::new(Barrier::new(2)), Drops::default());
            for n in 0..2 {
                let (handles_of, meet, witness) =
                    (Arc::clone(&handles), Arc::clone(&meet), drops.witness());
                let held = ending(move || {
                    let _ = &witness;
                    meet.wait();
                    let _ = handles_of[1 - n].get().unwrap().revoke();
                });
                let Ok(()) = handles[n].set(held) else { panic!("set before") };
            }
            std::thread::scope(|scope| {
                let ends = [0, 1].map(|n| {
                    let handles = &handles;
                    scope.spawn(move || handles[n].get().unwrap().revoke())
                });
                assert_eq!(ends.map(|end| end.join().unwrap()), [Ended::Now; 2]);
            });
            drops.wait_for(2);
        }
    });
}

#[test]
fn a_destructor_under_a_close_from_outside_waits_for_another_tables_call() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let witness = drops.witness();
        let inner = hold(move |_, value| {
            door.enter();
            witness.assert_alive();
            value
        });
        let keeper = Keeper::of(&inner);
        let job = keeper.start(5);
        door.wait_for(1);
        let ended = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&ended);
        let outer = ending(move || *noted.lock().unwrap() = Some(inner.revoke()));
        let opener = open_soon(door);
        assert_eq!(outer.revoke(), Ended::Now);
        assert_eq!((*ended.lock().unwrap(), drops.count()), (Some(Ended::Now), 1));
        assert_eq!(job.join(), 5);
        opener.join().unwrap();
    });
}

#[test]
fn a_close_of_many_keeps_nobody_waiting_for_a_table_that_is_not_its_turn() {
    without_deadlock(|| {
        let door = Door::new();
        let busy = behind(door);
        let idle = hold(|_, value| value);
        let keepers = [Keeper::of(&busy), Keeper::of(&idle)];
        let job = keepers[0].start(5);
        door.wait_for(1);
        std::thread::scope(|scope| {
            let all = scope.spawn(|| revoke_all(&[&busy, &idle]));
            outlive_tests::wait::until(|| keepers[1].call(1) == -1);
            // The call inside the busy one waits for this.
            assert_eq!(idle.revoke(), Ended::Now);
            door.open();
            assert_eq!(all.join().unwrap(), Ended::Now);
        });
        assert_eq!(job.join(), 5);
    });
}

#[test]
fn a_destructor_in_a_close_of_many_ends_another_of_them() {
    without_deadlock(|| {
        for is_busy in [false, true] {
            let door = Door::new();
            let inner = Arc::new(behind(door));
            let (keeper, ended) = (Keeper::of(&*inner), Arc::new(Mutex::new(None)));
            let job = is_busy.then(|| keeper.start(5));
            door.wait_for(c_int::from(is_busy));
            let (noted, ends) = (Arc::clone(&ended), Arc::clone(&inner));
            let outer = ending(move || *noted.lock().unwrap() = Some(ends.revoke()));
            let opener = open_soon(door);
            assert_eq!(revoke_all(&[&outer, &*inner]), Ended::Now);
            assert_eq!(*ended.lock().unwrap(), Some(Ended::Now), "busy: {is_busy}");
            assert!(job.is_none_or(|job| job.join() == 5));
            opener.join().unwrap();
        }
    });
}

#[test]
fn a_destructor_with_a_call_of_cs_below_it_does_not_wait() {
    without_deadlock(|| {
        let door = Door::new();
        let inner = behind(door);
        let keeper = Keeper::of(&inner);
        let job = keeper.start(5);
        door.wait_for(1);
        let ended = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&ended);
        let mut owned = Some(inner);
        let outer = ending(move || {
            let inner = owned.take().unwrap();
            *noted.lock().unwrap() = Some(inner.revoke());
        });
        let outer = Mutex::new(Some(outer));
        let caller = hold(move |_, value| {
            drop(outer.lock().unwrap().take());
            value
        });
        assert_eq!(Keeper::of(&caller).call(7), 7);
        assert_eq!(*ended.lock().unwrap(), Some(Ended::Later));
        door.open();
        assert_eq!(job.join(), 5);
    });
}

#[test]
fn the_owner_of_a_thread_bound_table_ends_it_whatever_cs_destroy_notify_does_meanwhile() {
    without_deadlock(|| {
        // One closure, so one host type.
        let local = |drops: &Drops| {
            let witness = drops.witness();
            let host = on_event(move |_, value| {
                witness.assert_alive();
                value
            });
            Held::local(host).unwrap()
        };
        let notify = local(&Drops::default()).destroy_notify();
        let meet = Barrier::new(2);
        let argument = Mutex::new(0);
        const ROUNDS: u32 = 2000;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    meet.wait();
                    let argument = *argument.lock().unwrap();
                    (0..round % 400).for_each(|_| core::hint::spin_loop());
                    // SAFETY: a destroy notify takes any number.
                    unsafe { notify(core::ptr::without_provenance_mut(argument)) };
                    meet.wait();
                }
            });
            for _ in 0..ROUNDS {
                let drops = Drops::default();
                let held = local(&drops);
                *argument.lock().unwrap() = held.user_data().addr();
                meet.wait();
                let ended = held.revoke();
                meet.wait();
                drop(held);
                assert_eq!((ended, drops.count()), (Ended::Now, 1));
            }
        });
    });
}

#[test]
fn a_close_that_waits_for_a_second_says_for_whom() {
    let door = Door::new();
    let held = Held::new(on_event(move |_, value| {
        door.enter();
        value
    }))
    .unwrap();
    let line = line!() - 5;
    let keeper = Keeper::of(&held);
    let job = keeper.start(1);
    door.wait_for(1);
    let opener = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1300));
        door.open();
    });
    let begun = Instant::now();
    assert_eq!(held.revoke(), Ended::Now);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    opener.join().unwrap();
    job.join();
    let slow = incidents::only(held.id(), IncidentKind::SlowClose);
    let is_sure = if calls_are_counted() { "perhaps " } else { "" };
    assert!(slow.detail().starts_with(&format!("it waits for {is_sure}thread ")), "{slow}");
    assert!(slow.detail().ends_with(", which is inside"), "{slow}");
    assert_eq!(slow.created().unwrap().line(), line);
    assert!(slow.ended().unwrap().line() > line, "the line of the close");
}

#[test]
fn a_slow_close_is_told_whatever_was_told_before() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "slow-after-many-lines");
    assert!(output.status.success(), "{output:?}");
    let lines = lines(&output);
    assert!(lines.last().unwrap().starts_with("outlive: slow close: keeper_table"), "{lines:?}");
}

/// A value whose destructor calls C, which calls the value.
struct CallsBack(Arc<Mutex<Option<(usize, usize)>>>, Arc<Mutex<c_int>>);

#[callbacks(keeper_table, state = arg)]
impl CallsBack {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value
    }
}

impl Drop for CallsBack {
    fn drop(&mut self) {
        let (table, argument) = self.0.lock().unwrap().unwrap();
        let table = core::ptr::with_exposed_provenance(table);
        let argument = core::ptr::without_provenance_mut(argument);
        // SAFETY: the table is a static.
        *self.1.lock().unwrap() = unsafe { keeper_call_with(table, 3, argument) };
    }
}

#[test]
fn a_destructor_that_calls_its_own_table_is_refused() {
    let (given, result) = (Arc::default(), Arc::new(Mutex::new(0)));
    let held = Held::new(CallsBack(Arc::clone(&given), Arc::clone(&result))).unwrap();
    let addresses = (held.as_ptr().expose_provenance(), held.user_data().addr());
    *given.lock().unwrap() = Some(addresses);
    assert_eq!(held.revoke(), Ended::Now);
    assert_eq!(*result.lock().unwrap(), -1);
}

#[test]
fn a_slow_close_says_that_the_thread_it_waits_for_waits_for_it() {
    if calls_are_counted() {
        eprintln!("skipped: where calls are counted a thread does not know what it is inside of");
        return;
    }
    let limit = Duration::from_millis(1600);
    let handles: Arc<[OnceLock<Held<Boxed>>; 2]> = Arc::default();
    let meet = Arc::new(Barrier::new(2));
    for n in 0..2 {
        let (of, meet) = (Arc::clone(&handles), Arc::clone(&meet));
        let held = hold(move |_, value| {
            meet.wait();
            let _ = of[1 - n].get().unwrap().revoke_timeout(limit);
            value
        });
        let Ok(()) = handles[n].set(held) else { panic!("set before") };
    }
    std::thread::scope(|scope| {
        for handle in handles.iter() {
            scope.spawn(|| Keeper::of(handle.get().unwrap()).call(1));
        }
    });
    for handle in handles.iter() {
        let slow = incidents::only(handle.get().unwrap().id(), IncidentKind::SlowClose);
        assert!(slow.detail().ends_with(", which is inside and waits for this thread"), "{slow}");
    }
}
