//! Many reports of the system at once, and what happens to the others while one is worked off.

mod common;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use common::{Datagram, Log, READ_PERSIST, fd, pair};
use outlive_loop::{Interest, Loop, Token};

const NOW: Duration = Duration::ZERO;

/// Pairs whose first ends have a datagram to read.
fn ready_pairs(count: usize) -> Vec<(Rc<Datagram>, Datagram)> {
    let pairs: Vec<_> = (0..count).map(|_| pair()).collect();
    for (_, there) in &pairs {
        there.send(b"x").unwrap();
    }
    pairs
}

/// The same, where a read may block.
fn ready_blocking_pairs(count: usize) -> Vec<(Rc<Datagram>, Datagram)> {
    let pairs = ready_pairs(count);
    for (here, _) in &pairs {
        here.set_nonblocking(false).unwrap();
    }
    pairs
}

/// Runs until nothing is ready; the number of calls.
fn work_off(events: &Loop) -> usize {
    std::iter::from_fn(|| Some(events.run_for(NOW).unwrap())).take_while(|calls| *calls > 0).sum()
}

/// What is read without waiting, whether the socket would block or not.
fn read_now(socket: &Datagram) -> bool {
    socket.set_nonblocking(true).unwrap();
    socket.recv(&mut [0]).is_ok()
}

/// Each watcher reads all the sockets, so that the call of one leaves nothing for the others. How many calls there were,
/// and how many of them found nothing.
fn calls_in_vain(events: &Loop, pairs: &[(Rc<Datagram>, Datagram)]) -> (usize, usize) {
    let log = Log::new();
    let all: Rc<Vec<_>> = Rc::new(pairs.iter().map(|(here, _)| here.clone()).collect());
    for (here, _) in pairs {
        let (all, into) = (all.clone(), log.clone());
        let read_all = move |_: &Loop, _| {
            into.push(all.iter().filter(|socket| read_now(socket)).count());
        };
        events.add(fd(here), READ_PERSIST, None, read_all).unwrap();
    }
    work_off(events);
    let read = log.take();
    (read.len(), read.iter().filter(|count| **count == 0).count())
}

#[test]
fn all_that_is_ready_is_called_once_each() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(150);
    let log = Log::new();
    for (name, (here, _)) in pairs.iter().enumerate() {
        let (into, socket) = (log.clone(), here.clone());
        let read = move |_: &Loop, _| {
            socket.recv(&mut [0]).expect("called without a datagram");
            into.push(name);
        };
        events.add(fd(here), READ_PERSIST, None, read).unwrap();
    }
    assert_eq!(work_off(&events), 150);
    let mut called = log.take();
    called.sort_unstable();
    assert_eq!(called, (0..150).collect::<Vec<_>>());
}

#[cfg(all(target_os = "linux", not(outlive_poll)))]
#[test]
fn descriptors_that_do_not_block_are_called_for_what_was_ready_when_the_system_was_asked() {
    let events = Loop::new().unwrap();
    let (calls, in_vain) = calls_in_vain(&events, &ready_pairs(4));
    assert_eq!((calls, in_vain), (4, 3), "each is called once, and a read says that it is gone");
}

#[test]
fn descriptors_that_block_are_not_called_for_what_another_callback_has_read() {
    let events = Loop::new().unwrap();
    assert_eq!(calls_in_vain(&events, &ready_blocking_pairs(4)), (1, 0));
}

#[test]
fn a_strict_loop_calls_nobody_for_what_another_callback_has_read() {
    let events = Loop::strict().unwrap();
    assert_eq!(calls_in_vain(&events, &ready_pairs(4)), (1, 0));
}

#[test]
fn a_second_watcher_of_a_direction_is_not_called_for_what_the_first_one_has_read() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(1);
    let log = Log::new();
    for name in ["first", "second"] {
        let (into, socket) = (log.clone(), pairs[0].0.clone());
        let read = move |_: &Loop, _| {
            socket.recv(&mut [0]).expect("called without a datagram");
            into.push(name);
        };
        events.add(fd(&pairs[0].0), READ_PERSIST, None, read).unwrap();
    }
    for _ in 0..4 {
        assert_eq!(work_off(&events), 1);
        pairs[0].1.send(b"x").unwrap();
    }
    assert_eq!(log.take(), ["first", "second", "first", "second"], "they take turns");
}

#[cfg(all(target_os = "linux", not(outlive_poll)))]
#[test]
fn a_report_of_both_directions_serves_a_reader_and_a_writer() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(1);
    let log = Log::new();
    for interest in [READ_PERSIST, common::WRITE_PERSIST] {
        let into = log.clone();
        let note = move |_: &Loop, event: outlive_loop::Event| into.push(event.ready);
        events.add(fd(&pairs[0].0), interest, None, note).unwrap();
    }
    assert_eq!(events.run_for(NOW).unwrap(), 2, "in one round");
    assert_eq!(log.take(), [outlive_loop::Ready::READ, outlive_loop::Ready::WRITE]);
}

