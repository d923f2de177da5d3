//! C has memory that the host lent, uses it after the end, and gives it back late, twice, from anywhere.

use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::children::{How, in_child_by};
use super::hosts::{counting, noting, this_thread};
use super::survives;
use crate::binding::{BACK, CLOSE, Host, NOT_LENT, REFUSED, Shared, Table};
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{
    lender, lender_borrow, lender_close, lender_finish, lender_give_all_back, lender_give_back,
    lender_give_back_at_exit, lender_give_back_at_thread_exit, lender_give_back_twice, lender_open,
    lender_sum, lender_table,
};
use crate::warm::warm_up;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "lent_and_dropped",
        "G1 G4",
        "C reads what it was lent, and gives it back, after the host has dropped its handle",
        dropped,
    ),
    survives(
        "lent_and_revoked",
        "G1 G4",
        "C reads what it was lent, and gives it back, after the end",
        revoked,
    ),
    survives("lent_after_the_end", "G4 G5", "C goes on borrowing after the end", borrows_on),
    survives("lent_given_back_twice", "G1", "C gives back twice, after the end", twice),
    survives(
        "lent_given_back_by_threads",
        "G4 G10",
        "C's threads give back while the host ends the table and drops it",
        by_threads,
    ),
    survives(
        "lent_released_meanwhile",
        "G1 G4",
        "C's threads give back while the host releases the table",
        released,
    ),
    survives(
        "lent_given_back_inside",
        "G4 G6",
        "C gives back in another callback, which has ended the table",
        inside,
    ),
    survives("lent_given_back_at_exit", "G1 G8", "C gives back from an atexit handler", at_exit),
    survives(
        "lent_given_back_at_thread_exit",
        "G4 G8",
        "C gives back, after the end, while its thread is being torn down",
        at_thread_exit,
    ),
    survives(
        "lent_over_a_panic",
        "G1 G7",
        "C keeps what it was lent over panics, one of them in what takes back",
        over_a_panic,
    )
    .needing(&[Need::Unwinding]),
    survives(
        "lent_until_the_last_call",
        "G1 G10",
        "C's last call ends what it was lent, and C borrows on",
        until_the_last_call,
    ),
    survives(
        "lent_given_back_in_a_child",
        "G1 G8",
        "C gives back, after the end, in children of the process and in their parent",
        in_children,
    )
    .needing(&[Need::Fork]),
    survives(
        "lent_exclusive",
        "G4 G8",
        "C gives back, after the end, while a table for one call at a time takes back",
        exclusive,
    ),
    survives(
        "lent_local",
        "G4 G8",
        "C's thread gives back, after the end, what a value bound to another has lent",
        local,
    ),
];

/// C's side, with what it was lent.
#[derive(Clone, Copy)]
struct Borrower(*mut lender);

// SAFETY: C may use it on any thread.
unsafe impl Send for Borrower {}
// SAFETY: as above.
unsafe impl Sync for Borrower {}

impl Borrower {
    /// Borrows so many ints: 1000, 1001, ... where the host's number is 1000.
    fn of(table: &dyn Table<lender_table>, count: c_int) -> Self {
        warm_up();
        // SAFETY: STATIC-TABLE (`keeper.rs`) holds for a `lender_table` too.
        Borrower(unsafe { lender_open(table.raw(), table.arg(), count) })
    }

    fn sum(self) -> c_int {
        // SAFETY: it is open, and what it was lent is what the scenarios are about.
        unsafe { lender_sum(self.0) }
    }

    fn borrows(self, value: c_int) -> bool {
        warm_up();
        // SAFETY: it is open.
        unsafe { lender_borrow(self.0, value) != 0 }
    }

    fn give_back(self) -> c_int {
        warm_up();
        // SAFETY: it is open, and has been lent something.
        unsafe { lender_give_back(self.0) }
    }

    fn give_back_twice(self) -> c_int {
        // SAFETY: as above; that the second is taken for what it is, is for the host.
        unsafe { lender_give_back_twice(self.0) }
    }

    /// How many were not taken.
    fn give_all_back(self, threads: c_int) -> c_int {
        // SAFETY: it is open.
        unsafe { lender_give_all_back(self.0, threads) }
    }

    /// How many were not taken.
    fn close(self) -> c_int {
        warm_up();
        // SAFETY: it is open, and no scenario uses it afterwards.
        unsafe { lender_close(self.0) }
    }

    /// What the last call returned.
    fn finish(self) -> c_int {
        warm_up();
        // SAFETY: as above.
        unsafe { lender_finish(self.0) }
    }
}

