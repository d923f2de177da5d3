//! Groups: tables and callbacks that end together.
//!
//! Caught when taken out: the note of a member, the refusal of newcomers, the order of flag and list, the wait, the tidying.

use core::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use outlive::{Callback, Ended, Group, Held, WithError, ledger};
use outlive_tests::host::{Boxed, Door, Drops, hold, on_event};
use outlive_tests::keeper::Keeper;
use outlive_tests::wait::{until, without_deadlock};

type Event = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void) -> c_int>;

fn call(event: &Callback<Event>, value: c_int) -> c_int {
    // SAFETY: a callback takes any user data.
    unsafe { event.function().unwrap()(value, event.user_data()) }
}

#[test]
fn all_members_end_together_and_newcomers_are_refused() {
    let group = Group::new();
    let event = group.join(Callback::<Event>::new_or(-1, |value| value).unwrap()).unwrap();
    let tables: Vec<_> = (0..100).map(|_| group.join(hold(|_, value| value)).unwrap()).collect();
    let other = hold(|_, value| value);
    assert_eq!((call(&event, 5), tables[7].with(|_| ())), (5, Ok(())));
    assert_eq!(group.revoke(), Ended::Now);
    assert_eq!(call(&event, 5), -1);
    assert!(tables.iter().all(|table| table.with(|_| ()) == Err(WithError::Closed)));
    assert_eq!(other.with(|_| ()), Ok(()), "it has not joined");
    let refused = group.join(other).unwrap_err();
    assert!(refused.to_string().contains("the group is closing"), "{refused}");
    assert_eq!(refused.into_handle().with(|_| ()), Ok(()), "it is as it was");
    assert_eq!(group.revoke(), Ended::Now, "once more");
}

#[test]
fn members_may_be_over_before_and_their_slots_another_registrations() {
    let group = Group::new();
    for _ in 0..1000 {
        let held = group.join(hold(|_, value| value)).unwrap();
        // SAFETY: no C has it.
        assert_eq!(unsafe { held.release() }, Ended::Now);
    }
    let others: Vec<_> = (0..64).map(|_| hold(|_, value| value)).collect();
    let member = group.join(hold(|_, value| value)).unwrap();
    assert!(format!("{group:?}").len() < 10_000, "those that are over are forgotten");
    assert_eq!(group.revoke(), Ended::Now);
    assert!(others.iter().all(|other| other.with(|_| ()) == Ok(())), "none of them has joined");
    assert_eq!(member.with(|_| ()), Err(WithError::Closed));
}

#[test]
fn a_group_waits_for_the_calls_inside_of_its_members() {
    without_deadlock(|| {
        let (group, door, drops) = (Group::new(), Door::new(), Drops::default());
        let witness = drops.witness();
        let held = hold(move |_, value| {
            let _ = &witness;
            door.enter();
            value
        });
        let held = group.join(held).unwrap();
        let keeper = Keeper::of(&held);
        let job = keeper.start(7);
        door.wait_for(1);
        let opener = thread::spawn(move || {
            thread::sleep(std::time::Duration::from_millis(30));
            door.open();
        });
        assert_eq!((group.revoke(), drops.count()), (Ended::Now, 1));
        assert_eq!(job.join(), 7);
        opener.join().unwrap();
    });
}

#[test]
fn a_group_that_is_dropped_or_ended_inside_its_own_callback_does_not_wait() {
    for is_dropped in [false, true] {
        let group = Arc::new(Mutex::new(Some(Group::new())));
        let (own, drops) = (group.clone(), Drops::default());
        let witness = drops.witness();
        let held = hold(move |_, value| {
            let _ = &witness;
            let group = own.lock().unwrap().take();
            let ended = group.as_ref().filter(|_| !is_dropped).map(Group::revoke);
            drop(group);
            assert!(ended.is_none_or(|ended| ended == Ended::Later));
            value
        });
        let held = group.lock().unwrap().as_ref().unwrap().join(held).unwrap();
        let keeper = Keeper::of(&held);
        assert_eq!((keeper.call(7), drops.count()), (7, 1));
        assert_eq!(keeper.call(7), -1);
    }
}

#[test]
fn nothing_escapes_that_joins_while_the_group_ends() {
    for _ in 0..200 {
        let (group, begun) = (Group::new(), AtomicBool::new(false));
        let refused = AtomicUsize::new(0);
        let joined: Vec<Held<Boxed>> = thread::scope(|scope| {
            let joiner = scope.spawn(|| {
                let mut joined = Vec::new();
                loop {
                    begun.store(true, Ordering::SeqCst);
                    match group.join(hold(|_, value| value)) {
                        Ok(held) => joined.push(held),
                        Err(_) => break,
                    }
                }
                refused.fetch_add(1, Ordering::SeqCst);
                joined
            });
            until(|| begun.load(Ordering::SeqCst));
            assert_eq!(group.revoke(), Ended::Now);
            joiner.join().unwrap()
        });
        assert!(joined.iter().all(|held| held.with(|_| ()) == Err(WithError::Closed)));
        assert_eq!(refused.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_value_of_one_thread_ends_there_when_a_group_ends_elsewhere() {
    let (group, drops) = (Group::new(), Drops::default());
    let witness = drops.witness();
    let held = Held::local(on_event(move |_, value| {
        let _ = &witness;
        value
    }));
    let held = group.join(held.unwrap()).unwrap();
    let ended = thread::scope(|scope| scope.spawn(|| group.revoke()).join().unwrap());
    assert_eq!((ended, drops.count()), (Ended::Later, 0));
    let _ = ledger(); // an operation of its own thread
    assert_eq!((drops.count(), held.with(|_| ())), (1, Err(WithError::Closed)));
}
