//! One hold and release while ends of other tables are pending, among many live ones.
//!
//! Whatever the number of pending ends is, the process has the same threads, and these are inside the
//! same calls: only the ends differ.

use core::ffi::c_void;
use std::sync::Arc;
use std::{sync::mpsc, thread};

use outlive::{Held, TableState, callbacks, ledger};

use super::{hold_and_release, hold_many};
use crate::c::{bench_table, bench_tally};
use crate::callee::Callee;
use crate::held::hold;
use crate::scale::case::{Bound, Case, Family, Ready, SetUp, Setting};
use crate::tables::ByArgument;
use crate::threads::Thread;
use crate::waiting::Calls;

const NAME: &str = "hold-release-pending";
const LOCAL: &str = "hold-release-pending-local";
/// How many tables are live beside.
const LIVE: usize = 100_000;
/// How many ends can be pending: a call of each thread is inside a hundred tables.
const THREADS: usize = 10;
const DEPTH: usize = 100;

pub fn family() -> Family {
    of(NAME, with_calls_inside)
}

pub fn family_local() -> Family {
    of(LOCAL, with_ends_left_to_a_thread)
}

fn of(name: &'static str, set_up: SetUp) -> Family {
    let larger = [1, THREADS * DEPTH];
    let larger = larger.map(|n| Case::new(name, n, set_up).within(&[Bound::Ratio(1.5)]));
    Family::new(name, [&[Case::new(name, 0, set_up)], &larger[..]].concat())
}

/// A host value whose callback passes on to C, which calls the next one's; the last one's waits.
struct Link {
    next: Option<Callee>,
    calls: Arc<Calls>,
}

#[callbacks(bench_table, state = arg)]
impl Link {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        match self.next {
            // SAFETY: no link is released; the tally is C's.
            Some(next) => unsafe { next.call(tally, value, 1) },
            None => {
                self.calls.stay();
                value
            }
        }
    }
}

/// The handles of `n` tables were dropped while calls stay inside.
fn with_calls_inside(setting: &Setting) -> Result<Ready, String> {
    let calls = Arc::new(Calls::none());
    let mut links = Vec::with_capacity(THREADS * DEPTH);
    for _ in 0..THREADS {
        let first = chain(&calls, &mut links)?;
        Thread::start()?.leave_to(move || {
            let mut tally = bench_tally::default();
            // SAFETY: no link is released.
            unsafe { first.call(&raw mut tally, 0, 1) };
        });
    }
    calls.await_inside(THREADS)?;
    let live = hold_many::<ByArgument>(setting.of(LIVE))?;
    links.drain(..setting.n);
    let inside = ledger().tables.iter().filter(|entry| entry.in_flight > 0).count();
    if inside != THREADS * DEPTH {
        return Err(format!("calls are inside {inside} tables"));
    }
    measured(setting, move || {
        let _live = (&live, &links);
        if calls.out() == 0 { Ok(()) } else { Err("a call has not stayed inside".into()) }
    })
}

/// Tables each of whose calls goes on into the next one; what C calls to be inside all of them.
fn chain(calls: &Arc<Calls>, links: &mut Vec<Held<Link>>) -> Result<Callee, String> {
    let last = hold(Link { next: None, calls: calls.clone() })?;
    let mut first = Callee::of(&last);
    links.push(last);
    for _ in 1..DEPTH {
        let link = hold(Link { next: Some(first), calls: calls.clone() })?;
        first = Callee::of(&link);
        links.push(link);
    }
    Ok(first)
}

/// Tables of a thread that does nothing; C has called the destroy notify of `n` of them elsewhere.
fn with_ends_left_to_a_thread(setting: &Setting) -> Result<Ready, String> {
    let notices = tables_of_another_thread(THREADS * DEPTH)?;
    let live = hold_many::<ByArgument>(setting.of(LIVE))?;
    for notice in &notices[..setting.n] {
        notice.give();
    }
    measured(setting, move || {
        let _live = &live;
        Ok(())
    })
}

/// What C calls when it has used a table's user data for the last time.
struct Notice {
    destroy: unsafe extern "C" fn(*mut c_void),
    user_data: usize,
}

impl Notice {
    fn give(&self) {
        // SAFETY: it is the table's own notify, and C does not have the table.
        unsafe { (self.destroy)(core::ptr::without_provenance_mut(self.user_data)) };
    }
}

fn tables_of_another_thread(count: usize) -> Result<Vec<Notice>, String> {
    let (send, made) = mpsc::channel();
    thread::spawn(move || {
        let tables: Result<Vec<_>, _> =
            (0..count).map(|_| Held::local(ByArgument::default())).collect();
        let notices = tables.as_ref().map_err(|error| error.to_string()).map(|tables| {
            let notices = tables.iter().map(|held| Notice {
                destroy: held.destroy_notify(),
                user_data: held.user_data().addr(),
            });
            notices.collect()
        });
        // The receiver waits for it.
        let _ = send.send(notices);
        loop {
            thread::park();
        }
    });
    made.recv().map_err(|error| error.to_string())?
}

/// Measures while `n` ends are pending, and `still` says that they are.
fn measured(
    setting: &Setting,
    still: impl Fn() -> Result<(), String> + 'static,
) -> Result<Ready, String> {
    let listed = ledger().tables;
    let pending = listed.iter().filter(|entry| entry.state == TableState::Ending).count();
    if pending != setting.n {
        return Err(format!("{pending} ends are pending"));
    }
    Ready::repeating(setting, move |count| {
        let cost = hold_and_release::<ByArgument>(count)?;
        still().map(|()| cost)
    })
}
