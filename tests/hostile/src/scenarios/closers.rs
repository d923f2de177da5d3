//! Closers that race with the last call out, with C's destructor, and with threads that come and go.

use core::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use outlive::Ended;

use super::checks::{holds, refused, returns};
use super::crowd::{Member, hire};
use super::hosts::{WAIT, counting, joined, noting, waiting};
use super::survives;
use super::way::Way;
use crate::binding::{Binding, Host, Local, Shared, Table};
use crate::door::Door;
use crate::drops::Drops;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::keeper_table;
use crate::system::this_thread;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "revoked_as_the_last_call_leaves",
        "G4 G6",
        "C's last call leaves, which was to end the table, at the moment when the host ends it again",
        last_call,
    ),
    survives(
        "destroyed_as_the_owner_ends_it",
        "G8 G10",
        "C's thread destroys a value bound to another at the moment when that one ends it",
        local,
    ),
    survives(
        "crowd_goes_and_another_stays_inside",
        "G4 G8",
        "C's threads come, call and go, and others come and stay inside, while tables end all the time",
        crowds,
    ),
    survives(
        "hundreds_of_ends_pending",
        "G1 G6",
        "C is inside a hundred tables that were dropped while thousands of others come and go",
        pending,
    ),
];

#[repr(C)]
struct racer(());

unsafe extern "C" {
    safe fn racer_start() -> *mut racer;
    fn racer_destroy(
        racer: *mut racer,
        destroy: unsafe extern "C" fn(*mut c_void),
        arg: *mut c_void,
    );
    fn racer_await(racer: *mut racer);
    fn racer_stop(racer: *mut racer);
}

/// A thread of C that is ready to destroy user data at once.
struct Racer(*mut racer);

impl Racer {
    /// It destroys this; nobody waits.
    fn destroy(&self, destroy: unsafe extern "C" fn(*mut c_void), arg: *mut c_void) {
        // SAFETY: the destructor takes any number, on any thread.
        unsafe { racer_destroy(self.0, destroy, arg) };
    }

    /// Returns when it has.
    fn wait(&self) {
        // SAFETY: it is not stopped yet.
        unsafe { racer_await(self.0) };
    }
}

impl Drop for Racer {
    fn drop(&mut self) {
        // SAFETY: it is stopped once.
        unsafe { racer_stop(self.0) };
    }
}

/// So long a race is run at most, on a machine where the racers have to share a processor.
const LONGEST: Duration = Duration::from_secs(4);

/// The numbers of so many rounds, or fewer where these take long.
fn rounds(most: usize) -> impl Iterator<Item = usize> {
    let begun = Instant::now();
    (1..=most).take_while(move |_| begun.elapsed() < LONGEST)
}

/// Lets a part of this time go by, another one each round.
fn a_part_of(most: Duration, round: usize) {
    let moment = most * (round as u32 * 7919 % 1000) / 1000;
    let begun = Instant::now();
    while begun.elapsed() < moment {
        core::hint::spin_loop();
    }
}

fn spin_until(so: impl Fn() -> bool) {
    let mut rounds = 0_u32;
    while !so() {
        rounds = rounds.wrapping_add(1);
        if rounds % 256 == 0 {
            std::thread::yield_now();
        }
        core::hint::spin_loop();
    }
}

