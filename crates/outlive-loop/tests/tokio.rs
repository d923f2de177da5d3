//! A loop on a tokio runtime.
#![cfg(all(feature = "tokio", target_os = "linux", not(outlive_poll)))]

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use outlive_loop::{Interest, Loop, NestedRunError};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().unwrap())
}

const SOON: Duration = Duration::from_millis(5);

/// A pair of streams, of which what arrives at the first is counted.
fn counted(events: &Loop) -> (UnixStream, Rc<Cell<usize>>) {
    let (mut here, there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    let count = Rc::new(Cell::new(0));
    let counts = count.clone();
    events
        .add(here.as_raw_fd(), Interest::READ | Interest::PERSIST, None, move |_, _| {
            counts.set(counts.get() + here.read(&mut [0; 1]).unwrap_or(0));
        })
        .unwrap();
    (there, count)
}

#[test]
fn watchers_and_timers_are_called_on_either_runtime() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let events = Loop::new().unwrap();
            let (mut there, count) = counted(&events);
            there.write_all(b"four").unwrap();
            let begun = Instant::now();
            events.timer(SOON, false, |events, _| events.stop());
            events.run_on_tokio().await.unwrap();
            assert_eq!(count.get(), 4, "what was there before is reported, too");
            assert!(begun.elapsed() >= SOON);
        });
    }
}

#[test]
fn what_comes_while_the_loop_sleeps_is_called() {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            let events = Rc::new(Loop::new().unwrap());
            let (mut there, count) = counted(&events);
            let driving = tokio::task::spawn_local({
                let events = events.clone();
                async move { events.run_on_tokio().await }
            });
            for sent in 1..=20 {
                tokio::time::sleep(Duration::from_millis(1)).await;
                there.write_all(b"x").unwrap();
                while count.get() < sent {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            events.stop(); // by another task, while the loop sleeps
            driving.await.unwrap().unwrap();
        });
    }
}

#[test]
fn another_task_may_add_a_timer_while_the_loop_sleeps() {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            let events = Rc::new(Loop::new().unwrap());
            let driving = tokio::task::spawn_local({
                let events = events.clone();
                async move { events.run_on_tokio().await }
            });
            tokio::time::sleep(SOON).await;
            events.timer(SOON, false, |events, _| events.stop());
            driving.await.unwrap().unwrap();
        });
    }
}

#[test]
fn a_remote_posts_from_another_thread() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let events = Loop::new().unwrap();
            let remote = events.remote();
            let posting = std::thread::spawn(move || {
                std::thread::sleep(SOON);
                remote.post(|events| events.stop()).unwrap();
            });
            events.run_on_tokio().await.unwrap();
            posting.join().unwrap();
        });
    }
}

#[test]
fn a_busy_loop_leaves_time_to_other_tasks() {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            let events = Rc::new(Loop::new().unwrap());
            let (_here, there) = UnixStream::pair().unwrap();
            let calls = Rc::new(Cell::new(0_usize));
            let counts = calls.clone();
            // There is always room to write, so that it is always called.
            let always = Interest::WRITE | Interest::PERSIST;
            let fd = there.as_raw_fd();
            events.add(fd, always, None, move |_, _| counts.set(counts.get() + 1)).unwrap();
            let driving = tokio::task::spawn_local({
                let events = events.clone();
                async move { events.run_on_tokio().await }
            });
            tokio::time::sleep(SOON).await;
            assert!(calls.get() > 100, "{}", calls.get());
            events.stop();
            driving.await.unwrap().unwrap();
        });
    }
}

#[test]
fn the_future_may_be_dropped_and_the_loop_run_on() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let events = Loop::new().unwrap();
            let (mut there, count) = counted(&events);
            let driving = events.run_on_tokio();
            assert!(tokio::time::timeout(SOON, driving).await.is_err());
            there.write_all(b"x").unwrap();
            events.run_for(SOON).unwrap();
            assert_eq!(count.get(), 1);
            events.timer(SOON, false, |events, _| events.stop());
            events.run_on_tokio().await.unwrap();
        });
    }
}

