//! Times: pure timers, and timeouts of descriptors' watchers.

mod common;

use std::rc::Rc;
use std::time::{Duration, Instant};

use common::{Log, READ_PERSIST, ZERO, drain, fd, pair};
use outlive_loop::{Interest, Loop, Ready};

const SHORT: Duration = Duration::from_millis(30);

fn run_for(events: &Loop, time: Duration) -> usize {
    let end = Instant::now() + time;
    let mut calls = 0;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        calls += events.run_once(Some(left)).unwrap();
        if left.is_zero() {
            return calls;
        }
    }
}

#[test]
fn a_one_shot_timer_is_called_once_and_never_early() {
    let events = Loop::new().unwrap();
    let start = Instant::now();
    let log = Log::new();
    let into = log.clone();
    let token = events.timer(SHORT, false, move |_, event| into.push((start.elapsed(), event)));
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(run_for(&events, SHORT * 3), 0);
    let (after, event) = log.take()[0];
    assert!(after >= SHORT, "{after:?}");
    assert_eq!((event.token, event.fd, event.ready), (token, None, Ready::TIMEOUT));
}

#[test]
fn a_persistent_timer_comes_again_counted_from_each_call_without_a_burst() {
    let events = Loop::new().unwrap();
    let log = Log::new();
    let into = log.clone();
    events.timer(SHORT, true, move |_, _| {
        into.push(Instant::now());
        std::thread::sleep(SHORT * 2); // late for two more
    });
    for _ in 0..3 {
        assert_eq!(events.run_once(None).unwrap(), 1, "one call a turn, however late");
    }
    let calls = log.take();
    assert!(calls.windows(2).all(|two| two[1] - two[0] >= SHORT));
}

#[test]
fn timers_are_called_in_the_order_of_their_times() {
    let events = Loop::new().unwrap();
    let log = Log::new();
    for millis in [9, 3, 7, 1, 5] {
        let into = log.clone();
        events.timer(Duration::from_millis(millis), false, move |_, _| into.push(millis));
    }
    run_for(&events, SHORT);
    assert_eq!(log.take(), [1, 3, 5, 7, 9]);
}

#[test]
fn a_timeout_of_zero_is_due_at_once_and_is_not_the_same_as_none() {
    let events = Loop::new().unwrap();
    let (here, _there) = pair();
    let log = Log::new();
    let into = log.clone();
    events.add(fd(&here), Interest::READ, ZERO, move |_, event| into.push(event.ready)).unwrap();
    events.add(fd(&here), Interest::READ, None, |_, _| panic!("has no timeout")).unwrap();
    let into = log.clone();
    events.timer(Duration::ZERO, false, move |_, event| into.push(event.ready));
    std::thread::sleep(Duration::from_millis(1));
    assert_eq!(drain(&events), 2);
    assert_eq!(log.take(), [Ready::TIMEOUT; 2]);
}

#[test]
fn a_persistent_timer_of_zero_is_called_once_a_turn() {
    let events = Loop::new().unwrap();
    events.timer(Duration::ZERO, true, |_, _| {});
    for _ in 0..100 {
        assert_eq!(events.run_once(None).unwrap(), 1);
    }
}

#[test]
fn a_time_past_the_end_of_the_clock_never_comes() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    events.timer(Duration::MAX, true, |_, _| panic!("never"));
    events.add(fd(&here), Interest::READ, Some(Duration::MAX), |_, _| {}).unwrap();
    assert_eq!(events.run_once(Some(SHORT)).unwrap(), 0);
    there.send(b"x").unwrap();
    assert_eq!(events.run_once(Some(Duration::MAX)).unwrap(), 1);
}