fn lending(stage: &Stage, drops: &Drops) -> Shared<lender_table> {
    stage.binding.lender(Host::new(1000).counted(drops))
}

/// Ends a table that lends; nobody is inside.
fn end(stage: &Stage, table: &dyn Table<lender_table>) -> Verdict {
    let ended = table.revoke();
    let serves = !stage.binding.is_library() || ended == Ended::Serving;
    holds(serves, "it serves what takes back")
}

/// C has forgotten the table: now, and not before, the value ends.
fn release<T: Table<lender_table> + ?Sized>(table: Box<T>, drops: &Drops) -> Verdict {
    holds(drops.count() == 0, "the host value lives until the release")?;
    table.release();
    once(drops)
}

fn once(drops: &Drops) -> Verdict {
    holds(drops.count() == 1, "the host value was dropped once")
}

fn all_taken(refused: c_int) -> Verdict {
    holds(refused == 0, "all that C gave back was taken")
}

const TAKEN: c_int = 1000 + BACK;

fn dropped(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let borrower = Borrower::of(&*table, 3);
    drop(table);
    let _newcomers = stage.reuse();
    returns(borrower.sum(), 3003)?;
    returns(borrower.give_back(), TAKEN)?;
    all_taken(borrower.close())?;
    reported(stage, IncidentKind::LateCall, 0)?;
    holds(drops.count() == 0, "the host value waits for C's last word")
}

fn revoked(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let borrower = Borrower::of(&*table, 3);
    end(stage, &*table)?;
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    returns(borrower.sum(), 3003)?;
    returns(borrower.give_back(), TAKEN)?;
    all_taken(borrower.close())?;
    reported(stage, IncidentKind::LateCall, 0)?;
    release(table, &drops)
}

fn borrows_on(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let borrower = Borrower::of(&*table, 1);
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    for value in 0..3 {
        holds(!borrower.borrows(value), "nothing more is lent")?;
    }
    reported(stage, IncidentKind::LateCall, 3)?;
    returns(borrower.sum(), 1000)?;
    all_taken(borrower.close())?;
    release(table, &drops)
}

fn twice(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let borrower = Borrower::of(&*table, 3);
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    returns(borrower.give_back_twice(), NOT_LENT)?;
    returns(borrower.sum(), 2001)?;
    all_taken(borrower.close())?;
    release(table, &drops)
}

/// How much is lent to C, whose threads then give it back.
const LENT: c_int = 200;

/// A table to which C's threads are giving back.
fn giving_back(
    stage: &Stage,
    drops: &Drops,
) -> (Shared<lender_table>, Borrower, JoinHandle<c_int>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let table = stage.binding.lender(counting(1000, &calls).counted(drops));
    let borrower = Borrower::of(&*table, LENT);
    let giver = std::thread::spawn(move || { borrower }.give_all_back(4));
    while calls.load(Ordering::SeqCst) <= LENT as usize {
        std::thread::yield_now();
    }
    (table, borrower, giver)
}

fn by_threads(stage: &Stage) -> Verdict {
    for _ in 0..50 {
        let drops = Drops::default();
        let (table, borrower, giver) = giving_back(stage, &drops);
        end(stage, &*table)?;
        drop(table);
        all_taken(giver.join().unwrap_or(-7))?;
        holds(drops.count() == 0, "the host value waits for C's last word")?;
        returns(borrower.finish(), 1000 + CLOSE)?;
        once(&drops)?;
    }
    reported(stage, IncidentKind::LateCall, 0)
}

fn released(stage: &Stage) -> Verdict {
    for _ in 0..50 {
        let drops = Drops::default();
        let (table, borrower, giver) = giving_back(stage, &drops);
        table.release();
        // It has waited for those that were inside.
        let after = drops.count();
        let refused = giver.join().unwrap_or(-7);
        holds((0..LENT).contains(&refused), "some were taken, and the others refused")?;
        holds(after == 1, "the host value was dropped by the release")?;
        once(&drops)?;
        borrower.close();
    }
    Ok(())
}

fn inside(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let borrower = Arc::new(OnceLock::<Borrower>::new());
    let own = Arc::clone(&borrower);
    let host = Host::doing(1000, move |inside, value| {
        if value != 7 {
            return 1000 + value;
        }
        inside.revoke();
        let taken = own.get().map_or(-7, |borrower| borrower.give_back());
        if taken == TAKEN { 1000 + value } else { taken }
    });
    let table = stage.binding.lender(host.counted(&drops));
    let borrower = *borrower.get_or_init(|| Borrower::of(&*table, 2));
    holds(borrower.borrows(7), "the call that was inside goes on")?;
    let _newcomers = stage.reuse();
    returns(borrower.sum(), 2007)?;
    holds(!borrower.borrows(1), "nothing more is lent")?;
    reported(stage, IncidentKind::LateCall, 1)?;
    all_taken(borrower.close())?;
    release(table, &drops)
}

