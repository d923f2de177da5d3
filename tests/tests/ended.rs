//! A task awaits the end of a table, and is woken: no thread waits, and nobody polls.
//!
//! Caught when taken out: `wake_tasks` in `end.rs` (the tests hang, and the models say so), QUEUED in `tasks.rs` (a task
//! that looks often is kept as often), `above_c` around a waker.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Wake;
use std::thread;
use std::time::Duration;

use outlive::{Callback, Ended, Held};
use outlive_tests::host::{Door, hold, on_event};
use outlive_tests::keeper::Keeper;
use outlive_tests::wait::without_deadlock;

/// A waker that unparks the thread which made it, and counts.
struct Unpark(thread::Thread, AtomicUsize);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.unpark();
    }
}

/// Runs a future here. Its output, and how often it was polled.
fn block_on<T>(future: impl Future<Output = T>) -> (T, usize) {
    let unpark = Arc::new(Unpark(thread::current(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&unpark));
    let mut future = pin!(future);
    let mut polls = 0;
    loop {
        let woken = unpark.1.load(Ordering::SeqCst);
        polls += 1;
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (output, polls);
        }
        while unpark.1.load(Ordering::SeqCst) == woken {
            thread::park();
        }
    }
}

/// A call of C's on a thread of its own that stays inside until the door is opened.
fn call_that_stays(door: Door) -> (Held<outlive_tests::host::Boxed>, thread::JoinHandle<i32>) {
    let held = hold(move |_, value| {
        door.enter();
        value
    });
    let keeper = Keeper::of(&held);
    let calling = thread::spawn(move || keeper.call(3));
    door.wait_for(1);
    (held, calling)
}

#[test]
fn a_task_is_woken_when_the_last_call_has_left() {
    without_deadlock(|| {
        let door = Door::new();
        let (held, calling) = call_that_stays(door);
        assert_eq!(held.revoke_timeout(Duration::ZERO), Ended::Later);
        let opener = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            door.open();
        });
        let (ended, polls) = block_on(held.ended());
        assert_eq!(ended, Ended::Now);
        assert!(polls <= 3, "it was polled {polls} times");
        assert_eq!(calling.join().unwrap(), 3);
        opener.join().unwrap();
    });
}

#[test]
fn a_task_is_woken_by_whoever_ends_the_table() {
    without_deadlock(|| {
        let held = Held::new(on_event(|_, value| value)).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(20));
                assert_eq!(held.revoke(), Ended::Now);
            });
            assert_eq!(block_on(held.ended()).0, Ended::Now);
        });
    });
}

#[test]
fn what_is_over_needs_no_wakeup() {
    let callback = Callback::<unsafe extern "C" fn(*mut core::ffi::c_void)>::new(|| {}).unwrap();
    assert_eq!(callback.revoke(), Ended::Now);
    assert_eq!(block_on(callback.ended()), (Ended::Now, 1));
}

