//! What C was lent, and what the host owes to C, against closes, releases and C's last word.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::{join, threads};
use crate::ended::Ended;
use crate::explore::explore;
use crate::handle::Kind;
use crate::host::{Table, here};
use crate::primitive::yield_now;
use crate::threads::spawn;

/// G4: three threads call, and take back; a revoke waits for the first, the release for all.
#[test]
fn what_takes_back_is_served_until_the_release() {
    explore(|| {
        let (table, owner) = Table::owned_and_kept_for_c(Kind::Shared);
        table.host.expect_several_calls();
        let c = threads(3, &table, |number, table| match number {
            0 => while table.call_and(yield_now) {},
            _ => {
                while table.take_back() {
                    yield_now();
                }
            }
        });
        yield_now();
        assert_eq!(owner.revoke(here()), Ended::Serving);
        assert_eq!(table.host.ended(), 0);
        assert!(!table.call() && table.take_back());
        // SAFETY: no C has anything but a number, and each is refused.
        assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
        table.host.assert_quiet();
        join(c);
        table.finish();
    });
}

/// G10: C's last call comes while it takes back and while two threads end the registration: the value ends once, and
/// nobody has to come again for it.
#[test]
fn what_is_lent_ends_with_the_last_call_whoever_closes_it() {
    explore(|| {
        let table = Table::kept_for_c(Kind::Shared);
        table.host.expect_several_calls();
        let all = threads(4, &table, |number, table| match number {
            0 => {
                table.revoke();
            }
            1 => {
                table.revoke_within(Duration::ZERO);
            }
            2 => {
                table.last_call_and(yield_now);
            }
            _ => {
                while table.take_back() {
                    yield_now();
                }
            }
        });
        join(all);
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// G10: what was passed to three calls is called by three threads, and not after the release.
#[test]
fn three_threads_call_c_until_the_release() {
    explore(|| {
        let (table, is_forgotten) = (Table::new(Kind::Shared), Rc::new(Cell::new(false)));
        let callers = [(); 3].map(|()| {
            let inside = table.enter().unwrap();
            let outgoing = inside.outgoing();
            inside.leave();
            let is_forgotten = Rc::clone(&is_forgotten);
            let in_c = move || {
                yield_now();
                assert!(!is_forgotten.get(), "C was called after the release");
            };
            spawn(move || {
                for _ in 0..4 {
                    let _ = outgoing.call(&in_c);
                }
            })
        });
        yield_now();
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.release(), Some(Ended::Now));
        is_forgotten.set(true);
        join(callers);
        table.finish();
    });
}
