//! Calls that another thread is to make: they are made once, or refused, and nobody waits for good.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

use crate::ended::Ended;
use crate::explore::explore;
use crate::handle::Kind;
use crate::host::Table;
use crate::inbox::Inbox;
use crate::platform::System;
use crate::primitive::{AtomicU32, Ordering};
use crate::settle::settle;
use crate::threads::{Thread, spawn};

/// What a thread sleeps on that has nothing else to do than to serve its inbox.
struct Bell(AtomicU32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Release);
        System::wake_all(&self.0);
    }
}

const LONG: Duration = Duration::from_secs(60);

fn inbox() -> (Inbox, Arc<Bell>) {
    let bell = Arc::new(Bell(AtomicU32::new(0)));
    (Inbox::open(Waker::from(Arc::clone(&bell)), LONG).unwrap(), bell)
}

/// A call of C's on another thread. Whether it was made.
fn call_elsewhere(table: &Table) -> Thread<bool> {
    let table = table.clone();
    spawn(move || table.deliver())
}

/// A thread that waits for calls makes each, and wakes its caller.
#[test]
fn a_call_is_made_by_the_thread_that_is_woken_for_it() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (inbox, bell) = inbox();
        let caller = call_elsewhere(&table);
        while inbox.serve() == 0 {
            System::park(&bell.0, 0, LONG);
        }
        assert_eq!(caller.join(), Some(true));
        assert_eq!(table.revoke(), Some(Ended::Now));
        table.finish();
    });
}

/// A thread that closes, and then waits for C's threads, does not make their calls: they are refused.
#[test]
fn a_close_refuses_a_call_that_was_not_made() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (inbox, _bell) = inbox();
        let caller = call_elsewhere(&table);
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(caller.join(), Some(false));
        assert_eq!(inbox.serve(), 0);
        table.finish();
    });
}

/// A call that comes while the thread serves, and closes, is made or refused.
#[test]
fn a_call_is_made_once_or_refused() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (inbox, _bell) = inbox();
        let caller = call_elsewhere(&table);
        let served = inbox.serve();
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(caller.join(), Some(served == 1));
        table.finish();
    });
}

/// An inbox that is dropped refuses what is in it, and what comes later.
#[test]
fn a_dropped_inbox_refuses_the_calls_that_wait() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (inbox, _bell) = inbox();
        let caller = call_elsewhere(&table);
        drop(inbox);
        assert_eq!(caller.join(), Some(false));
        assert_eq!(table.revoke(), Some(Ended::Now));
        table.finish();
    });
}

/// Two callers and a close.
#[test]
fn a_close_refuses_all_who_wait() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (_inbox, _bell) = inbox();
        let callers = [call_elsewhere(&table), call_elsewhere(&table)];
        assert_eq!(table.revoke(), Some(Ended::Now));
        for caller in callers {
            assert_eq!(caller.join(), Some(false));
        }
        table.finish();
    });
}

/// A close that waits for a call inside has refused those in the inbox before: the call may wait for one of them.
#[test]
fn a_close_refuses_who_waits_before_it_waits_itself() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let (_inbox, _bell) = inbox();
        let inside = table.enter().unwrap();
        let caller = call_elsewhere(&table);
        let closer = spawn({
            let table = table.clone();
            move || {
                table.revoke();
            }
        });
        // What a callback does that has C end its threads.
        assert_eq!(caller.join(), Some(false));
        inside.leave();
        closer.join();
        settle();
        table.finish();
    });
}
