//! Descriptors that are closed while they are watched, and whose numbers come back.
#![cfg(unix)]

mod common;

use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use common::{Log, READ_PERSIST, ZERO, drain, fd, turns};
use outlive_loop::{Interest, Loop, Ready, Token};

/// Puts the file of `socket` under `number`, which closes what was there.
fn put(socket: UnixDatagram, number: RawFd) {
    // SAFETY: `dup2` takes any numbers; the tests of this file own `number`.
    assert_eq!(unsafe { libc::dup2(socket.as_raw_fd(), number) }, number);
}

fn close(number: RawFd) {
    // SAFETY: the tests of this file own the number, and no `OwnedFd` has it.
    assert_eq!(unsafe { libc::close(number) }, 0);
}

/// A number far from those the system hands out, so that tests in parallel do not share it.
fn number(test: RawFd) -> RawFd {
    500 + test
}

/// Puts one end of a new pair under `number`; gives the other end.
fn open(number: RawFd) -> UnixDatagram {
    let (here, there) = UnixDatagram::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    put(here, number);
    there
}

fn read(number: RawFd) -> u8 {
    let mut byte = 0u8;
    // SAFETY: `byte` is a valid place for one byte.
    let n = unsafe { libc::recv(number, (&raw mut byte).cast(), 1, libc::MSG_DONTWAIT) };
    assert_eq!(n, 1, "called without a datagram");
    byte
}

fn watch(events: &Loop, number: RawFd, name: &'static str, log: &Log<(&'static str, u8)>) -> Token {
    let into = log.clone();
    events.add(number, READ_PERSIST, None, move |_, _| into.push((name, read(number)))).unwrap()
}

#[test]
fn a_watcher_of_a_closed_file_does_not_hear_the_next_file_under_its_number() {
    let events = Loop::new().unwrap();
    let (n, log) = (number(1), Log::new());
    let _gone = open(n);
    let old = watch(&events, n, "old", &log);
    close(n);
    let there = open(n);
    there.send(&[1]).unwrap();
    assert_eq!(drain(&events), 0, "nobody watches the new file");

    let new = watch(&events, n, "new", &log);
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take(), [("new", 1)]);

    assert!(events.remove(old), "its token is still good");
    there.send(&[2]).unwrap();
    assert_eq!(drain(&events), 1, "and its removal harms not the new one");
    assert_eq!(log.take(), [("new", 2)]);
    assert!(events.remove(new));
    there.send(&[3]).unwrap();
    assert_eq!(drain(&events), 0);
    close(n);
}

#[test]
fn a_callback_that_closes_its_file_and_reuses_the_number_gets_a_real_registration() {
    let events = Loop::new().unwrap();
    let (n, log) = (number(2), Log::new());
    let first = open(n);
    let (into, peers) = (log.clone(), Log::new());
    let peers_of_new = peers.clone();
    events
        .add(n, READ_PERSIST, None, move |events, _| {
            into.push(("old", read(n)));
            close(n);
            let there = open(n);
            there.send(&[9]).unwrap();
            peers_of_new.push(there);
            watch(events, n, "new", &into);
        })
        .unwrap();
    first.send(&[1]).unwrap();
    assert_eq!(drain(&events), 2);
    assert_eq!(log.take(), [("old", 1), ("new", 9)]);
    close(n);
}

#[test]
fn a_ready_watcher_whose_number_another_callback_gave_to_another_file_is_not_called() {
    let events = Loop::new().unwrap();
    let (n, m) = (number(3), number(4));
    let (to_n, to_m) = (open(n), open(m));
    let log = Log::new();
    // Both are ready; whoever is called first swaps the file of the other one.
    for (own, other) in [(n, m), (m, n)] {
        let into = log.clone();
        events
            .add(own, READ_PERSIST, None, move |_, _| {
                read(own);
                into.push(own);
                let there = open(other);
                there.send(b"x").unwrap(); // ready too, but never added
            })
            .unwrap();
    }
    to_n.send(b"x").unwrap();
    to_m.send(b"x").unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take().len(), 1);
    close(n);
    close(m);
}

#[test]
fn removing_one_of_two_watchers_of_a_closed_file_does_not_register_the_next_file() {
    let events = Loop::new().unwrap();
    let (n, log) = (number(5), Log::new());
    let _gone = open(n);
    let first = watch(&events, n, "first", &log);
    let writer = events.add(n, Interest::WRITE, None, |_, _| panic!("closed")).unwrap();
    let second = watch(&events, n, "second", &log);
    close(n);
    let there = open(n);
    there.send(&[1]).unwrap();
    assert!(events.remove(writer));
    assert!(events.remove(first));
    assert_eq!(drain(&events), 0);
    assert!(events.remove(second));
    close(n);
}

#[test]
fn a_watcher_of_a_closed_file_keeps_its_timeout() {
    let events = Loop::new().unwrap();
    let n = number(6);
    let _gone = open(n);
    let log = Log::new();
    let into = log.clone();
    let time = Some(Duration::from_millis(10));
    events.add(n, READ_PERSIST, time, move |_, event| into.push(event.ready)).unwrap();
    close(n);
    let there = open(n);
    there.send(b"x").unwrap();
    events.add(n, Interest::READ, None, |_, _| {}).unwrap();
    while events.run_once(Some(Duration::from_millis(30))).unwrap() == 0 {}
    assert_eq!(events.run_once(None).unwrap(), 1);
    let calls = log.take();
    assert!(!calls.is_empty() && calls.iter().all(|ready| *ready == Ready::TIMEOUT), "{calls:?}");
    close(n);
}