#[test]
fn a_callback_may_remove_whoever_is_ready_behind_it() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(10);
    let tokens: Rc<RefCell<Vec<Token>>> = Rc::default();
    for (here, _) in &pairs {
        let all = tokens.clone();
        let remove_all = move |events: &Loop, _| {
            for token in all.take() {
                assert!(events.remove(token));
            }
        };
        let token = events.add(fd(here), READ_PERSIST, None, remove_all).unwrap();
        tokens.borrow_mut().push(token);
    }
    assert_eq!(work_off(&events), 1);
    assert!(events.is_empty());
}

#[test]
fn a_callback_that_panics_loses_no_other() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(10);
    for (here, _) in &pairs {
        let socket = here.clone();
        let fail = move |_: &Loop, _| {
            socket.recv(&mut [0]).unwrap();
            panic!("on purpose");
        };
        events.add(fd(here), READ_PERSIST, None, fail).unwrap();
    }
    let run = || catch_unwind(AssertUnwindSafe(|| events.run_for(NOW).unwrap())).is_err();
    assert_eq!((0..20).filter(|_| run()).count(), 10);
    for (_, there) in &pairs {
        there.send(b"x").unwrap();
    }
    assert_eq!((0..20).filter(|_| run()).count(), 10, "each can be called again");
}

#[test]
fn what_a_stop_leaves_over_is_asked_for_again() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(8);
    let log = Log::new();
    for (here, _) in &pairs {
        let (into, socket) = (log.clone(), here.clone());
        let stop = move |events: &Loop, _| {
            socket.recv(&mut [0]).expect("called without a datagram");
            into.push(());
            events.stop();
        };
        events.add(fd(here), READ_PERSIST, None, stop).unwrap();
    }
    for left in (0..8).rev().step_by(2) {
        events.run().unwrap();
        assert_eq!(log.take().len(), 1, "a stop ends the run after its callback");
        let host_reads = pairs.iter().find(|(here, _)| here.recv(&mut [0]).is_ok());
        assert_eq!(host_reads.is_some(), left > 0);
    }
    assert_eq!(work_off(&events), 0);
}

#[cfg(unix)]
#[test]
fn a_number_that_a_callback_gives_to_another_file_does_not_call_the_watcher_of_the_old_one() {
    let events = Loop::new().unwrap();
    let pairs = ready_blocking_pairs(2);
    let log = Log::new();
    for own in 0..2 {
        let (number, other) = (fd(&pairs[own].0), fd(&pairs[1 - own].0));
        let (into, socket) = (log.clone(), pairs[own].0.clone());
        let replace_other = move |_: &Loop, _| {
            assert!(read_now(&socket));
            let (here, there) = common::datagrams();
            there.send(b"x").unwrap(); // the new file is ready too, but was never added
            // SAFETY: `dup2` takes any numbers; the test owns both.
            unsafe { libc::dup2(fd(&here), other) };
            into.push(there);
        };
        events.add(number, READ_PERSIST, None, replace_other).unwrap();
    }
    assert_eq!(work_off(&events), 1);
    assert_eq!(log.take().len(), 1);
}

#[test]
fn a_busy_descriptor_starves_neither_a_timer_nor_a_post() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(3);
    let log = Log::new();
    for (here, _) in &pairs {
        let into = log.clone();
        events.add(fd(here), READ_PERSIST, None, move |_, _| into.push("busy")).unwrap();
    }
    let into = log.clone();
    events.timer(NOW, true, move |_, _| into.push("timer"));
    for _ in 0..3 {
        let (done, posted) = std::sync::mpsc::channel();
        events.remote().post(move |_| done.send(()).unwrap()).unwrap();
        for _ in 0..10 {
            assert!(events.run_for(NOW).unwrap() > 0);
        }
        posted.try_recv().expect("the post had its turn");
    }
    let log = log.take();
    assert!(log.iter().filter(|entry| **entry == "timer").count() >= 25, "{log:?}");
    assert!(log.iter().filter(|entry| **entry == "busy").count() >= 25, "{log:?}");
}

#[test]
fn posts_that_wait_are_all_run_in_one_round() {
    let events = Loop::new().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    for number in 0..20 {
        let tell = tell.clone();
        events.remote().post(move |_| tell.send(number).unwrap()).unwrap();
    }
    assert_eq!(events.run_for(NOW).unwrap(), 20);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
}

