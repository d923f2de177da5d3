//! What the tests share: datagram pairs, a log, and a bounded drain.
#![allow(dead_code)]

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use outlive_loop::{Interest, Loop};

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub use system::*;

pub const READ_PERSIST: Interest = Interest::READ.union(Interest::PERSIST);
pub const WRITE_PERSIST: Interest = Interest::WRITE.union(Interest::PERSIST);
pub const ZERO: Option<Duration> = Some(Duration::ZERO);

/// A pair of datagram sockets that do not block, the first one shareable among callbacks.
pub fn pair() -> (Rc<Datagram>, Datagram) {
    let (a, b) = datagrams();
    a.set_nonblocking(true).unwrap();
    b.set_nonblocking(true).unwrap();
    (Rc::new(a), b)
}

/// Sends until the socket is full. Those of Windows never are.
#[cfg(unix)]
pub fn fill(socket: &Datagram) {
    loop {
        match socket.send(&[0; 512]) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
            Err(error) => panic!("cannot fill: {error}"),
        }
    }
}

/// Writes until the stream stays full; how many bytes.
pub fn fill_stream(mut stream: &Stream) -> usize {
    stream.set_nonblocking(true).unwrap();
    let (mut length, mut refused) = (0, 0);
    while refused < 5 {
        match stream.write(&[0; 4096]) {
            Ok(count) => (length, refused) = (length + count, 0),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                // What was written may still be on its way.
                refused += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("cannot fill: {error}"),
        }
    }
    length
}

/// Runs what is ready until nothing is; the number of calls.
pub fn drain(events: &Loop) -> usize {
    let mut calls = 0;
    for _ in 0..10_000 {
        match events.run_once(ZERO).unwrap() {
            0 => return calls,
            more => calls += more,
        }
    }
    panic!("still not idle after {calls} calls");
}

/// Runs a few turns, for watchers that stay ready.
pub fn turns(events: &Loop, count: usize) -> usize {
    (0..count).map(|_| events.run_once(ZERO).unwrap()).sum()
}

/// What happened, in order.
pub struct Log<T>(Rc<RefCell<Vec<T>>>);

impl<T> Log<T> {
    pub fn new() -> Self {
        Log(Rc::new(RefCell::new(Vec::new())))
    }

    pub fn push(&self, entry: T) {
        self.0.borrow_mut().push(entry);
    }

    /// What happened since the last time.
    pub fn take(&self) -> Vec<T> {
        self.0.take()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Log(self.0.clone())
    }
}
