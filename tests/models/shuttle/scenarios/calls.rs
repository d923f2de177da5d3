//! Calls by every way in, against one close.

use super::{join, threads};
use crate::ended::Ended;
use crate::explore::explore;
use crate::handle::Kind;
use crate::host::{Table, incidents};
use crate::incident::IncidentKind;
use crate::primitive::yield_now;
use crate::report::missed_incidents;
use crate::threads::spawn;

/// Calls `table` from inside `depth` calls of another: whether it was admitted.
fn nest(other: &Table, depth: usize, table: &Table) -> bool {
    if depth == 0 {
        return table.call_and(yield_now);
    }
    let outer = other.enter();
    let admitted = nest(other, depth - 1, table);
    if let Some(outer) = outer {
        outer.leave();
    }
    admitted
}

/// G4: a close waits for what is inside: by the first way, by a cell and, when other registrations' calls have taken all
/// cells, by the count.
#[test]
fn a_close_waits_for_nested_calls_of_three_threads() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        table.host.expect_several_calls();
        other.host.expect_several_calls();
        let callers: Vec<_> = (0..3)
            .map(|depth| {
                let (table, other) = (table.clone(), other.clone());
                spawn(move || while nest(&other, depth, &table) {})
            })
            .collect();
        yield_now();
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.host.ended(), 1);
        assert!(!table.call());
        join(callers);
        table.finish();
    });
}

/// G8: calls into an exclusive registration never overlap, whether they come from another thread or from inside.
#[test]
fn exclusive_calls_of_three_threads_never_overlap() {
    explore(|| {
        let table = Table::new(Kind::Exclusive);
        let callers = threads(3, &table, |_, table| {
            for _ in 0..3 {
                table.call_and(|| {
                    yield_now();
                    assert!(!table.call(), "a call was admitted from inside");
                });
            }
        });
        table.call();
        join(callers);
        table.finish();
    });
}

/// G8: threads that each call once find a record, or are counted.
#[test]
fn short_lived_threads_call_once_each() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        let callers = threads(6, &table, |_, table| {
            table.call_and(yield_now);
        });
        let other = Table::new(Kind::Shared);
        assert!(other.call());
        assert_eq!(table.revoke(), Some(Ended::Now));
        join(callers);
        table.finish();
        other.finish();
    });
}

/// G5: each late call leaves one incident, or is counted as missed.
#[test]
fn no_incident_is_lost() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.revoke();
        let callers = threads(2, &table, |_, table| {
            assert!(!table.call() && !table.call());
        });
        let take = || incidents(IncidentKind::LateCall);
        let taker = spawn(take);
        let own = take();
        join(callers);
        let all = own + taker.join().unwrap() + take();
        assert_eq!(all as u64 + missed_incidents(), 4);
        table.finish();
    });
}

/// G8: what is bound to a thread is reached and ended there, while others call and close.
#[test]
fn a_thread_bound_value_stays_on_its_thread() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let others = threads(3, &table, |number, table| match number {
            0 => assert!(!table.call() && !table.call()),
            1 => {
                table.revoke();
            }
            _ => table.notify(),
        });
        table.call();
        crate::settle::settle();
        join(others);
        crate::settle::settle();
        assert_eq!((table.host.ended(), table.host.ended_on()), (1, crate::thread::number()));
        table.finish();
    });
}
