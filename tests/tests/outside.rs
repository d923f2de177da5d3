//! Code that must not run in a callback: knowing that one is inside, and running outside.
//!
//! Caught when taken out: the look at `is_inside`, the thread.

use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use outlive::{Ended, Held, Outside, is_inside, outside};
use outlive_tests::host::{Boxed, hold};
use outlive_tests::keeper::Keeper;
use outlive_tests::wait::{until, without_deadlock};

/// Notes whether it was dropped inside.
struct Noting(Arc<AtomicI32>);

impl Drop for Noting {
    fn drop(&mut self) {
        self.0.store(if is_inside() { 1 } else { 2 }, Ordering::SeqCst);
    }
}

#[test]
fn a_callback_is_inside_and_its_caller_is_not() {
    assert!(!is_inside());
    let other = hold(|_, _| c_int::from(is_inside()));
    let of_other = Keeper::of(&other);
    let held = hold(move |_, value| of_other.call(value) + c_int::from(is_inside()));
    let keeper = Keeper::of(&held);
    assert_eq!((keeper.call(1), is_inside()), (2, false));
    assert_eq!(held.with(|_| is_inside()), Ok(true));
    assert!(!is_inside());
}

#[test]
fn a_destructor_is_inside_if_its_closer_is() {
    let noted = Arc::new(AtomicI32::new(0));
    let noting = Noting(noted.clone());
    let held = hold(move |_, value| {
        let _ = &noting;
        value
    });
    assert_eq!((held.revoke(), noted.load(Ordering::SeqCst)), (Ended::Now, 2));
    let noting = Noting(noted.clone());
    let ended = hold(move |_, value| {
        let _ = &noting;
        value
    });
    let ended = Mutex::new(Some(ended));
    let held = hold(move |_, value| {
        drop(ended.lock().unwrap().take());
        value
    });
    assert_eq!((Keeper::of(&held).call(1), noted.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn what_is_to_run_outside_runs_at_once_there() {
    let this = thread::current().id();
    let ran = Arc::new(AtomicBool::new(false));
    let flag = ran.clone();
    let place = outside(move || {
        assert_eq!(thread::current().id(), this);
        flag.store(true, Ordering::SeqCst);
    });
    assert!(matches!(place, Ok(Outside::Here)) && ran.load(Ordering::SeqCst));
}

/// As a stop function of C's does that joins the thread on which it is called.
#[test]
fn a_callback_may_have_its_own_thread_joined() {
    without_deadlock(|| {
        let (own, stopped) = (Arc::new(Mutex::new(None)), Arc::new(AtomicI32::new(0)));
        let (caller, result) = (own.clone(), stopped.clone());
        let held = hold(move |_, value| {
            let take = || caller.lock().unwrap().take();
            until(|| caller.lock().unwrap().is_some());
            let (thread, result): (JoinHandle<c_int>, _) = (take().unwrap(), result.clone());
            let place = outside(move || {
                assert!(!is_inside());
                result.store(thread.join().unwrap(), Ordering::SeqCst);
            });
            assert!(matches!(place, Ok(Outside::Elsewhere(_))));
            value
        });
        let keeper = Keeper::of(&held);
        *own.lock().unwrap() = Some(thread::spawn(move || keeper.call(7)));
        until(|| stopped.load(Ordering::SeqCst) == 7);
    });
}

#[test]
fn a_table_that_is_ended_outside_of_its_own_callback_is_waited_for() {
    without_deadlock(|| {
        let own = Arc::new(Mutex::new(None::<Held<Boxed>>));
        let (to, ended) = (own.clone(), Arc::new(AtomicBool::new(false)));
        let flag = ended.clone();
        let held = hold(move |_, value| {
            let (held, flag) = (to.lock().unwrap().take().unwrap(), flag.clone());
            let place = outside(move || flag.store(held.revoke() == Ended::Now, Ordering::SeqCst));
            assert!(matches!(place, Ok(Outside::Elsewhere(_))));
            value
        });
        let keeper = Keeper::of(&held);
        *own.lock().unwrap() = Some(held);
        assert_eq!(keeper.call(4), 4);
        until(|| ended.load(Ordering::SeqCst));
        assert_eq!(keeper.call(4), -1);
    });
}
