//! Which watcher is called, and when.

mod common;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

#[cfg(unix)]
use common::fill;
use common::{
    Log, READ_PERSIST, WRITE_PERSIST, ZERO, cpu_time, drain, fd, fd_of_file, fill_stream, pair,
    streams, turns,
};
use outlive_loop::{Descriptor, Interest, Loop, Ready, WatchError};

#[test]
fn one_datagram_read_for_each_call_is_enough_and_never_blocks() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    let (into, socket) = (log.clone(), here.clone());
    events
        .add(fd(&here), READ_PERSIST, None, move |_, _| {
            let mut byte = [0];
            socket.recv(&mut byte).expect("called without a datagram");
            into.push(byte[0]);
        })
        .unwrap();
    assert_eq!(drain(&events), 0);
    for byte in 0..5 {
        there.send(&[byte]).unwrap();
    }
    assert_eq!(drain(&events), 5);
    assert_eq!(log.take(), [0, 1, 2, 3, 4]);
}

#[test]
fn a_datagram_that_is_not_read_is_reported_again() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    events.add(fd(&here), READ_PERSIST, None, |_, _| {}).unwrap();
    there.send(b"x").unwrap();
    assert_eq!(turns(&events, 7), 7);
}

#[test]
fn a_second_watcher_is_not_called_for_a_datagram_that_the_first_one_read() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    for name in ["first", "second"] {
        let (into, socket) = (log.clone(), here.clone());
        events
            .add(fd(&here), READ_PERSIST, None, move |_, _| {
                socket.recv(&mut [0]).expect("called without a datagram");
                into.push(name);
            })
            .unwrap();
    }
    for _ in 0..4 {
        there.send(b"x").unwrap();
        assert_eq!(drain(&events), 1);
    }
    assert_eq!(log.take(), ["first", "second", "first", "second"], "they take turns");
}

#[test]
fn a_watcher_is_not_called_for_a_datagram_that_the_callback_of_another_fd_read() {
    let events = Loop::new().unwrap();
    let (a, to_a) = pair();
    let (b, to_b) = pair();
    for own in [&a, &b] {
        let (a, b) = (a.clone(), b.clone());
        events
            .add(fd(own), READ_PERSIST, None, move |_, _| {
                a.recv(&mut [0]).expect("called without a datagram");
                b.recv(&mut [0]).expect("called without a datagram");
            })
            .unwrap();
    }
    for _ in 0..4 {
        to_a.send(b"x").unwrap();
        to_b.send(b"x").unwrap();
        assert_eq!(drain(&events), 1);
    }
}

