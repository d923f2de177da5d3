//! A socket that is closed while it is watched, in a process where nobody else takes its number.

mod common;

use std::rc::Rc;
use std::time::{Duration, Instant};

use common::{READ_PERSIST, fd, pair};
use outlive_loop::{Loop, WatchError};

#[test]
fn a_watcher_of_a_closed_socket_is_silent_and_does_not_keep_the_loop_busy() {
    let events = Loop::new().unwrap();
    let (here, there) = pair();
    let number = fd(&here);
    let watcher = events.add(number, READ_PERSIST, None, |_, _| panic!("closed")).unwrap();
    there.send(b"x").unwrap();
    drop(Rc::try_unwrap(here).unwrap());

    let start = Instant::now();
    let cpu = common::cpu_time();
    assert_eq!(events.run_once(Some(Duration::from_millis(300))).unwrap(), 0);
    assert!(start.elapsed() >= Duration::from_millis(300), "it waited");
    assert!(common::cpu_time() - cpu < Duration::from_millis(150), "it slept");

    let refused = events.add(number, READ_PERSIST, None, |_, _| {}).unwrap_err();
    assert!(matches!(refused, WatchError::NotOpen(n) if n == number), "{refused}");
    assert!(events.remove(watcher), "its token is still good");
}