#[test]
fn a_task_that_looks_often_is_kept_once_and_let_go_by_the_end() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let unpark = Arc::new(Unpark(thread::current(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&unpark));
    {
        let mut future = pin!(held.ended());
        for _ in 0..100 {
            assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert!(Arc::strong_count(&unpark) <= 3, "{}", Arc::strong_count(&unpark));
    } // dropped: nobody awaits the end any more
    assert_eq!(held.revoke(), Ended::Now);
    drop(waker);
    assert_eq!(Arc::strong_count(&unpark), 1);
}

#[test]
fn the_last_waker_is_the_one_that_is_called() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let wakers = [(); 2].map(|()| Arc::new(Unpark(thread::current(), AtomicUsize::new(0))));
    let mut future = pin!(held.ended());
    for waker in &wakers {
        let waker = Waker::from(Arc::clone(waker));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(held.revoke(), Ended::Now);
    assert_eq!(wakers.map(|waker| waker.1.load(Ordering::SeqCst)), [0, 1]);
}

#[test]
fn a_task_on_its_own_thread_ends_what_was_left_to_it() {
    without_deadlock(|| {
        let drops = outlive_tests::host::Drops::default();
        let witness = drops.witness();
        let held = Held::local(on_event(move |call, value| {
            witness.assert_alive();
            assert_eq!(call.revoke(), Ended::Later);
            value
        }))
        .unwrap();
        assert_eq!(Keeper::of(&held).call(1), 1);
        assert_eq!(block_on(held.ended()).0, Ended::Now);
        assert_eq!(drops.count(), 1);
    });
}

/// A waker that does what an executor would not.
struct Rash(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Rash {
    fn wake(self: Arc<Self>) {
        if let Some(rash) = self.0.lock().unwrap().take() {
            rash();
        }
    }
}

#[test]
fn a_waker_that_panics_or_ends_another_table_harms_nobody() {
    without_deadlock(|| {
        let door = Door::new();
        let (other, calling) = call_that_stays(door);
        let other = Arc::new(other);
        let (tell, told) = mpsc::channel();
        let revoking = Arc::clone(&other);
        let rash: [Box<dyn FnOnce() + Send>; 2] = [
            Box::new(|| panic!("a waker's own")),
            Box::new(move || tell.send(revoking.revoke()).unwrap()),
        ];
        let held = Held::new(on_event(|_, value| value)).unwrap();
        let wakers = rash.map(|rash| Waker::from(Arc::new(Rash(Mutex::new(Some(rash))))));
        let mut futures = [Box::pin(held.ended()), Box::pin(held.ended())];
        for (future, waker) in futures.iter_mut().zip(&wakers) {
            assert!(future.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        }
        assert_eq!(held.revoke(), Ended::Now);
        assert_eq!(told.recv(), Ok(Ended::Later), "a waker does not wait for a call");
        door.open();
        assert_eq!(calling.join().unwrap(), 3);
        assert_eq!(block_on(other.ended()).0, Ended::Now);
    });
}

/// A waker that does something when it is dropped.
struct Parting(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Parting {
    fn waker(parting: impl FnOnce() + Send + 'static) -> Waker {
        Waker::from(Arc::new(Parting(Mutex::new(Some(Box::new(parting))))))
    }
}

impl Wake for Parting {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Parting {
    fn drop(&mut self) {
        if let Some(parting) = self.0.get_mut().unwrap().take() {
            parting();
        }
    }
}

#[test]
fn a_future_that_is_dropped_lets_go_of_its_waker() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let unpark = Arc::new(Unpark(thread::current(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&unpark));
    for _ in 0..1000 {
        let mut future = pin!(held.ended());
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(waker);
    assert_eq!(Arc::strong_count(&unpark), 1);
}

#[test]
fn a_waker_that_is_replaced_may_end_the_table_as_it_is_dropped() {
    without_deadlock(|| {
        let held = Arc::new(Held::new(on_event(|_, value| value)).unwrap());
        let ending = Arc::clone(&held);
        let waker = Parting::waker(move || assert_eq!(ending.revoke(), Ended::Now));
        let mut future = Box::pin(held.ended());
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker); // the future has it
        // The task is told of the end that this poll brings about.
        assert_eq!(block_on(future).0, Ended::Now);
    });
}

#[test]
fn a_waker_that_panics_as_it_is_dropped_stops_no_close() {
    without_deadlock(|| {
        let held = Held::new(on_event(|_, value| value)).unwrap();
        let waker = Parting::waker(|| panic!("a waker's own"));
        let mut future = Box::pin(held.ended());
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker); // the future has it
        assert_eq!(held.revoke(), Ended::Now);
        assert_eq!(block_on(future).0, Ended::Now);
    });
}

#[test]
fn the_future_of_a_table_for_all_threads_may_move_to_another() {
    fn moves<T: Send>(_: &T) {}
    let held = Held::new(on_event(|_, value| value)).unwrap();
    moves(&held.ended());
}