#[test]
fn ready_one_shots_that_add_themselves_again_take_turns() {
    let events = Loop::new().unwrap();
    let sockets = [pair(), pair(), pair(), pair()];
    let log = Log::new();
    fn add(events: &Loop, number: Descriptor, log: Log<Descriptor>) {
        let again = move |events: &Loop, event: outlive_loop::Event| {
            log.push(number);
            assert!(events.remove(event.token));
            add(events, number, log.clone());
        };
        events.add(number, Interest::READ, None, again).unwrap();
    }
    for (here, there) in &sockets {
        there.send(b"x").unwrap(); // never read
        add(&events, fd(here), log.clone());
    }
    assert_eq!(turns(&events, 20), 20);
    let calls = log.take();
    for round in calls.chunks(4) {
        assert_eq!(round, &calls[..4], "{calls:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_write_watcher_is_silent_while_its_socket_is_full() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    fill(&here);
    let socket = here.clone();
    events
        .add(fd(&here), WRITE_PERSIST, None, move |_, event| {
            assert_eq!(event.ready, Ready::WRITE);
            socket.send(&[0; 512]).expect("called while full");
        })
        .unwrap();
    assert_eq!(drain(&events), 0);
    while there.recv(&mut [0; 512]).is_ok() {}
    assert!(drain(&events) > 0);
    assert_eq!(drain(&events), 0, "full again");
}

#[cfg(unix)]
#[test]
fn a_write_watcher_is_silent_when_another_callback_has_just_filled_its_socket() {
    let events = Loop::new().unwrap();
    let (busy, to_busy) = pair();
    let (out, _reader) = pair();
    let log = Log::new();
    let (into, socket, source) = (log.clone(), out.clone(), busy.clone());
    events
        .add(fd(&busy), READ_PERSIST, None, move |_, _| {
            source.recv(&mut [0]).unwrap();
            fill(&socket);
            into.push("filled");
        })
        .unwrap();
    to_busy.send(b"x").unwrap();
    // Added second, so it stands behind the reader in the system's rotation.
    let (into, socket) = (log.clone(), out.clone());
    events
        .add(fd(&out), WRITE_PERSIST, None, move |_, _| {
            socket.send(b"x").expect("called while full");
            into.push("wrote");
        })
        .unwrap();
    turns(&events, 4);
    let log = log.take();
    let filled = log.iter().position(|entry| *entry == "filled").expect("the reader had its turn");
    assert!(log[filled..].iter().all(|entry| *entry == "filled"), "{log:?}");
}

#[test]
fn a_one_shot_is_called_once_and_its_descriptor_can_be_added_again() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    events.add(fd(&here), Interest::READ, None, |_, _| {}).unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(drain(&events), 0, "spent, though the datagram is still there");
    events.add(fd(&here), Interest::READ, None, |_, _| {}).unwrap();
    assert_eq!(drain(&events), 1);
}

#[test]
fn a_spent_one_shot_does_not_keep_the_loop_busy() {
    let events = Loop::new().unwrap();
    let (mut stream, peer) = streams();
    stream.write_all(b"x").unwrap();
    drop(stream); // data and a hang-up, for ever
    events.add(fd(&peer), Interest::READ, None, |_, _| {}).unwrap();
    assert_eq!(drain(&events), 1);
    let before = cpu_time();
    assert_eq!(events.run_once(Some(Duration::from_millis(300))).unwrap(), 0);
    assert!(cpu_time() - before < Duration::from_millis(150), "it slept");
}

#[test]
fn read_and_write_watchers_of_one_descriptor_come_and_go_separately() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    let (into, socket) = (log.clone(), here.clone());
    let reader = events
        .add(fd(&here), READ_PERSIST, None, move |_, event| {
            assert_eq!(event.ready, Ready::READ);
            socket.recv(&mut [0]).unwrap();
            into.push("read");
        })
        .unwrap();
    let into = log.clone();
    let writer = events
        .add(fd(&here), WRITE_PERSIST, None, move |_, event| {
            assert_eq!(event.ready, Ready::WRITE);
            into.push("write");
        })
        .unwrap();
    there.send(b"x").unwrap();
    turns(&events, 4);
    let both = log.take();
    assert_eq!(both.iter().filter(|entry| **entry == "read").count(), 1, "{both:?}");
    assert!(both.contains(&"write"));

    assert!(events.remove(writer));
    assert_eq!(drain(&events), 0);
    there.send(b"x").unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take(), ["read"]);

    assert!(events.remove(reader));
    there.send(b"x").unwrap();
    assert_eq!(drain(&events), 0);
}

#[test]
fn one_watcher_for_both_directions_gets_both_in_one_call() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let log = Log::new();
    let into = log.clone();
    let both = Interest::READ | Interest::WRITE;
    events.add(fd(&here), both, None, move |_, event| into.push(event)).unwrap();
    assert_eq!(drain(&events), 1);
    let event = log.take()[0];
    assert_eq!(event.ready, Ready::READ | Ready::WRITE);
    assert_eq!(event.fd, Some(fd(&here)));
}

#[test]
fn a_hang_up_reaches_read_and_write_watchers() {
    let events = Loop::new().unwrap();
    let (here, there) = streams();
    let log = Log::new();
    for interest in [Interest::READ, Interest::WRITE] {
        let into = log.clone();
        events.add(fd(&here), interest, None, move |_, event| into.push(event.ready)).unwrap();
    }
    drop(there);
    assert_eq!(drain(&events), 2);
    assert_eq!(log.take(), [Ready::READ, Ready::WRITE]);
}