#[test]
fn a_loop_is_driven_once_and_not_without_a_runtime() {
    let events = Loop::new().unwrap();
    let runtime = &runtimes()[0];
    runtime.block_on(async {
        let mut first = std::pin::pin!(events.run_on_tokio());
        let second = async {
            tokio::task::yield_now().await;
            events.run_on_tokio().await.unwrap_err()
        };
        let error =
            tokio::select! { biased; _ = &mut first => unreachable!(), error = second => error };
        assert!(error.get_ref().unwrap().is::<NestedRunError>());
    });
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut outside = std::pin::pin!(events.run_on_tokio());
    let polled = std::future::Future::poll(outside.as_mut(), &mut context);
    assert!(matches!(polled, std::task::Poll::Ready(Err(_))), "{polled:?}");
}

/// A file that lives on in a duplicate has the loop make its set of descriptors anew.
#[test]
fn what_comes_is_called_after_the_set_was_made_anew() {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            let events = Rc::new(Loop::new().unwrap());
            let (closed, mut other_end) = UnixStream::pair().unwrap();
            let _duplicate = closed.try_clone().unwrap();
            let reader = Interest::READ | Interest::PERSIST;
            let token = events.add(closed.as_raw_fd(), reader, None, |_, _| {}).unwrap();
            let driving = tokio::task::spawn_local({
                let events = events.clone();
                async move { events.run_on_tokio().await }
            });
            tokio::time::sleep(SOON).await;
            drop(closed);
            events.remove(token);
            other_end.write_all(b"a ghost").unwrap();
            tokio::time::sleep(SOON).await;
            let (mut there, count) = counted(&events);
            for sent in 1..=3 {
                there.write_all(b"x").unwrap();
                tokio::time::sleep(SOON).await;
                assert_eq!(count.get(), sent);
            }
            events.stop();
            driving.await.unwrap().unwrap();
        });
    }
}

#[test]
fn a_panic_of_a_callback_comes_out_and_the_loop_can_be_run_again() {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            let events = Rc::new(Loop::new().unwrap());
            events.timer(Duration::ZERO, false, |_, _| panic!("the callback's own"));
            let driving = tokio::task::spawn_local({
                let events = events.clone();
                async move { events.run_on_tokio().await }
            });
            assert!(driving.await.unwrap_err().is_panic());
            events.timer(Duration::ZERO, false, |events, _| events.stop());
            events.run_on_tokio().await.unwrap();
        });
    }
}

#[test]
fn a_loop_and_its_tasks_end_with_their_runtime() {
    let dropped = Rc::new(RefCell::new(()));
    for runtime in runtimes() {
        let local = LocalSet::new();
        let kept = dropped.clone();
        local.spawn_local(async move {
            let events = Loop::new().unwrap();
            events.timer(Duration::from_secs(60), false, move |_, _| drop(kept.borrow_mut()));
            events.run_on_tokio().await
        });
        runtime.block_on(local.run_until(async { tokio::time::sleep(SOON).await }));
        drop(local);
        drop(runtime);
    }
    assert_eq!(Rc::strong_count(&dropped), 1);
}

#[test]
fn a_timer_that_starts_while_another_task_runs_the_loop_is_called() {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            let events = Rc::new(Loop::new().unwrap());
            let (mut here, mut there) = UnixStream::pair().unwrap();
            let (fd, watch) = (here.as_raw_fd(), Interest::READ | Interest::PERSIST);
            let start = move |events: &Loop, _| {
                here.read_exact(&mut [0; 1]).unwrap();
                events.timer(SOON, false, |events, _| events.stop());
            };
            events.add(fd, watch, None, start).unwrap();
            let driving = tokio::task::spawn_local({
                let events = events.clone();
                async move { events.run_on_tokio().await }
            });
            tokio::time::sleep(SOON).await; // it sleeps now, for there is no timer
            there.write_all(b"x").unwrap();
            assert_eq!(events.run_once(Some(Duration::ZERO)).unwrap(), 1);
            let driven = tokio::time::timeout(Duration::from_secs(5), driving).await;
            driven.expect("the loop was woken for its timer").unwrap().unwrap();
        });
    }
}