#[test]
fn a_timeout_spends_a_one_shot_and_so_does_its_readiness() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    let into = log.clone();
    let timeout = Some(SHORT);
    events.add(fd(&here), Interest::READ, timeout, move |_, event| into.push(event.ready)).unwrap();
    assert_eq!(run_for(&events, SHORT * 3), 1);
    there.send(b"x").unwrap();
    assert_eq!(run_for(&events, SHORT * 2), 0);
    assert_eq!(log.take(), [Ready::TIMEOUT]);

    let into = log.clone();
    events.add(fd(&here), Interest::READ, timeout, move |_, event| into.push(event.ready)).unwrap();
    assert_eq!(run_for(&events, SHORT * 3), 1);
    assert_eq!(log.take(), [Ready::READ]);
}

#[test]
fn a_persistent_timeout_comes_again_and_again_while_nothing_else_does() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    let into = log.clone();
    let socket = here.clone();
    events
        .add(fd(&here), READ_PERSIST, Some(SHORT), move |_, event| {
            into.push(event.ready);
            if event.ready == Ready::READ {
                socket.recv(&mut [0]).unwrap();
            }
        })
        .unwrap();
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(events.run_once(None).unwrap(), 1);
    there.send(b"x").unwrap();
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(log.take(), [Ready::TIMEOUT, Ready::TIMEOUT, Ready::READ, Ready::TIMEOUT]);
}

#[test]
fn each_call_starts_the_timeout_of_a_persistent_watcher_again() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let timeout = Duration::from_millis(100);
    let log = Log::new();
    let (into, socket) = (log.clone(), here.clone());
    events
        .add(fd(&here), READ_PERSIST, Some(timeout), move |_, event| {
            if event.ready == Ready::READ {
                socket.recv(&mut [0]).unwrap();
            }
            into.push((event.ready, Instant::now()));
        })
        .unwrap();
    let added = Instant::now();
    while added.elapsed() < timeout * 2 {
        std::thread::sleep(Duration::from_millis(10));
        there.send(b"x").unwrap();
        events.run_once(ZERO).unwrap();
    }
    while log_has_no_timeout(&log) {
        events.run_once(None).unwrap();
    }
    // However slow the machine: between a timeout and the call before it lies the whole time.
    let calls = log.take();
    let before_start = (Ready::READ, added);
    for (before, this) in std::iter::once(&before_start).chain(&calls).zip(&calls) {
        if this.0 == Ready::TIMEOUT && !std::ptr::eq(before, &before_start) {
            assert!(this.1 - before.1 >= timeout - Duration::from_millis(1), "{calls:?}");
        }
    }
    assert!(calls.iter().any(|call| call.0 == Ready::READ));

    fn log_has_no_timeout(log: &Log<(Ready, Instant)>) -> bool {
        let calls = log.take();
        let last = calls.last().map(|call| call.0);
        calls.into_iter().for_each(|call| log.push(call));
        last != Some(Ready::TIMEOUT)
    }
}

#[test]
fn readiness_that_comes_together_with_the_timeout_is_delivered_as_readiness() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    let into = log.clone();
    events
        .add(fd(&here), Interest::READ, Some(Duration::from_millis(1)), move |_, event| {
            into.push(event.ready);
        })
        .unwrap();
    there.send(b"x").unwrap();
    std::thread::sleep(Duration::from_millis(5));
    drain(&events);
    assert_eq!(log.take(), [Ready::READ]);
}

#[test]
fn a_run_waits_no_longer_than_the_next_timer_and_no_longer_than_it_is_told() {
    let events = Loop::new().unwrap();
    let start = Instant::now();
    assert_eq!(events.run_once(Some(SHORT)).unwrap(), 0);
    assert!(start.elapsed() >= SHORT);
    events.timer(SHORT, false, |_, _| {});
    assert_eq!(events.run_once(Some(Duration::from_secs(60))).unwrap(), 1);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn removing_a_timer_drops_its_callback_at_once() {
    let events = Loop::new().unwrap();
    let owned = Rc::new(());
    let held = owned.clone();
    let token = events.timer(Duration::from_secs(1000), true, move |_, _| {
        let _ = &held;
    });
    assert_eq!(Rc::strong_count(&owned), 2);
    assert!(events.remove(token));
    assert_eq!(Rc::strong_count(&owned), 1);
}