/// The other end writes no more, and goes on reading.
#[test]
fn a_write_watcher_of_a_half_closed_stream_is_silent_while_that_is_full() {
    let events = Loop::new().unwrap();
    let (here, mut there) = streams();
    there.shutdown(Shutdown::Write).unwrap();
    let length = fill_stream(&here);
    let log = Log::new();
    let (into, mut socket) = (log.clone(), here.try_clone().unwrap());
    events
        .add(fd(&here), WRITE_PERSIST, None, move |events, event| {
            into.push(socket.write(b"x").expect("called while full"));
            events.remove(event.token);
        })
        .unwrap();
    let timed = Log::new();
    let into = timed.clone();
    events.timer(Duration::from_millis(50), true, move |_, _| into.push(()));
    let before = cpu_time();
    for _ in 0..5 {
        assert_eq!(events.run_once(Some(Duration::from_millis(500))).unwrap(), 1);
    }
    assert!(cpu_time() - before < Duration::from_millis(100), "it slept");
    assert_eq!((timed.take().len(), log.take()), (5, vec![]), "only the timer");

    there.read_exact(&mut vec![0; length]).unwrap();
    let written = (0..1000).find_map(|_| {
        events.run_once(None).unwrap();
        log.take().pop()
    });
    assert_eq!(written, Some(1));
}

/// As one that was closed before.
#[test]
fn a_reset_reaches_a_write_watcher_that_waits_for_room() {
    let events = Loop::new().unwrap();
    let (here, there) = streams();
    there.shutdown(Shutdown::Write).unwrap();
    fill_stream(&here);
    let log = Log::new();
    let into = log.clone();
    events.add(fd(&here), Interest::WRITE, None, move |_, event| into.push(event.ready)).unwrap();
    assert_eq!(events.run_once(Some(Duration::from_millis(50))).unwrap(), 0);
    drop(there); // with all that it did not read
    assert_eq!(events.run_once(Some(Duration::from_secs(60))).unwrap(), 1);
    assert_eq!(log.take(), [Ready::WRITE]);
}

#[cfg(unix)]
#[test]
fn an_error_reaches_a_write_watcher_of_a_pipe_without_a_reader() {
    let events = Loop::new().unwrap();
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    drop(reader);
    events.add(fd(&writer), Interest::WRITE, None, |_, _| {}).unwrap();
    assert_eq!(drain(&events), 1);
}

#[test]
fn add_calls_nothing_itself_even_if_all_is_ready() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let log = Log::new();
    let into = log.clone();
    events.add(fd(&here), Interest::READ, ZERO, move |_, _| into.push(())).unwrap();
    assert_eq!(log.take(), []);
    assert_eq!(drain(&events), 1);
}

#[test]
fn a_busy_descriptor_starves_neither_another_one_nor_a_timer_nor_a_post() {
    let events = Loop::new().unwrap();
    let (busy, to_busy) = pair();
    let (calm, to_calm) = pair();
    to_busy.send(b"x").unwrap();
    to_calm.send(b"x").unwrap();
    let log = Log::new();
    for (name, socket) in [("busy", &busy), ("calm", &calm)] {
        let into = log.clone();
        events.add(fd(socket), READ_PERSIST, None, move |_, _| into.push(name)).unwrap();
    }
    let into = log.clone();
    events.timer(Duration::ZERO, true, move |_, _| into.push("timer"));
    let (done, posted) = std::sync::mpsc::channel();
    events.remote().post(move |_| done.send(()).unwrap()).unwrap();
    turns(&events, 30);
    posted.try_recv().expect("the post had its turn");
    let log = log.take();
    for name in ["busy", "calm", "timer"] {
        assert!(log.iter().filter(|entry| **entry == name).count() >= 9, "{name}: {log:?}");
    }
}

#[test]
fn what_cannot_be_watched_is_refused_by_name_and_harms_nobody() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    events.add(fd(&here), READ_PERSIST, None, |_, _| {}).unwrap();
    let add = |fd, interest| events.add(fd, interest, None, |_, _| {}).unwrap_err();

    let file = tempfile::tempfile().unwrap();
    let refused = add(fd_of_file(&file), Interest::READ);
    assert!(matches!(refused, WatchError::NotPollable(n) if n == fd_of_file(&file)), "{refused}");
    assert_eq!(refused.errno(), libc::EPERM);

    for closed in [!0, 1_000_000] {
        let closed: Descriptor = closed;
        let refused = add(closed, Interest::READ);
        assert!(matches!(refused, WatchError::NotOpen(n) if n == closed), "{refused}");
        assert_eq!(refused.errno(), libc::EBADF);
    }

    let refused = add(fd(&here), Interest::PERSIST);
    assert!(matches!(refused, WatchError::NoDirection), "{refused}");
    assert_eq!(refused.errno(), libc::EINVAL);

    assert_eq!(events.len(), 1);
    there.send(b"x").unwrap();
    assert_eq!(turns(&events, 3), 3);
}