#[test]
fn one_shots_that_add_themselves_again_take_turns_with_the_others() {
    let events = Loop::new().unwrap();
    let pairs = ready_pairs(4);
    let log = Log::new();
    fn add(events: &Loop, number: outlive_loop::Descriptor, log: Log<outlive_loop::Descriptor>) {
        let again = move |events: &Loop, event: outlive_loop::Event| {
            log.push(number);
            assert!(events.remove(event.token));
            add(events, number, log.clone());
        };
        events.add(number, Interest::READ, None, again).unwrap();
    }
    for (here, _) in &pairs {
        add(&events, fd(here), log.clone()); // never read
    }
    let mut calls = 0;
    while calls < 40 {
        calls += events.run_for(NOW).unwrap();
    }
    for (here, _) in &pairs {
        let number = fd(here);
        let called = log.take();
        let own = called.iter().filter(|other| **other == number).count();
        assert!(own >= 9, "{own} of {}", called.len());
        called.into_iter().for_each(|number| log.push(number));
    }
}

#[cfg(all(target_os = "linux", not(outlive_poll)))]
/// What the system is asked to wait for, of a descriptor that this loop alone watches.
fn asked_of(number: outlive_loop::Descriptor) -> Option<String> {
    let entry = format!("tfd: {number:8} events: ");
    let infos = std::fs::read_dir("/proc/self/fdinfo").unwrap();
    let texts = infos.filter_map(|info| std::fs::read_to_string(info.unwrap().path()).ok());
    let lines: Vec<String> =
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let line = lines.into_iter().find_map(|line| line.strip_prefix(&entry).map(str::to_owned));
    line.and_then(|line| line.split_whitespace().next().map(str::to_owned))
}

#[cfg(all(target_os = "linux", not(outlive_poll)))]
#[test]
fn a_writer_that_comes_and_goes_with_each_frame_does_not_change_the_systems_set() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    let (into, socket) = (log.clone(), here.clone());
    let forward = move |events: &Loop, event: outlive_loop::Event| {
        socket.recv(&mut [0]).unwrap();
        let (out, note) = (socket.clone(), into.clone());
        let send = move |events: &Loop, event: outlive_loop::Event| {
            note.push(asked_of(fd(&out)));
            out.send(b"y").unwrap();
            assert!(events.remove(event.token));
        };
        events.add(event.fd.unwrap(), Interest::WRITE, None, send).unwrap();
    };
    events.add(fd(&here), READ_PERSIST, None, forward).unwrap();
    let before = asked_of(fd(&here));
    assert!(before.is_some());
    for _ in 0..5 {
        there.send(b"x").unwrap();
        assert_eq!(work_off(&events), 2);
        there.recv(&mut [0]).unwrap();
    }
    assert_eq!(log.take(), vec![before; 5]);
}

#[cfg(unix)]
#[test]
fn a_writer_that_a_callback_adds_waits_for_room_that_is_gone_when_its_turn_comes() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    here.set_nonblocking(false).unwrap();
    let log = Log::new();
    let (into, socket) = (log.clone(), here.clone());
    let add_then_fill = move |events: &Loop, event: outlive_loop::Event| {
        socket.recv(&mut [0]).unwrap();
        let note = into.clone();
        let send = move |_: &Loop, _| note.push(());
        events.add(event.fd.unwrap(), Interest::WRITE, None, send).unwrap();
        socket.set_nonblocking(true).unwrap();
        common::fill(&socket);
        socket.set_nonblocking(false).unwrap();
    };
    events.add(fd(&here), Interest::READ, None, add_then_fill).unwrap();
    there.send(b"x").unwrap();
    assert_eq!(work_off(&events), 1);
    assert!(log.take().is_empty(), "called while full");
    while there.recv(&mut [0; 512]).is_ok() {}
    assert_eq!(work_off(&events), 1);
    assert_eq!(log.take().len(), 1);
}

#[cfg(unix)]
#[test]
fn writers_that_add_writers_are_all_called_without_another_report() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    fn write(events: &Loop, number: outlive_loop::Descriptor, left: u32, log: Log<u32>) {
        let again = move |events: &Loop, event: outlive_loop::Event| {
            log.push(left);
            assert!(events.remove(event.token));
            if left > 0 {
                write(events, number, left - 1, log.clone());
            }
        };
        events.add(number, Interest::WRITE, None, again).unwrap();
    }
    let (into, socket) = (log.clone(), here.clone());
    let begin = move |events: &Loop, event: outlive_loop::Event| {
        socket.recv(&mut [0]).unwrap();
        write(events, event.fd.unwrap(), 5, into.clone());
    };
    events.add(fd(&here), READ_PERSIST, None, begin).unwrap();
    there.send(b"x").unwrap();
    for called in 0..7 {
        assert_eq!(events.run_for(NOW).unwrap(), 1, "{called}");
    }
    assert_eq!(log.take(), [5, 4, 3, 2, 1, 0]);
}
