//! Running, stopping, panics, and the handle for other threads.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use common::{Log, READ_PERSIST, ZERO, drain, fd, pair, turns};
use outlive_loop::{Loop, LoopGoneError, NestedRunError};

#[test]
fn a_run_ends_after_the_callback_that_stops_it_and_nothing_is_lost() {
    let events = Loop::new().unwrap();
    let sockets = [pair(), pair(), pair()];
    let log = Log::new();
    for (name, (here, there)) in sockets.iter().enumerate() {
        there.send(b"x").unwrap();
        let (into, socket) = (log.clone(), here.clone());
        events
            .add(fd(here), READ_PERSIST, None, move |events, _| {
                socket.recv(&mut [0]).unwrap();
                into.push(name);
                events.stop();
            })
            .unwrap();
        let into = log.clone();
        events.timer(Duration::ZERO, false, move |events, _| {
            into.push(10 + name);
            events.stop();
        });
    }
    let mut all = Vec::new();
    for _ in 0..6 {
        events.run().unwrap();
        let new = log.take();
        assert_eq!(new.len(), 1, "one callback, then the end");
        all.extend(new);
    }
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 10, 11, 12]);
}

#[test]
fn a_stop_before_the_run_ends_it_at_once_and_is_used_up() {
    let events = Loop::new().unwrap();
    events.stop();
    events.run().unwrap();
    events.remote().stop();
    events.run().unwrap();
    events.timer(Duration::from_millis(5), false, |events, _| events.stop());
    events.run().unwrap();
}

#[test]
fn a_loop_does_not_run_inside_itself_and_says_so() {
    let events = Loop::new().unwrap();
    let log = Log::new();
    let into = log.clone();
    events.timer(Duration::ZERO, false, move |events, _| {
        for refused in [events.run().unwrap_err(), events.run_once(ZERO).unwrap_err()] {
            into.push(refused.get_ref().is_some_and(|error| error.is::<NestedRunError>()));
        }
    });
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(log.take(), [true, true]);
    assert_eq!(events.run_once(ZERO).unwrap(), 0, "and it runs again from outside");
}

#[test]
fn a_panic_of_a_callback_comes_out_and_the_loop_goes_on() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let socket = here.clone();
    let reader = events
        .add(fd(&here), READ_PERSIST, None, move |_, _| {
            socket.recv(&mut [0]).unwrap();
            panic!("on purpose");
        })
        .unwrap();
    let shot = events.timer(Duration::ZERO, false, |_, _| panic!("on purpose"));
    let log = Log::new();
    let into = log.clone();
    events.timer(Duration::from_nanos(2), false, move |_, _| into.push("timer"));
    let (done, posted) = channel();
    let remote = events.remote();
    remote.post(|_| panic!("on purpose")).unwrap();
    remote.post(move |_| done.send(()).unwrap()).unwrap();

    for _ in 0..2 {
        there.send(b"x").unwrap();
    }
    let mut panics = 0;
    for _ in 0..20 {
        panics += usize::from(catch_unwind(AssertUnwindSafe(|| events.run_once(ZERO))).is_err());
    }
    assert_eq!(panics, 4, "two datagrams, one timer, one post");
    assert_eq!(log.take(), ["timer"], "the timer behind the panicking one is not lost");
    posted.try_recv().expect("nor is the post");
    assert!(events.remove(reader) && events.remove(shot));
}

#[test]
fn a_remote_wakes_a_waiting_loop_and_its_closure_runs_on_the_loops_thread() {
    let events = Loop::new().unwrap();
    let home = thread::current().id();
    let remote = events.remote();
    let (tell, told) = channel();
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        remote
            .post(move |events| {
                tell.send(thread::current().id()).unwrap();
                events.timer(Duration::ZERO, false, |events, _| events.stop());
            })
            .unwrap();
    });
    events.run().unwrap();
    assert_eq!(told.recv().unwrap(), home);
    other.join().unwrap();
}

