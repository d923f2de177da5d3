//! Adding and removing, from anywhere.

mod common;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use common::{Log, READ_PERSIST, WRITE_PERSIST, drain, fd, pair, turns};
use outlive_loop::{Interest, Loop, Token};

#[test]
fn a_watcher_can_remove_itself_and_its_callback_lives_until_it_returns() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let alive = Rc::new(());
    let (watch, inside) = (Rc::downgrade(&alive), Log::new());
    let into = inside.clone();
    let weak = watch.clone();
    events
        .add(fd(&here), READ_PERSIST, None, move |events, event| {
            assert!(events.remove(event.token));
            assert!(!events.contains(event.token));
            into.push(weak.strong_count());
            let _ = &alive;
        })
        .unwrap();
    assert_eq!(drain(&events), 1);
    assert_eq!(inside.take(), [1], "alive while it ran");
    assert_eq!(watch.strong_count(), 0, "and dropped after");
}

#[test]
fn a_timer_can_remove_itself() {
    let events = Loop::new().unwrap();
    events.timer(Duration::ZERO, true, |events, event| assert!(events.remove(event.token)));
    events.run_once(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(events.run_once(Some(Duration::from_millis(20))).unwrap(), 0);
    assert!(events.is_empty());
}

#[test]
fn a_ready_watcher_that_another_callback_removes_is_not_called_any_more() {
    let events = Loop::new().unwrap();
    let sockets = [pair(), pair()];
    let tokens: Rc<RefCell<Vec<Token>>> = Rc::default();
    let log = Log::new();
    for (own, (here, there)) in sockets.iter().enumerate() {
        there.send(b"x").unwrap();
        let (tokens_of_all, into) = (tokens.clone(), log.clone());
        let token = events
            .add(fd(here), READ_PERSIST, None, move |events, _| {
                into.push(own);
                assert!(events.remove(tokens_of_all.borrow()[1 - own]));
                assert!(events.remove(tokens_of_all.borrow()[own]));
            })
            .unwrap();
        tokens.borrow_mut().push(token);
    }
    assert_eq!(drain(&events), 1);
    assert_eq!(log.take().len(), 1);
}

#[test]
fn a_ready_watcher_of_the_same_descriptor_that_is_removed_is_not_called_any_more() {
    let events = Loop::new().unwrap();
    let (here, _there) = pair();
    let second = Rc::new(Cell::new(None));
    let other = second.clone();
    events
        .add(fd(&here), Interest::WRITE, None, move |events, _| {
            assert!(events.remove(other.get().unwrap()));
        })
        .unwrap();
    let token = events.add(fd(&here), WRITE_PERSIST, None, |_, _| panic!("removed")).unwrap();
    second.set(Some(token));
    assert_eq!(drain(&events), 1);
}

#[test]
fn a_due_timer_that_another_timer_removes_is_not_called_any_more() {
    let events = Loop::new().unwrap();
    let tokens: Rc<RefCell<Vec<Token>>> = Rc::default();
    for own in 0..2 {
        let all = tokens.clone();
        let token = events.timer(Duration::from_millis(1), false, move |events, _| {
            assert!(events.remove(all.borrow()[1 - own]));
        });
        tokens.borrow_mut().push(token);
    }
    std::thread::sleep(Duration::from_millis(5));
    assert_eq!(drain(&events), 1);
}

#[test]
fn what_a_callback_adds_waits_for_the_next_turn() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let log = Log::new();
    let (into, socket) = (log.clone(), here.clone());
    events
        .add(fd(&here), Interest::READ, None, move |events, _| {
            into.push("first");
            let inner = into.clone();
            events.timer(Duration::ZERO, false, move |_, _| inner.push("timer"));
            let inner = into.clone();
            events
                .add(fd(&socket), Interest::READ, None, move |_, _| inner.push("second"))
                .unwrap();
            into.push("returned");
        })
        .unwrap();
    assert_eq!(events.run_once(None).unwrap(), 1);
    assert_eq!(log.take(), ["first", "returned"]);
    assert_eq!(drain(&events), 2);
    assert_eq!(log.take(), ["second", "timer"]);
}

