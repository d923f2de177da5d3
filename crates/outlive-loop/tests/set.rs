//! Watchers that end with their owner.

mod common;

use std::rc::Rc;
use std::time::Duration;

use common::{Log, READ_PERSIST, drain, fd, pair, turns};
use outlive_loop::{Loop, WatcherSet};

#[test]
fn the_watchers_of_a_set_end_with_it_and_others_go_on() {
    let events = Rc::new(Loop::new().unwrap());
    let (here, there) = pair();
    there.send(b"x").unwrap(); // never read
    let log = Log::new();
    let add = |name: &'static str| {
        let into = log.clone();
        move |_: &Loop, _: outlive_loop::Event| into.push(name)
    };
    let set = WatcherSet::new(events.clone());
    set.add(fd(&here), READ_PERSIST, None, add("set")).unwrap();
    set.timer(Duration::ZERO, true, add("set"));
    let other = WatcherSet::new(events.clone());
    other.add(fd(&here), READ_PERSIST, None, add("other")).unwrap();
    events.add(fd(&here), READ_PERSIST, None, add("loop")).unwrap();
    assert!(turns(&events, 6) >= 6);
    assert!(log.take().contains(&"set"));
    assert_eq!((set.len(), other.len(), events.len()), (2, 1, 4));
    drop(set);
    assert_eq!(turns(&events, 6), 6);
    let log = log.take();
    assert!(!log.contains(&"set") && log.contains(&"other") && log.contains(&"loop"), "{log:?}");
    assert_eq!(events.len(), 2);
}

#[test]
fn a_set_removes_its_own_watchers_and_no_others() {
    let events = Rc::new(Loop::new().unwrap());
    let (one, two) = (WatcherSet::new(events.clone()), WatcherSet::new(events.clone()));
    let far = Duration::from_secs(1000);
    let tokens: Vec<_> = (0..5).map(|_| one.timer(far, false, |_, _| {})).collect();
    let own = events.timer(far, false, |_, _| {});
    for token in [tokens[2], own] {
        assert!(!two.remove(token), "of another");
        assert!(!two.contains(token) && events.contains(token));
    }
    for place in [2, 0, 4] {
        assert!(one.remove(tokens[place]));
        assert!(!one.remove(tokens[place]), "removed twice");
    }
    assert!(events.remove(tokens[1]), "the loop knows all");
    assert_eq!((one.len(), two.is_empty(), events.len()), (1, true, 2));
    drop(one);
    assert_eq!(events.len(), 1);
}

#[test]
fn a_set_may_end_in_a_callback_of_its_own() {
    let events = Rc::new(Loop::new().unwrap());
    let (here, there) = pair();
    there.send(b"x").unwrap();
    let set = WatcherSet::new(events.clone());
    let owner = Rc::new(std::cell::RefCell::new(None));
    for _ in 0..3 {
        let own = owner.clone();
        set.add(fd(&here), READ_PERSIST, None, move |_, _| drop(own.take())).unwrap();
    }
    owner.replace(Some(set));
    assert_eq!(drain(&events), 1);
    assert!(events.is_empty());
    assert_eq!(Rc::strong_count(&owner), 1, "the callbacks are dropped");
}

/// Uses the loop, and the set that it was in, when it is dropped.
struct UsesLoop(std::rc::Weak<Loop>);

impl Drop for UsesLoop {
    fn drop(&mut self) {
        if let Some(events) = self.0.upgrade() {
            events.timer(Duration::from_secs(1000), false, |_, _| {});
        }
    }
}

#[test]
fn what_the_callbacks_of_a_set_own_may_use_the_loop_when_it_is_dropped() {
    let events = Rc::new(Loop::new().unwrap());
    let set = WatcherSet::new(events.clone());
    for _ in 0..3 {
        let owned = UsesLoop(Rc::downgrade(&events));
        set.timer(Duration::from_secs(1000), false, move |_, _| {
            let _ = &owned;
        });
    }
    drop(set);
    assert_eq!(events.len(), 3, "each drop has added one");
}