#[test]
fn posts_of_many_threads_all_run_once_each_and_in_order() {
    let events = Loop::new().unwrap();
    let (tell, told) = channel();
    let threads: Vec<_> = (0..4)
        .map(|name| {
            let (remote, tell) = (events.remote(), tell.clone());
            thread::spawn(move || {
                for i in 0..500 {
                    let tell = tell.clone();
                    remote.post(move |_| tell.send((name, i)).unwrap()).unwrap();
                }
            })
        })
        .collect();
    let mut calls = 0;
    while calls < 2000 {
        calls += events.run_once(Some(Duration::from_secs(20))).unwrap();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(drain(&events), 0);
    let got: Vec<(i32, i32)> = told.try_iter().collect();
    for name in 0..4 {
        let of_one: Vec<i32> = got.iter().filter(|it| it.0 == name).map(|it| it.1).collect();
        assert_eq!(of_one, (0..500).collect::<Vec<_>>());
    }
}

#[test]
fn a_wake_ends_one_wait_and_a_remote_stop_ends_the_run() {
    let events = Loop::new().unwrap();
    events.remote().wake();
    assert_eq!(events.run_once(None).unwrap(), 0);
    assert_eq!(events.run_once(Some(Duration::from_millis(20))).unwrap(), 0);
    let remote = events.remote();
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        remote.stop();
    });
    events.run().unwrap();
    other.join().unwrap();
}

#[test]
fn a_remote_outlives_its_loop_and_its_closures_are_dropped() {
    let events = Loop::new().unwrap();
    let remote = events.remote();
    let (tell, told) = channel::<()>();
    let late = tell.clone();
    remote.post(move |_| tell.send(()).unwrap()).unwrap();
    drop(events);
    assert_eq!(remote.post(move |_| late.send(()).unwrap()), Err(LoopGoneError));
    remote.wake();
    remote.stop();
    assert!(told.recv().is_err(), "both closures are gone, and none has run");
}

#[test]
fn dropping_a_loop_drops_its_callbacks() {
    let events = Loop::new().unwrap();
    let (here, _there) = pair();
    let owned = Rc::new(());
    for persist in [READ_PERSIST, outlive_loop::Interest::WRITE] {
        let held = owned.clone();
        events
            .add(fd(&here), persist, Some(Duration::from_secs(9)), move |_, _| {
                let _ = &held;
            })
            .unwrap();
    }
    turns(&events, 2);
    drop(events);
    assert_eq!(Rc::strong_count(&owned), 1);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_wait_so_that_the_host_can_look_at_what_its_handler_noted() {
    let events = Loop::new().unwrap();
    // A number or a pointer, as the C library has it. SAFETY: `pthread_self` has no conditions.
    let waiting = unsafe { libc::pthread_self() } as usize;
    let handler = handler as extern "C" fn(libc::c_int);
    // SAFETY: the handler does nothing at all, which a handler may do.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    let (done, stop) = channel::<()>();
    let other = thread::spawn(move || {
        while stop.recv_timeout(Duration::from_millis(10))
            == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            // SAFETY: the thread that waits joins this one, so it is alive.
            unsafe { libc::pthread_kill(waiting as libc::pthread_t, libc::SIGUSR1) };
        }
    });
    assert_eq!(events.run_once(None).unwrap(), 0);
    drop(done);
    other.join().unwrap();

    extern "C" fn handler(_: libc::c_int) {}
}

#[test]
fn a_run_for_a_time_takes_that_time_and_a_stop_ends_it() {
    let events = Loop::new().unwrap();
    let time = Duration::from_millis(30);
    let begun = Instant::now();
    let log = Log::new();
    let into = log.clone();
    events.timer(Duration::from_millis(5), true, move |_, _| into.push(()));
    let calls = events.run_for(time).unwrap();
    assert!(begun.elapsed() >= time);
    assert_eq!(calls, log.take().len());
    assert!(calls > 0);

    events.timer(Duration::ZERO, false, |events, _| events.stop());
    events.run_for(Duration::MAX).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(30));
    events.stop();
    assert_eq!(events.run_for(time).unwrap(), 0, "and one before it ends it at once");
    assert!(events.run_for(Duration::from_millis(10)).unwrap() > 0, "which uses it up");
}

#[test]
fn a_run_until_a_condition_ends_after_the_callback_that_makes_it_true() {
    let events = Loop::new().unwrap();
    let log = Log::new();
    let count = std::rc::Rc::new(std::cell::Cell::new(0));
    let sockets: Vec<_> = (0..10).map(|_| pair()).collect();
    for (here, there) in &sockets {
        there.send(b"x").unwrap();
        let (into, number) = (log.clone(), count.clone());
        events
            .add(fd(here), READ_PERSIST, None, move |_, _| {
                number.set(number.get() + 1);
                into.push(());
            })
            .unwrap();
    }
    assert!(events.run_until(|| count.get() == 3).unwrap());
    assert_eq!(log.take().len(), 3);
    assert!(events.run_until(|| true).unwrap(), "it is asked first");
    assert_eq!(log.take().len(), 0);
    events.timer(Duration::ZERO, false, |events, _| events.stop());
    assert!(!events.run_until(|| false).unwrap(), "a stop ends it too");
}