#[test]
fn a_one_shot_that_adds_itself_again_is_called_for_each_datagram() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let log = Log::new();
    fn again(events: &Loop, socket: Rc<common::Datagram>, log: Log<u8>) {
        let number = fd(&socket);
        let callback = move |events: &Loop, event: outlive_loop::Event| {
            let mut byte = [0];
            socket.recv(&mut byte).expect("called without a datagram");
            log.push(byte[0]);
            assert!(events.remove(event.token));
            again(events, socket.clone(), log.clone());
        };
        events.add(number, Interest::READ, None, callback).unwrap();
    }
    again(&events, here, log.clone());
    for byte in 0..20 {
        there.send(&[byte]).unwrap();
        assert_eq!(drain(&events), 1);
    }
    assert_eq!(log.take(), (0..20).collect::<Vec<u8>>());
    assert_eq!(events.len(), 1);
}

#[test]
fn a_spent_one_shot_is_known_until_it_is_removed_and_not_after() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let shot = events.add(fd(&here), Interest::READ, None, |_, _| {}).unwrap();
    let timer = events.timer(Duration::ZERO, false, |_, _| {});
    drain(&events);
    events.run_once(Some(Duration::from_millis(20))).unwrap();
    for spent in [shot, timer] {
        assert!(events.contains(spent));
        assert!(events.remove(spent));
        assert!(!events.contains(spent));
        assert!(!events.remove(spent), "removed twice is recognised");
    }
}

#[test]
fn a_one_shot_can_be_removed_in_its_own_callback() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let remove = |events: &Loop, event: outlive_loop::Event| assert!(events.remove(event.token));
    events.add(fd(&here), Interest::READ, None, remove).unwrap();
    events.timer(Duration::ZERO, false, remove);
    turns(&events, 4);
    std::thread::sleep(Duration::from_millis(2));
    drain(&events);
    assert!(events.is_empty());
}

#[test]
fn tokens_are_never_null_never_used_twice_and_invented_ones_are_recognised() {
    let events = Loop::new().unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3000 {
        let token = events.timer(Duration::from_secs(1000), false, |_, _| {});
        assert!(!token.is_null());
        assert!(seen.insert(token));
        if seen.len() % 2 == 0 {
            assert!(events.remove(token));
        }
    }
    let others = Loop::new().unwrap();
    let foreign = others.timer(Duration::from_secs(1000), false, |_, _| {});
    let invented = Token::from_ptr(std::ptr::without_provenance(0xdead_beef_0000));
    for token in [foreign, invented, Token::from_ptr(std::ptr::null())] {
        assert!(!events.remove(token));
    }
    assert_eq!(events.len(), 1500);
    assert!(others.contains(foreign));
}

/// Uses the loop when it is dropped.
struct RemovesOnDrop(Weak<Loop>, Token);

impl Drop for RemovesOnDrop {
    fn drop(&mut self) {
        if let Some(events) = self.0.upgrade() {
            assert!(events.remove(self.1));
            events.timer(Duration::from_secs(1000), false, |_, _| {});
        }
    }
}

#[test]
fn what_a_callback_owns_may_use_the_loop_when_it_is_dropped() {
    let events = Rc::new(Loop::new().unwrap());
    let (here, there) = pair();
    let own = |events: &Rc<Loop>| {
        let other = events.timer(Duration::from_secs(1000), false, |_, _| {});
        RemovesOnDrop(Rc::downgrade(events), other)
    };
    let owned = own(&events);
    let outside = events
        .add(fd(&here), READ_PERSIST, None, move |_, _| {
            let _ = &owned;
        })
        .unwrap();
    assert!(events.remove(outside));

    let owned = own(&events);
    there.send(b"x").unwrap();
    events
        .add(fd(&here), READ_PERSIST, None, move |events, event| {
            let _ = &owned;
            assert!(events.remove(event.token));
        })
        .unwrap();
    assert_eq!(drain(&events), 1);

    let owned = own(&events);
    let refused = events.add(!0, READ_PERSIST, None, move |_, _| {
        let _ = &owned;
    });
    assert!(refused.is_err());
    assert_eq!(events.len(), 3, "each drop removed one timer and added one");

    let owned = own(&events);
    events.timer(Duration::from_secs(1000), false, move |_, _| {
        let _ = &owned;
    });
    drop(events); // drops the last one, whose loop is gone by then
}
