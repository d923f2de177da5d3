//! G7 panics stay home: no unwind crosses into C.
//!
//! Caught when taken out: the `catch_unwind` around the method (the process would abort), the second
//! one around the payload and the destructor, the leave after a panic (the close would wait for ever).

use std::panic::{panic_any, resume_unwind};

use outlive::{Ended, Held, IncidentKind};
use outlive_tests::host::on_event;
use outlive_tests::incidents;
use outlive_tests::keeper::Keeper;
use outlive_tests::process::{is_aborted, lines, scene};
use outlive_tests::wait::without_deadlock;

#[test]
fn a_panic_returns_the_fallback_and_is_reported_with_its_message() {
    let held = Held::new(on_event(|_, value| panic!("value {value} is bad"))).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call(7), -1);
    let incident = incidents::only(held.id(), IncidentKind::Panic);
    assert_eq!((incident.callback(), incident.detail()), ("on_event", "value 7 is bad"));
}

#[test]
fn a_table_serves_on_after_a_panic() {
    without_deadlock(|| {
        let held = Held::new(on_event(|_, value| {
            if value == 0 {
                // Says nothing on stderr, which the test runner does not have from C's threads.
                resume_unwind(Box::new("zero"));
            }
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        for _ in 0..20 {
            assert_eq!((keeper.call(0), keeper.call(5)), (-1, 5));
        }
        assert_eq!(keeper.call_from_thread(0), -1);
        let entry = outlive::ledger().tables.into_iter().find(|one| one.id == held.id()).unwrap();
        assert_eq!((entry.panicked, entry.in_flight, entry.refused), (21, 0, 0));
        assert_eq!(held.revoke(), Ended::Now);
    });
}

#[test]
fn a_payload_that_panics_when_dropped_stays_home_too() {
    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("the payload's destructor");
        }
    }
    let held = Held::new(on_event(|_, _| panic_any(Grenade))).unwrap();
    assert_eq!(Keeper::of(&held).call(1), -1);
    assert_eq!(incidents::only(held.id(), IncidentKind::Panic).detail(), "no message");
}

#[test]
fn a_destructor_of_the_host_value_that_panics_is_reported_and_the_close_returns() {
    struct Grumpy;
    impl Drop for Grumpy {
        fn drop(&mut self) {
            panic!("no, thank you");
        }
    }
    let grumpy = Grumpy;
    let held = Held::new(on_event(move |_, value| {
        let _kept = &grumpy;
        value
    }))
    .unwrap();
    assert_eq!(held.revoke(), Ended::Now);
    incidents::only(held.id(), IncidentKind::Panic);
}

#[test]
fn a_panic_in_with_is_the_callers_own_and_leaves_the_table() {
    without_deadlock(|| {
        let held = Held::exclusive(on_event(|_, value| value)).unwrap();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            held.with(|_| panic!("in the host's own code"))
        }));
        assert!(caught.is_err());
        assert_eq!(Keeper::of(&held).call(2), 2, "the exclusive gate is free again");
        assert_eq!(held.revoke(), Ended::Now);
    });
}

#[test]
fn a_table_may_ask_to_abort() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "panic-aborts");
    assert!(is_aborted(output.status));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "3\n");
    assert!(lines(&output).iter().any(|line| line.contains("its table asks to abort")));
}

#[test]
#[cfg_attr(any(target_env = "musl", windows), ignore = "threads end without unwinding there")]
fn a_thread_that_exits_inside_a_callback_aborts_by_name() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "thread-exit-inside");
    assert!(is_aborted(output.status));
    assert!(output.stdout.is_empty());
    let lines = lines(&output);
    assert!(lines[0].contains("keeper_table.on_event: left by pthread_exit"), "{lines:?}");
}

#[test]
#[cfg_attr(any(target_env = "musl", windows), ignore = "threads end without unwinding there")]
fn an_abort_says_why_though_the_lines_of_the_process_are_used_up() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "thread-exit-after-many-lines");
    assert!(is_aborted(output.status), "{output:?}");
    let lines = lines(&output);
    assert!(lines.iter().any(|line| line.contains("counted and not written")), "{lines:?}");
    assert!(lines.last().unwrap().contains("on_event: left by pthread_exit"), "{lines:?}");
}
