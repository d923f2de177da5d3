//! Watchers that wait for something else, or for nothing for a while.

mod common;

use std::time::{Duration, Instant};

use common::{Log, READ_PERSIST, WRITE_PERSIST, drain, fd, pair, turns};
use outlive_loop::{Interest, Loop, Ready, Token, WatchError};

const SHORT: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::MAX;

#[test]
fn a_watcher_waits_for_what_it_was_updated_to() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let log = Log::new();
    let into = log.clone();
    let watcher =
        events.add(fd(&here), READ_PERSIST, None, move |_, event| into.push(event.ready)).unwrap();
    for (interest, ready) in [
        (READ_PERSIST, Ready::READ),
        (WRITE_PERSIST, Ready::WRITE),
        (READ_PERSIST | Interest::WRITE, Ready::READ | Ready::WRITE),
        (READ_PERSIST, Ready::READ),
    ] {
        events.update(watcher, interest).unwrap();
        assert_eq!(turns(&events, 3), 3);
        assert_eq!(log.take(), [ready; 3]);
    }
    events.update(watcher, Interest::WRITE).unwrap();
    assert_eq!(drain(&events), 1, "a one-shot now");
}

#[test]
fn a_disabled_watcher_is_silent_until_it_is_enabled() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let log = Log::new();
    let into = log.clone();
    let note = move |_: &Loop, event: outlive_loop::Event| into.push(event.ready);
    let watcher = events.add(fd(&here), READ_PERSIST, Some(SHORT), note).unwrap();
    events.update(watcher, Interest::empty()).unwrap();
    assert_eq!(events.run_for(SHORT * 3).unwrap(), 0, "not for its timeout either");
    assert!(events.contains(watcher));
    events.update(watcher, READ_PERSIST).unwrap();
    assert_eq!(turns(&events, 2), 2);
    assert_eq!(log.take(), [Ready::READ; 2]);
    events.update(watcher, Interest::PERSIST).unwrap();
    assert!(events.remove(watcher), "a disabled one can be removed");
}

#[test]
fn a_spent_one_shot_is_armed_again_by_an_update_and_its_timeout_too() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    let (into, socket) = (log.clone(), here.clone());
    let watcher = events
        .add(fd(&here), Interest::READ, Some(SHORT), move |events, event| {
            let _ = socket.recv(&mut [0]);
            into.push(event.ready);
            events.update(event.token, Interest::READ).unwrap();
        })
        .unwrap();
    there.send(b"x").unwrap();
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(events.run_once(None).unwrap(), 1);
    there.send(b"x").unwrap();
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(log.take(), [Ready::READ, Ready::TIMEOUT, Ready::READ]);
    assert!(events.remove(watcher));
}

#[cfg(unix)]
#[test]
fn a_disabled_watcher_lets_its_descriptor_be_closed_and_an_update_then_is_refused() {
    let events = Loop::new().unwrap();
    let (here, _there) = pair();
    let number = fd(&here) + 500;
    // SAFETY: `dup2` takes any numbers, and nobody else uses this one.
    assert_eq!(unsafe { libc::dup2(fd(&here), number) }, number);
    let watcher = events.add(number, WRITE_PERSIST, None, |_, _| {}).unwrap();
    events.update(watcher, Interest::empty()).unwrap();
    // SAFETY: the test owns it.
    assert_eq!(unsafe { libc::close(number) }, 0);
    assert_eq!(drain(&events), 0);
    let refused = events.update(watcher, WRITE_PERSIST).unwrap_err();
    assert!(matches!(refused, WatchError::NotOpen(fd) if fd == number), "{refused}");
    assert!(events.remove(watcher));
}

#[test]
fn a_timer_can_be_disabled_made_shorter_and_started_again() {
    let events = Loop::new().unwrap();
    let log = Log::new();
    let (into, begun) = (log.clone(), Instant::now());
    let timer = events.timer(NEVER, false, move |_, _| into.push(begun.elapsed()));
    assert!(events.set_timeout(timer, Some(SHORT)));
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert!(log.take()[0] >= SHORT);
    assert!(events.set_timeout(timer, Some(SHORT)), "a spent one");
    assert!(events.set_timeout(timer, None));
    assert_eq!(events.run_for(SHORT * 3).unwrap(), 0);
    assert!(events.set_timeout(timer, Some(Duration::ZERO)));
    assert_eq!(events.run_once(None).unwrap(), 1);
    events.update(timer, Interest::PERSIST).unwrap();
    assert!(events.set_timeout(timer, Some(Duration::ZERO)));
    assert_eq!(turns(&events, 3), 3, "it comes again and again now");
}

#[test]
fn the_timeout_of_a_descriptor_can_be_taken_away_and_given() {
    let events = Loop::new().unwrap();
    let (here, _there) = pair();
    let watcher = events.add(fd(&here), READ_PERSIST, Some(SHORT), |_, _| {}).unwrap();
    assert!(events.set_timeout(watcher, None));
    assert_eq!(events.run_for(SHORT * 3).unwrap(), 0);
    assert!(events.set_timeout(watcher, Some(SHORT)));
    assert_eq!(events.run_once(None).unwrap(), 1);
}

#[test]
fn an_unknown_token_is_refused() {
    let events = Loop::new().unwrap();
    let removed = events.timer(NEVER, false, |_, _| {});
    assert!(events.remove(removed));
    for unknown in [removed, Token::from_ptr(std::ptr::null())] {
        let refused = events.update(unknown, READ_PERSIST).unwrap_err();
        assert!(matches!(refused, WatchError::Unknown(token) if token == unknown), "{refused}");
        assert_eq!(refused.errno(), libc::ENOENT);
        assert!(!events.set_timeout(unknown, None));
    }
}
