//! G8 threads: each kind of value is reached by the threads that it allows, and by no other; a thread
//! that is torn down, an exiting process and a forked child may call too.
//!
//! Caught when taken out: the comparison of thread numbers, the `busy` flag, thread-locals without a
//! destructor, the bounds of the constructors (compile-fail cases have these).

use core::cell::Cell;

use outlive::{Held, IncidentKind};
use outlive_tests::calls_are_counted;
use outlive_tests::host::{Door, on_event};
use outlive_tests::incidents;
use outlive_tests::keeper::Keeper;
#[cfg(unix)]
use outlive_tests::process::Status;
use outlive_tests::process::{lines, scene};

#[test]
fn a_shared_value_is_called_from_a_thread_that_c_made() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call_from_thread(5), 5);
    assert!(incidents::of(held.id(), 0).is_empty());
}

#[test]
fn a_shared_value_is_called_by_many_threads_at_once() {
    let door = Door::new();
    let held = Held::new(on_event(move |_, value| {
        door.enter();
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    let jobs: Vec<_> = (0..16).map(|n| keeper.start(n)).collect();
    door.wait_for(16);
    let entry = outlive::ledger().tables.into_iter().find(|one| one.id == held.id()).unwrap();
    assert_eq!(entry.in_flight, 16);
    door.open();
    for (n, job) in (0..).zip(jobs) {
        assert_eq!(job.join(), n);
    }
}

#[test]
fn an_exclusive_value_refuses_a_concurrent_call() {
    let door = Door::new();
    let calls = Cell::new(0); // Not `Sync`: the gate makes it safe.
    let held = Held::exclusive(on_event(move |_, value| {
        calls.set(calls.get() + 1);
        door.enter();
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    let job = keeper.start(1);
    door.wait_for(1);
    assert_eq!((keeper.call(2), keeper.call_from_thread(3)), (-1, -1));
    assert_eq!(held.with(|_| ()), Err(outlive::WithError::Busy));
    door.open();
    assert_eq!((job.join(), keeper.call(4)), (1, 4));
    let refused = incidents::of(held.id(), 2);
    assert_eq!(refused.len(), 2);
    for one in refused {
        assert_eq!((one.kind(), one.detail()), (IncidentKind::ConcurrentCall, ""));
    }
}

#[test]
fn an_exclusive_value_refuses_a_reentrant_call() {
    let keeper = std::sync::Arc::new(std::sync::OnceLock::<Keeper>::new());
    let own = std::sync::Arc::clone(&keeper);
    let held =
        Held::exclusive(on_event(move |_, value| own.get().unwrap().call(value) + 100)).unwrap();
    assert!(keeper.set(Keeper::of(&held)).is_ok());
    assert_eq!(keeper.get().unwrap().call(1), 99);
    let told = incidents::only(held.id(), IncidentKind::ConcurrentCall);
    // A counted call leaves no trace in the thread's record.
    assert_eq!(told.detail().contains("re-entrant"), !calls_are_counted(), "{told}");
}

#[test]
fn a_local_value_is_reached_by_its_own_thread_only() {
    let calls = std::rc::Rc::new(Cell::new(0)); // Not `Send`.
    let counted = std::rc::Rc::clone(&calls);
    let held = Held::local(on_event(move |_, value| {
        counted.set(counted.get() + 1);
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!((keeper.call(1), keeper.call_from_thread(2), keeper.call(3)), (1, -1, 3));
    assert_eq!(calls.get(), 2);
    incidents::only(held.id(), IncidentKind::WrongThread);
}

#[test]
fn a_new_thread_is_never_taken_for_the_one_that_has_ended() {
    // The handle of a local table cannot leave its thread, but C's pointer can.
    let keeper = std::thread::spawn(|| {
        let held = Held::local(on_event(|_, value| value)).unwrap();
        let keeper = Keeper::of(&held);
        assert_eq!(keeper.call(1), 1);
        core::mem::forget(held);
        keeper
    })
    .join()
    .unwrap();
    for n in 0..200 {
        // The system reuses the number and the stack of the thread that has ended.
        assert_eq!(keeper.call_from_thread(n), -1);
        incidents::keep();
    }
}

#[test]
fn a_local_value_that_another_thread_asks_the_end_of_is_dropped_by_its_own() {
    let drops = outlive_tests::host::Drops::default();
    let witness = drops.witness();
    let held = Held::local(on_event(move |call, value| {
        witness.assert_alive();
        let _ = call.revoke();
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call(1), 1);
    outlive_tests::wait::until(|| {
        outlive::ledger();
        drops.count() == 1
    });
}

#[test]
fn a_thread_that_is_torn_down_calls() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call_at_thread_exit(5), 5);
    let _ = held.revoke();
    assert_eq!(keeper.call_at_thread_exit(5), -1);
}

#[test]
fn a_local_table_refuses_a_torn_down_thread() {
    let held = Held::local(on_event(|_, value| value)).unwrap();
    assert_eq!(Keeper::of(&held).call_at_thread_exit(5), -1);
}

#[test]
#[cfg(unix)]
fn a_forked_child_calls() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(Status::of(keeper.call_in_child(42)), Status::Exited(42));
    assert_eq!(keeper.call(1), 1);
}

#[test]
fn an_exiting_process_calls() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "call-at-exit");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "at exit: 42");
    assert_eq!(lines(&output), Vec::<String>::new(), "leaked on purpose, so not reported");
}
