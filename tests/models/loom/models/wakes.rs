//! Who sleeps is woken. A wake-up that is lost is a deadlock, for no sleep of the machine ends by itself.

use core::task::{Poll, Waker};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::task::Wake;

use crate::ended::Ended;
use crate::explore::{explore, run};
use crate::handle::Kind;
use crate::host::{Table, here};
use crate::threads::spawn;

/// The last call out wakes the closer that waits for it.
#[test]
fn a_closer_that_sleeps_is_woken_by_the_last_call_out() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        let [one, other] = [table.enter().unwrap(), table.enter().unwrap()];
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        one.leave();
        other.leave();
        closer.join();
        table.finish();
    });
}

/// Two closers sleep on one registration: the end wakes both.
#[test]
fn all_closers_that_sleep_are_woken() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        let closers = [(); 2].map(|()| {
            let table = table.clone();
            spawn(move || assert_eq!(table.revoke(), Some(Ended::Now)))
        });
        inside.leave();
        closers.into_iter().for_each(|closer| {
            closer.join();
        });
        table.finish();
    });
}

/// A closer that waits for another one's take is woken when the value is parked.
#[test]
fn a_closer_is_woken_when_another_gives_the_close_up() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        table.host.expect_to_stay();
        let inside = table.enter().unwrap();
        let taker = spawn({
            let table = table.clone();
            move || {
                other.call_and(|| {
                    table.take();
                })
            }
        });
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        inside.leave();
        taker.join();
        closer.join();
        table.finish();
    });
}

/// A closer that waits for another one which leaves the value to a call.
#[test]
fn a_closer_is_woken_when_another_defers_the_end() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let inside = table.enter().unwrap();
        let deferrer = spawn({
            let table = table.clone();
            move || {
                other.call_and(|| {
                    table.revoke();
                })
            }
        });
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        inside.leave();
        deferrer.join();
        closer.join();
        table.finish();
    });
}

/// A closer that has seen a late call does not wait for it when the last call that was in time has ended the value.
#[test]
fn a_closer_does_not_wait_for_a_late_call_once_the_value_has_ended() {
    explore(|| {
        super::take_every_record();
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        assert_eq!(table.revoke_within(std::time::Duration::ZERO), Some(Ended::Later));
        let late = spawn({
            let table = table.clone();
            move || assert!(!table.call())
        });
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        inside.leave();
        late.join();
        closer.join();
        table.finish();
    });
}

/// A closer is woken by a call that is counted in the slot.
#[test]
fn a_closer_is_woken_by_a_counted_call() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        other.host.expect_several_calls();
        let outer = [other.enter().unwrap(), other.enter().unwrap()];
        let inside = table.enter().unwrap();
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        inside.leave();
        closer.join();
        drop(outer);
        table.finish();
    });
}

/// A closer that waits for another one is woken when that keeps a value that was leaked.
#[test]
fn all_closers_of_a_leaked_value_are_woken() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        let guests = [(); 2].map(|()| table.guest().unwrap());
        assert!(table.leak());
        let closers =
            guests.map(|guest| spawn(move || assert_eq!(guest.revoke(here()), Ended::Now)));
        inside.leave();
        closers.into_iter().for_each(|closer| {
            closer.join();
        });
        assert_eq!(table.host.ended(), 0);
    });
}

/// A waker that says how often it was called.
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A task that looks once at the end of `table` while `others` run, and then must be woken, if it has not seen the end.
fn a_task_is_woken_beside(table: &Table, others: impl FnOnce()) {
    let bell = Arc::new(Bell(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&bell));
    let guest = table.guest().unwrap();
    let mut task = None;
    let early = guest.poll_ended(&mut task, &waker);
    others();
    match early {
        Poll::Ready(ended) => assert_eq!(ended, Ended::Now),
        Poll::Pending => {
            assert_ne!(bell.0.load(SeqCst), 0, "the wake-up is lost");
            assert_eq!(guest.poll_ended(&mut task, &waker), Poll::Ready(Ended::Now));
        }
    }
    drop((guest, task, waker));
    assert_eq!(Arc::strong_count(&bell), 1, "the waker is kept");
}

/// The last call out of a registration whose end was deferred wakes the task that awaits it.
#[test]
fn a_task_is_woken_by_the_last_call_out() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        assert_eq!(table.revoke_within(std::time::Duration::ZERO), Some(Ended::Later));
        let leaver = spawn(move || inside.leave());
        a_task_is_woken_beside(&table, || {
            leaver.join();
        });
        table.finish();
    });
}

/// A task that looks while another thread closes, and waits for a call, is woken by the end.
#[test]
fn a_task_is_woken_by_a_closer() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        a_task_is_woken_beside(&table, || {
            closer.join();
        });
        table.finish();
    });
}

/// Two tasks, and a thread that sleeps, await the same end.
#[test]
fn all_tasks_are_woken_and_those_who_sleep() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        assert_eq!(table.revoke_within(std::time::Duration::ZERO), Some(Ended::Later));
        let other = spawn({
            let table = table.clone();
            move || {
                let bell = Arc::new(Bell(AtomicUsize::new(0)));
                let waker = Waker::from(Arc::clone(&bell));
                let early = table.guest().unwrap().poll_ended(&mut None, &waker);
                (bell, early)
            }
        });
        a_task_is_woken_beside(&table, || {
            inside.leave();
            let (bell, early) = other.join().unwrap();
            assert!(early.is_ready() || bell.0.load(SeqCst) != 0, "the other's wake-up is lost");
        });
        table.finish();
    });
}

/// A task that was woken by a change, and has looked again, is woken by the next one, too.
#[test]
fn a_task_that_looks_again_is_woken_again() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        let bell = Arc::new(Bell(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&bell));
        let guest = table.guest().unwrap();
        let mut task = None;
        assert!(guest.poll_ended(&mut task, &waker).is_pending());
        assert_eq!(table.revoke_within(std::time::Duration::ZERO), Some(Ended::Later));
        let woken = bell.0.load(SeqCst);
        assert_ne!(woken, 0, "a close is a change");
        assert!(guest.poll_ended(&mut task, &waker).is_pending());
        inside.leave();
        assert!(bell.0.load(SeqCst) > woken, "the second wake-up is lost");
        assert_eq!(guest.poll_ended(&mut task, &waker), Poll::Ready(Ended::Now));
        drop(guest);
        table.finish();
    });
}

/// A task that comes while another one is being woken is woken by the next change.
#[test]
fn a_task_that_comes_while_another_is_woken_is_not_overlooked() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        let guest = table.guest().unwrap();
        let early = Waker::from(Arc::new(Bell(AtomicUsize::new(0))));
        assert!(guest.poll_ended(&mut None, &early).is_pending());
        let closer = spawn({
            let table = table.clone();
            move || table.revoke_within(std::time::Duration::ZERO)
        });
        let bell = Arc::new(Bell(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&bell));
        let mut task = None;
        assert!(guest.poll_ended(&mut task, &waker).is_pending());
        closer.join();
        inside.leave();
        assert_ne!(bell.0.load(SeqCst), 0, "the wake-up is lost");
        assert_eq!(guest.poll_ended(&mut task, &waker), Poll::Ready(Ended::Now));
        drop(guest);
        table.finish();
    });
}