#[test]
fn a_closed_number_is_refused_and_can_be_used_again_later() {
    let events = Loop::new().unwrap();
    let (n, log) = (number(7), Log::new());
    let _gone = open(n);
    let old = watch(&events, n, "old", &log);
    close(n);
    assert!(events.add(n, READ_PERSIST, None, |_, _| {}).is_err());
    let there = open(n);
    watch(&events, n, "new", &log);
    assert!(events.remove(old));
    there.send(&[1]).unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take(), [("new", 1)]);
    close(n);
}

#[test]
fn a_file_that_lives_on_in_a_duplicate_is_silenced_when_its_number_is_added_again() {
    let events = Loop::new().unwrap();
    let (n, log) = (number(8), Log::new());
    let to_old = open(n);
    // SAFETY: `dup` takes any number.
    let duplicate = unsafe { libc::dup(n) };
    watch(&events, n, "old", &log);
    let (calm, to_calm) = common::pair();
    let into = log.clone();
    events.add(fd(&calm), READ_PERSIST, None, move |_, _| into.push(("calm", 0))).unwrap();
    close(n);
    let to_new = open(n);
    watch(&events, n, "new", &log);

    to_old.send(&[1]).unwrap();
    assert_eq!(drain(&events), 0, "the old file is ready, but not under this number");
    to_new.send(&[2]).unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take(), [("new", 2)]);
    to_calm.send(b"x").unwrap();
    assert_eq!(turns(&events, 3), 3, "the others are registered still");
    close(duplicate);
    close(n);
}

#[test]
fn a_removed_watcher_of_a_file_that_lives_on_does_not_keep_the_loop_busy() {
    let events = Loop::new().unwrap();
    let (n, log) = (number(9), Log::new());
    let there = open(n);
    // SAFETY: `dup` takes any number.
    let duplicate = unsafe { libc::dup(n) };
    let old = watch(&events, n, "old", &log);
    close(n);
    assert!(events.remove(old));
    there.send(&[1]).unwrap();
    let start = std::time::Instant::now();
    assert_eq!(events.run_once(Some(Duration::from_millis(20))).unwrap(), 0);
    assert!(start.elapsed() >= Duration::from_millis(20), "it waited");
    close(duplicate);
}

#[test]
fn the_same_file_under_two_numbers_has_two_registrations() {
    let events = Loop::new().unwrap();
    let (n, m, log) = (number(10), number(11), Log::new());
    let there = open(n);
    // SAFETY: `dup2` takes any numbers; this test owns `m`.
    assert_eq!(unsafe { libc::dup2(n, m) }, m);
    let by_n = watch(&events, n, "n", &log);
    watch(&events, m, "m", &log);
    there.send(&[1]).unwrap();
    assert_eq!(drain(&events), 1);
    assert!(events.remove(by_n));
    log.take();
    there.send(&[2]).unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take(), [("m", 2)]);
    close(n);
    close(m);
}

#[cfg(all(target_os = "linux", not(outlive_poll)))]
#[test]
fn two_eventfds_that_follow_each_other_under_one_number_are_told_apart() {
    // All eventfds share one inode, so comparing inodes would take the second for the first.
    let events = Loop::new().unwrap();
    let n = number(12);
    let eventfd = |value| {
        // SAFETY: `eventfd` takes plain numbers.
        let made = unsafe { libc::eventfd(value, 0) };
        // SAFETY: `dup2` takes any numbers; this test owns both.
        assert_eq!(unsafe { libc::dup2(made, n) }, n);
        close(made);
    };
    eventfd(0);
    events.add(n, READ_PERSIST, None, |_, _| panic!("closed")).unwrap();
    close(n);
    eventfd(1);
    let log = Log::new();
    let into = log.clone();
    events.add(n, Interest::READ, None, move |_, _| into.push(())).unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take().len(), 1);
    close(n);
}

#[test]
fn the_loop_keeps_no_descriptor_open() {
    let events = Loop::new().unwrap();
    let (here, there) = UnixDatagram::pair().unwrap();
    let n = OwnedFd::from(here).into_raw_fd();
    events.add(n, READ_PERSIST, None, |_, _| {}).unwrap();
    close(n);
    assert!(there.send(b"x").is_err(), "the peer sees that it is closed");
    assert_eq!(events.run_once(ZERO).unwrap(), 0);
}

#[cfg(all(target_os = "linux", not(outlive_poll)))]
/// In how many sets of this process the system waits for `number`.
fn registered(number: RawFd) -> usize {
    let entry = format!("tfd: {number:8} ");
    std::fs::read_dir("/proc/self/fdinfo")
        .unwrap()
        .filter_map(|info| std::fs::read_to_string(info.unwrap().path()).ok())
        .filter(|info| info.lines().any(|line| line.starts_with(&entry)))
        .count()
}

#[cfg(all(target_os = "linux", not(outlive_poll)))]
#[test]
fn removing_the_last_watcher_takes_the_descriptor_out_of_the_systems_set_at_once() {
    let events = Loop::new().unwrap();
    let (n, log) = (number(13), Log::new());
    let _there = open(n);
    let first = watch(&events, n, "first", &log);
    let second = watch(&events, n, "second", &log);
    assert_eq!(registered(n), 1);
    assert!(events.remove(first));
    assert_eq!(registered(n), 1);
    assert!(events.remove(second));
    assert_eq!(registered(n), 0);
    close(n);
}