fn at_exit(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let borrower = Borrower::of(&*table, 3);
    // SAFETY: it is open, and is the only one.
    unsafe { lender_give_back_at_exit(borrower.0, 3003) };
    drop(table);
    // What takes its place stays for as long.
    core::mem::forget(stage.reuse());
    returns(borrower.sum(), 3003)?;
    holds(drops.count() == 0, "the host value waits for C's last word")
}

fn at_thread_exit(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let borrower = Borrower::of(&*table, 3);
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    returns(borrower.sum(), 3003)?;
    // SAFETY: it is open.
    all_taken(unsafe { lender_give_back_at_thread_exit(borrower.0) })?;
    borrower.close();
    reported(stage, IncidentKind::LateCall, 0)?;
    release(table, &drops)
}

fn over_a_panic(stage: &Stage) -> Verdict {
    let (drops, is_first) = (Drops::default(), AtomicBool::new(true));
    let host = Host::doing(1000, move |_, value| {
        assert!(value != 7, "in what lends");
        assert!(value != BACK || !is_first.swap(false, Ordering::SeqCst), "in what takes back");
        1000 + value
    });
    let table = stage.binding.lender(host.counted(&drops));
    let borrower = Borrower::of(&*table, 3);
    holds(!borrower.borrows(7), "a panic lends nothing")?;
    returns(borrower.sum(), 3003)?;
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    refused(borrower.give_back())?;
    reported(stage, IncidentKind::Panic, 2)?;
    returns(borrower.sum(), 2001)?;
    all_taken(borrower.close())?;
    release(table, &drops)
}

fn until_the_last_call(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let (borrower, other) = (Borrower::of(&*table, 3), Borrower::of(&*table, 0));
    drop(table);
    let _newcomers = stage.reuse();
    returns(borrower.sum(), 3003)?;
    holds(drops.count() == 0, "the host value waits for C's last word")?;
    returns(borrower.finish(), 1000 + CLOSE)?;
    once(&drops)?;
    let _others = stage.reuse();
    holds(!other.borrows(1), "nothing is lent after the last call")?;
    refused(other.finish())?;
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn in_children(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = lending(stage, &drops);
    let borrower = Borrower::of(&*table, 3);
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    let give_back = || {
        returns(borrower.sum(), 3003)?;
        returns(borrower.give_back(), TAKEN)?;
        holds(!borrower.borrows(1), "nothing more is lent")?;
        all_taken(borrower.give_all_back(2))
    };
    in_child_by(How::Fork, give_back)?;
    in_child_by(How::SystemCall, give_back)?;
    give_back()?;
    borrower.close();
    release(table, &drops)
}

fn exclusive(stage: &Stage) -> Verdict {
    let (drops, nested) = (Drops::default(), AtomicI32::new(0));
    let borrower = Arc::new(OnceLock::<Borrower>::new());
    let own = Arc::clone(&borrower);
    let host = Host::doing(1000, move |_, value| {
        let is_first = value == BACK && nested.fetch_add(1, Ordering::SeqCst) == 0;
        let other = if is_first { own.get().map_or(-7, |own| own.give_back()) } else { REFUSED };
        if other == REFUSED { 1000 + value } else { -7 }
    });
    let table = stage.binding.exclusive_lender(host.counted(&drops));
    let borrower = *borrower.get_or_init(|| Borrower::of(&*table, 3));
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    returns(borrower.sum(), 3003)?;
    returns(borrower.give_back(), TAKEN)?;
    reported(stage, IncidentKind::ConcurrentCall, 1)?;
    all_taken(borrower.close())?;
    release(table, &drops)
}

fn local(stage: &Stage) -> Verdict {
    let (drops, thread) = (Drops::default(), Arc::new(AtomicI32::new(0)));
    let table = stage.binding.local_lender(noting(1000, &thread).counted(&drops));
    let (borrower, other) = (Borrower::of(&*table, 3), Borrower::of(&*table, 2));
    end(stage, &*table)?;
    let _newcomers = stage.reuse();
    returns(other.sum(), 2001)?;
    returns(other.give_all_back(1), 2)?;
    reported(stage, IncidentKind::WrongThread, 2)?;
    returns(borrower.sum(), 3003)?;
    all_taken(borrower.close())?;
    other.close();
    release(table, &drops)?;
    holds(thread.load(Ordering::SeqCst) == this_thread(), "its own thread drops it")
}
