//! One table, called by some threads and ended by others: what may come.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use arbitrary::Arbitrary;
use outlive::{Ended, Held, Threads};

use crate::c_side::{Pointer, REFUSED};
use crate::host::{Body, ByArg, Table};
use crate::model::Member;

const NUMBER: i32 = 1000;
/// Calls of a thread, at most.
const CALLS: u8 = 40;

/// Threads that start together.
#[derive(Arbitrary, Debug)]
pub struct Race {
    exclusive: bool,
    callers: Vec<u8>,
    closers: Vec<Closer>,
    last: Last,
}

/// One that ends the table while others call, after so many turns.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Closer {
    after: u8,
    limited: bool,
}

/// What takes the handle in the end.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Last {
    /// With the callers still at work.
    Release { after: u8 },
    /// With the callers still at work, when the value is gone.
    RevokeAndRelease,
    /// When they have gone, and their calls were counted.
    Count,
}

/// What a caller saw.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    served: u64,
    refused: u64,
}

impl Race {
    pub fn run(self) {
        let drops = Arc::new(AtomicU32::new(0));
        let body = ByArg(Body::new(NUMBER, &drops));
        if self.exclusive {
            self.race(Held::exclusive(body).unwrap(), &drops);
        } else {
            self.race(Held::new(body).unwrap(), &drops);
        }
    }

    fn race<K: Threads + 'static>(self, held: Held<ByArg, K>, drops: &AtomicU32)
    where
        Held<ByArg, K>: Send + Sync,
    {
        let callers = &self.callers[..self.callers.len().min(3)];
        let closers = &self.closers[..self.closers.len().min(2)];
        let (pointer, id) = (held.pointer(), Table::id(&held));
        let start = Barrier::new(callers.len() + closers.len() + 1);
        thread::scope(|scope| {
            let call_in_turn = |calls: &u8| {
                let (start, calls) = (&start, calls % CALLS);
                scope.spawn(move || {
                    start.wait();
                    call(pointer, calls, self.exclusive)
                })
            };
            let callers: Vec<_> = callers.iter().map(call_in_turn).collect();
            thread::scope(|scope| {
                let close_in_turn = |closer: &Closer| {
                    let (held, start, closer) = (&held, &start, *closer);
                    scope.spawn(move || {
                        start.wait();
                        close(held, closer, pointer, drops);
                    })
                };
                let closers: Vec<_> = closers.iter().map(close_in_turn).collect();
                start.wait();
                // A scope's end does not wait for what a thread frees last: LeakSanitizer minds.
                closers.into_iter().for_each(|closer| closer.join().unwrap());
            });
            let mut callers = Some(callers);
            let mut join =
                || callers.take().into_iter().flatten().map(|caller| caller.join().unwrap());
            match self.last {
                Last::Release { after } => turns(after),
                Last::RevokeAndRelease => {
                    assert_eq!(held.revoke(), Ended::Now);
                    assert_eq!(drops.load(Ordering::SeqCst), 1);
                }
                Last::Count => {
                    let sum = join().fold(Seen::default(), |sum, seen| Seen {
                        served: sum.served + seen.served,
                        refused: sum.refused + seen.refused,
                    });
                    let late = closers.len() as u64;
                    count(id, sum.served, sum.refused + late);
                }
            }
            assert_eq!(Box::new(held).release(), Ended::Now);
            assert_eq!(drops.load(Ordering::SeqCst), 1, "the value has ended, once");
            assert_eq!(pointer.call(Member::Event, 1, false), REFUSED);
            join().for_each(drop);
        });
        assert_eq!(drops.load(Ordering::SeqCst), 1);
        let ledger = outlive::ledger();
        assert!(ledger.tables.iter().all(|entry| entry.id != id), "{ledger}");
    }
}

/// Calls so often. Once a shared table has refused a call, it serves none any more.
fn call(pointer: Pointer, calls: u8, exclusive: bool) -> Seen {
    let mut seen = Seen::default();
    for value in 0..i32::from(calls) {
        match pointer.call(Member::Event, value, false) {
            REFUSED => seen.refused += 1,
            result => {
                assert_eq!(result, value + NUMBER);
                assert!(exclusive || seen.refused == 0, "served after the end");
                seen.served += 1;
            }
        }
    }
    seen
}

/// Ends the table, from outside, and calls it once.
fn close<K: Threads + 'static>(
    held: &Held<ByArg, K>,
    closer: Closer,
    pointer: Pointer,
    drops: &AtomicU32,
) {
    turns(closer.after);
    let ended = if closer.limited { Table::revoke_timeout(held) } else { Table::revoke(held) };
    if !closer.limited {
        assert_eq!(ended, Ended::Now);
    }
    if ended == Ended::Now {
        assert_eq!(drops.load(Ordering::SeqCst), 1, "ended now means that the value is gone");
    }
    assert_eq!(pointer.call(Member::Event, 1, false), REFUSED);
}

/// Lets so much time pass that others get on a little: not a yield, which may take long where
/// others wait for the processor.
fn turns(count: u8) {
    for _ in 0..u32::from(count) * 16 {
        core::hint::spin_loop();
    }
}

/// The ledger has counted the calls as those who made them did.
fn count(id: u64, served: u64, refused: u64) {
    let ledger = outlive::ledger();
    let entry = ledger.tables.iter().find(|entry| entry.id == id).unwrap();
    assert_eq!((entry.served, entry.refused), (Some(served), refused), "{entry}");
}