/// Of the two that end the value, one comes second and is to know that it has ended.
fn last_call(stage: &Stage) -> Verdict {
    let (drops, member) = (Drops::default(), Member::hire());
    let mut last = Way::default();
    // The more threads there are, the longer a last call looks who else is inside.
    let (idle, crowd) = (stage.binding.events(Host::new(2000)), hire(200));
    let idle_way = Way::to(&*idle);
    crowd.iter().try_for_each(|member| returns(member.call(&idle_way, 7), 2007))?;
    let (inside, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for round in rounds(6000) {
        let (entered, leaves, own) = (Arc::clone(&inside), Arc::clone(&go), Box::new(1000));
        let host = Host::doing(1000, move |_, value| {
            if value == WAIT {
                entered.store(round, Ordering::SeqCst);
                spin_until(|| leaves.load(Ordering::SeqCst) == round);
            }
            *own + value
        });
        let table = stage.binding.events(host.counted(&drops));
        let way = Way::to(&*table);
        member.send(&way, WAIT);
        spin_until(|| inside.load(Ordering::SeqCst) == round);
        let first = table.revoke_timeout(Duration::ZERO);
        let early = drops.count();
        go.store(round, Ordering::SeqCst);
        a_part_of(Duration::from_micros(6), round);
        let (second, dropped) = (table.revoke(), drops.count());
        returns(member.wait(), 1000)?;
        holds(first == Ended::Later && early == round - 1, "the call was inside")?;
        holds(
            second == Ended::Now && dropped == round,
            "the second end finds it done, or does it",
        )?;
        holds(drops.count() == round, "each host value was dropped once")?;
        last = way;
    }
    let _newcomers = stage.reuse();
    refused(last.call(7))?;
    crowd.into_iter().for_each(Member::dismiss);
    member.dismiss();
    Ok(())
}

/// Ends a table that is the calling thread's, which C's thread destroys at the same time.
const ENDS: [fn(Local<keeper_table>) -> Option<Ended>; 4] = [
    |table| Some(table.revoke()),
    |table| Some(table.revoke_timeout(Duration::from_secs(20))),
    |table| {
        drop(table);
        None
    },
    |table| {
        table.release();
        None
    },
];

fn local(stage: &Stage) -> Verdict {
    let (drops, destroyer) = (Drops::default(), Racer(racer_start()));
    let usual = usual_time(stage, &destroyer);
    rounds(20_000).try_for_each(|round| end_and_destroy(stage, &destroyer, usual, &drops, round))
}

/// How long it most often takes until the other thread has destroyed a value.
fn usual_time(stage: &Stage, destroyer: &Racer) -> Duration {
    let mut times: Vec<Duration> = (0..201)
        .map(|_| {
            let table = stage.binding.local(Host::new(1000));
            let begun = Instant::now();
            destroyer.destroy(table.notify(), Table::arg(&*table));
            destroyer.wait();
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn end_and_destroy(
    stage: &Stage,
    destroyer: &Racer,
    usual: Duration,
    drops: &Drops,
    round: usize,
) -> Verdict {
    let thread = Arc::new(AtomicI32::new(0));
    let table = stage.binding.local(noting(1000, &thread).counted(drops));
    let way = Way::to(&*table);
    destroyer.destroy(table.notify(), Table::arg(&*table));
    // It leaves the value to this thread at the end of that time.
    a_part_of(usual / 2, 999);
    a_part_of(usual, round);
    let ended = ENDS[round % ENDS.len()](table);
    let dropped = drops.count();
    destroyer.wait();
    // The next thing that this thread does with tables.
    stage.binding.events(Host::new(2000)).release();
    holds(ended != Some(Ended::Later), "the owner's end ends it")?;
    holds(ended.is_none() || dropped == round, "when it says so")?;
    holds(drops.count() == round, "each host value was dropped once")?;
    holds(thread.load(Ordering::SeqCst) == this_thread(), "its own thread has dropped it")?;
    refused(way.call(7))
}

/// Tables come and go until it is over; one does in any case.
fn end_tables(binding: &dyn Binding, is_over: &AtomicBool) -> Verdict {
    loop {
        let table = binding.events(Host::new(3000));
        let way = Way::to(&*table);
        returns(way.call(7), 3007)?;
        holds(table.revoke() == Ended::Now, "nobody is inside a table of its own")?;
        table.release();
        refused(way.call(7))?;
        if is_over.load(Ordering::SeqCst) {
            return Ok(());
        }
    }
}

/// Where there are many threads a close looks at more of them than where there are few, and has to see all.
fn crowds(stage: &Stage) -> Verdict {
    // So many closes look at each of two hundred threads once.
    const CLOSES: usize = 13_000;
    let (is_over, binding) = (Arc::new(AtomicBool::new(false)), stage.binding);
    let calls = Arc::default();
    let table = stage.binding.events(counting(2000, &calls));
    let way = Way::to(&*table);
    for _ in 0..2 {
        let first = hire(150);
        first.iter().try_for_each(|member| returns(member.call(&way, 7), 2007))?;
        first.into_iter().for_each(Member::dismiss);
        for _ in 0..CLOSES {
            let table = stage.binding.events(Host::new(4000));
            holds(table.revoke() == Ended::Now, "nobody is inside")?;
            table.release();
        }
        is_over.store(false, Ordering::SeqCst);
        let over = Arc::clone(&is_over);
        let ends = std::thread::spawn(move || end_tables(binding, &over));
        let verdict = stay_inside(stage);
        is_over.store(true, Ordering::SeqCst);
        joined(ends)??;
        verdict?;
    }
    let _newcomers = stage.reuse();
    holds(calls.load(Ordering::SeqCst) == 300, "each call was served")?;
    holds(table.revoke() == Ended::Now, "nobody is inside")
}

/// Each of so many threads is inside a table of its own, and each end finds it there.
fn stay_inside(stage: &Stage) -> Verdict {
    const COUNT: c_int = 60;
    let (door, drops) = (Door::new(), Drops::default());
    let ids = (1..=COUNT).map(|n| n * 1000);
    let hold = |id| stage.binding.events(waiting(id, door).counted(&drops));
    let tables: Vec<Shared<keeper_table>> = ids.clone().map(hold).collect();
    let mut members = Vec::new();
    for (n, table) in (1..).zip(&tables) {
        let member = Member::hire();
        member.send(&Way::to(&**table), WAIT);
        door.wait_for(n);
        members.push(member);
    }
    let end = |table: &Shared<keeper_table>| table.revoke_timeout(Duration::ZERO);
    let is_seen = tables.iter().all(|table| end(table) == Ended::Later);
    let early = drops.count();
    door.open();
    let results: Vec<c_int> = members.iter().map(Member::wait).collect();
    members.into_iter().for_each(Member::dismiss);
    ids.zip(results).try_for_each(|(id, result)| returns(result, id))?;
    holds(is_seen && early == 0, "each end has seen the call inside")?;
    holds(tables.iter().all(|table| table.revoke() == Ended::Now), "all have left")?;
    holds(drops.count() == COUNT as usize, "each host value was dropped once")
}

/// Two threads are inside each of the tables, and all leave at the same time.
fn pending(stage: &Stage) -> Verdict {
    const COUNT: c_int = 100;
    let (door, drops) = (Door::new(), Drops::default());
    let ids = (1..=COUNT).map(|n| n * 1000);
    let hold = |id| stage.binding.events(waiting(id, door).counted(&drops));
    let tables: Vec<Shared<keeper_table>> = ids.clone().map(hold).collect();
    let ways: Vec<Way> = tables.iter().map(|table| Way::to(&**table)).collect();
    let members = [hire(COUNT as usize), hire(COUNT as usize)];
    for (member, way) in members.iter().flat_map(|half| half.iter().zip(&ways)) {
        member.send(way, WAIT);
    }
    door.wait_for(2 * COUNT);
    drop(tables);
    for n in 0..5000 {
        let other = stage.binding.events(Host::new(500_000));
        let way = Way::to(&*other);
        returns(way.call(7), 500_007)?;
        other.release();
        if n % 100 == 0 {
            refused(way.call(7))?;
        }
    }
    let _newcomers = stage.reuse();
    let early = drops.count();
    ways.iter().try_for_each(|way| refused(way.call(7)))?;
    door.open();
    for half in members {
        for (member, id) in half.into_iter().zip(ids.clone()) {
            returns(member.wait(), id)?;
            member.dismiss();
        }
    }
    holds(early == 0, "each host value lives while a call is inside")?;
    holds(drops.count() == COUNT as usize, "each last call out has dropped one")
}
