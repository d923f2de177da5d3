//! Ends in places where an end is least expected.

use core::cell::RefCell;
use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::crowd::{Member, call_from_a_thread};
use super::hosts::{Shelf, WAIT, await_refusal, disorder, joined, waiting};
use super::survives;
use super::way::Way;
use crate::binding::{Binding, Host, Local, REFUSED, Shared};
use crate::door::Door;
use crate::drops::Drops;
use crate::keeper::Keeper;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives("ended_inside", "G1 G6", "C calls a table that ends itself, and goes on", itself),
    survives(
        "replaced_inside",
        "G1 G6",
        "C calls a table that ends itself and holds the next in its place, many times",
        replaced,
    ),
    survives(
        "dropped_while_inside",
        "G1 G6",
        "C is inside a table that another callback drops",
        dropped_by_another,
    ),
    survives(
        "dropped_by_the_last_thread_out",
        "G1 G8",
        "C's thread leaves a table, as the last one, that was dropped",
        by_the_last_out,
    ),
    survives(
        "two_end_what_the_other_is_inside_of",
        "G4 G6",
        "C is inside two tables whose callbacks each end the other",
        crosswise,
    ),
    survives(
        "three_wait_in_a_circle",
        "G4 G6",
        "C is inside three tables whose callbacks each wait for the next",
        circle,
    ),
    survives(
        "ended_from_both_sides",
        "G6",
        "C's callback ends its table at the moment when the host does",
        both_sides,
    ),
    survives("end_waits", "G1 G4", "C is inside a table that ends", waits),
    survives("end_runs_out_of_time", "G4", "C stays inside for longer than an end waits", too_long),
    survives(
        "taken_inside_comes_back",
        "G6",
        "C is inside a table whose value is taken out",
        taken_inside,
    ),
    survives(
        "ended_at_the_bottom_of_a_recursion",
        "G1 G6",
        "C calls ten thousand deep, and the table ends at the bottom",
        bottom,
    ),
    survives(
        "host_reaches_its_value_during_an_end",
        "G4 G6",
        "C is inside a table that ends, and the callback reaches for its host",
        reaches,
    ),
    survives(
        "thousands_held_and_released_inside",
        "G5 G6",
        "C's callback has thousands of tables come and go, and C calls each of them late",
        thousands_inside,
    ),
    survives(
        "released_under_late_calls",
        "G5",
        "C calls with old user data all the time while others take its place",
        under_late_calls,
    ),
    survives("many_ended_at_once", "G4", "C is inside half of the tables that end together", many),
    survives(
        "ended_by_a_destructor",
        "G1 G6",
        "C is inside the last of fifty tables, each of which ends the next in its destructor",
        chain,
    ),
    survives(
        "destructor_calls_its_own_table",
        "G1 G5",
        "C calls a table from the destructor of its host value",
        destructor_calls,
    ),
    survives(
        "owner_of_its_own_handle",
        "G1 G6",
        "C calls a table whose host value has its handle, and drops it",
        owns_itself,
    ),
];

fn revoked(ended: Ended, what: &str) -> Verdict {
    holds(ended == Ended::Now, what)
}

fn itself(stage: &Stage) -> Verdict {
    let (drops, way, disorder) = (Drops::default(), Way::default(), disorder(stage));
    let seen = Arc::new(Mutex::new(None));
    let (count, own, noted, id) = (drops.clone(), way.clone(), Arc::clone(&seen), Box::new(1000));
    let host = Host::doing(1000, move |inside, value| {
        if value == WAIT {
            inside.revoke();
            disorder();
            let late = own.call(7);
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some((count.count(), late));
        }
        *id + value
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    returns(way.call(7), 1007)?;
    returns(way.call(WAIT), 1000)?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (dropped, late) = seen.ok_or_else(|| Failure::wrong("the callback has not run"))?;
    holds(dropped == 0, "the host value lives while its call is inside")?;
    refused(late)?;
    holds(drops.count() == 1, "the host value ends when its last call has left")?;
    refused(way.call(7))?;
    revoked(table.revoke(), "a second end finds it done")?;
    drop(table);
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 2)
}

/// What a table needs to put another in its place.
#[derive(Clone)]
struct Chain {
    binding: &'static dyn Binding,
    drops: Drops,
    place: Shelf,
    current: Arc<Mutex<Way>>,
}

impl Chain {
    fn hold(&self, id: c_int, disorder: impl Fn() + Copy + Send + Sync + 'static) {
        let (chain, own) = (self.clone(), Box::new(id));
        let host = Host::doing(id, move |_, value| {
            if value == WAIT {
                chain.hold(*own + 1000, disorder);
                disorder();
            }
            *own + value
        });
        let table = self.binding.events(host.counted(&self.drops));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Way::to(&*table);
        // The one before ends here, with its call inside.
        drop(self.place.put(table));
    }

    fn way(&self) -> Way {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn replaced(stage: &Stage) -> Verdict {
    let chain = Chain {
        binding: stage.binding,
        drops: Drops::default(),
        place: Shelf::default(),
        current: Arc::default(),
    };
    chain.hold(1000, || ());
    let mut ways = Vec::new();
    for n in 1..50 {
        let way = chain.way();
        returns(way.call(7), n * 1000 + 7)?;
        returns(way.call(WAIT), n * 1000)?;
        holds(chain.drops.count() == n as usize, "each ends when its call has left")?;
        ways.push(way);
    }
    let _newcomers = stage.reuse();
    for way in &ways {
        refused(way.call(7))?;
    }
    returns(chain.way().call(7), 50_007)?;
    // It has a way to itself: that ends with it.
    drop(chain.place.take());
    holds(chain.drops.count() == 50, "each host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 49)
}

fn dropped_by_another(stage: &Stage) -> Verdict {
    let (door, drops, shelf) = (Door::new(), Drops::default(), Shelf::default());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let (way, member, from) = (Way::to(&*table), Member::hire(), shelf.clone());
    shelf.put(table);
    member.send(&way, WAIT);
    door.wait_for(1);
    let other = stage.binding.events(Host::doing(2000, move |_, value| {
        drop(from.take());
        2000 + value
    }));
    returns(Way::to(&*other).call(7), 2007)?;
    let dropped = drops.count();
    let _newcomers = stage.reuse();
    let late = way.call(7);
    door.open();
    let result = member.wait();
    member.dismiss();
    holds(dropped == 0, "the host value lives while a call is inside")?;
    refused(late)?;
    returns(result, 1000)?;
    holds(drops.count() == 1, "the host value ended when the call had left")?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn this_thread() -> i32 {
    // SAFETY: gettid(2) has no preconditions.
    unsafe { libc::gettid() }
}

/// Notes the thread that drops it.
struct WhereDropped(Arc<AtomicI32>);

impl Drop for WhereDropped {
    fn drop(&mut self) {
        self.0.store(this_thread(), Ordering::SeqCst);
    }
}

fn by_the_last_out(stage: &Stage) -> Verdict {
    let (dropped_on, called_on) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicI32::new(0)));
    let (door, drops) = (Door::new(), Drops::default());
    let (note, on) = (WhereDropped(Arc::clone(&dropped_on)), Arc::clone(&called_on));
    let host = Host::doing(1000, move |_, value| {
        let _own = &note;
        door.enter();
        on.store(this_thread(), Ordering::SeqCst);
        1000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, 7);
    door.wait_for(1);
    drop(table);
    let _newcomers = stage.reuse();
    door.open();
    returns(member.wait(), 1007)?;
    member.dismiss();
    let (dropped, called) = (&dropped_on.load(Ordering::SeqCst), called_on.load(Ordering::SeqCst));
    holds(drops.count() == 1, "the host value was dropped once")?;
    holds(*dropped == called && called != this_thread(), "the last thread out has dropped it")?;
    refused(way.call(7))
}

/// Tables whose callbacks reach each other.
type Ring = Arc<Mutex<Vec<Arc<Shared<keeper_table>>>>>;

fn all(ring: &Ring) -> MutexGuard<'_, Vec<Arc<Shared<keeper_table>>>> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many tables, each with a call inside that ends the next one by `end`, all at once. Whether all
/// came out, and none too early.
fn around(
    stage: &Stage,
    count: c_int,
    end: impl Fn(&Shared<keeper_table>) + Copy + Send + Sync + 'static,
) -> Verdict {
    let (door, drops, disorder) = (Door::new(), Drops::default(), disorder(stage));
    let tables: Ring = Arc::default();
    let of = |ring: &Ring, n| all(ring).get(n as usize).cloned();
    for n in 0..count {
        let (others, own) = (Arc::clone(&tables), Box::new((n + 1) * 1000));
        let host = Host::doing((n + 1) * 1000, move |_, value| {
            door.enter();
            if let Some(next) = of(&others, (n + 1) % count) {
                end(&next);
            }
            disorder();
            *own + value
        });
        let table = stage.binding.events(host.counted(&drops));
        all(&tables).push(Arc::new(table));
    }
    let ways: Vec<Way> = (0..count).filter_map(|n| of(&tables, n)).map(|t| Way::to(&**t)).collect();
    let members: Vec<Member> = ways.iter().map(|_| Member::hire()).collect();
    for (member, way) in members.iter().zip(&ways) {
        member.send(way, 7);
    }
    door.wait_for(count);
    door.open();
    for (n, member) in (1..).zip(members) {
        returns(member.wait(), n * 1000 + 7)?;
        member.dismiss();
    }
    holds(drops.count() == count as usize, "each host value was dropped once, in time")?;
    for way in &ways {
        refused(way.call(7))?;
    }
    // The host values had a way to the handles, and the handles to them.
    let tables = core::mem::take(&mut *all(&tables));
    drop(tables);
    holds(drops.count() == count as usize, "and not again with its handle")
}

fn crosswise(stage: &Stage) -> Verdict {
    around(stage, 2, |next| {
        next.revoke();
    })
}

/// Each waits, for as long as it was told: none can get what it waits for before another gives up.
fn circle(stage: &Stage) -> Verdict {
    around(stage, 3, |next| {
        next.revoke_timeout(Duration::from_millis(20));
    })
}

fn both_sides(stage: &Stage) -> Verdict {
    let (drops, member) = (Drops::default(), Member::hire());
    for n in 1..=50 {
        let (door, own) = (Door::new(), Box::new(1000));
        let host = Host::doing(1000, move |inside, value| {
            door.enter();
            inside.revoke();
            *own + value
        });
        let table = stage.binding.events(host.counted(&drops));
        let way = Way::to(&*table);
        member.send(&way, 7);
        door.wait_for(1);
        door.open();
        let ended = table.revoke();
        let dropped = drops.count();
        let result = member.wait();
        returns(result, 1007)?;
        revoked(ended, "the host has waited for the callback")?;
        holds(dropped == n && drops.count() == n, "each host value was dropped once, in time")?;
    }
    member.dismiss();
    Ok(())
}

/// A host that notes when its call leaves.
fn leaving(id: c_int, door: Door, left: &Arc<AtomicBool>) -> Host {
    let (left, own) = (Arc::clone(left), Box::new(id));
    Host::doing(id, move |_, value| {
        if value == WAIT {
            door.enter();
            left.store(true, Ordering::SeqCst);
        }
        *own + value
    })
}

fn waits(stage: &Stage) -> Verdict {
    let (door, drops, left) = (Door::new(), Drops::default(), Arc::new(AtomicBool::new(false)));
    let table = stage.binding.events(leaving(1000, door, &left).counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    let seen = Arc::clone(&left);
    let closer = std::thread::spawn(move || (table.revoke(), seen.load(Ordering::SeqCst)));
    await_refusal(&way)?;
    let early = drops.count();
    let _newcomers = stage.reuse();
    door.open();
    let (result, (ended, had_left)) = (member.wait(), joined(closer)?);
    member.dismiss();
    returns(result, 1000)?;
    holds(early == 0 && had_left, "the end has waited for the call")?;
    revoked(ended, "nobody is inside any more")?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    refused(way.call(7))
}

fn too_long(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    let tries = [0, 5, 20].map(|ms| table.revoke_timeout(Duration::from_millis(ms)));
    let early = drops.count();
    let _newcomers = stage.reuse();
    let late = way.call(7);
    let closer = std::thread::spawn(move || table.revoke_timeout(Duration::MAX));
    door.open();
    let (result, ended) = (member.wait(), joined(closer)?);
    member.dismiss();
    returns(result, 1000)?;
    refused(late)?;
    holds(tries == [Ended::Later; 3] && early == 0, "the call was inside all the time")?;
    revoked(ended, "it has left")?;
    holds(drops.count() == 1, "the host value was dropped once")
}

std::thread_local! {
    /// A handle that came back, whatever its kind.
    static CAME_BACK: RefCell<Option<Local<keeper_table>>> = const { RefCell::new(None) };
}

fn taken_inside(stage: &Stage) -> Verdict {
    let (drops, shelf) = (Drops::default(), Shelf::default());
    let (from, own) = (shelf.clone(), Box::new(1000));
    let host = Host::doing(1000, move |_, value| {
        match from.take().map(|table| table.into_inner()) {
            Some(Err(Some(table))) => CAME_BACK.set(Some(table)),
            host => drop(host),
        }
        *own + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let way = Way::to(&*table);
    drop(shelf.put(table));
    returns(way.call(7), 1007)?;
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    holds(drops.count() == 0, "the host value is nobody's yet")?;
    let table = CAME_BACK.take().ok_or_else(|| Failure::wrong("the handle did not come back"))?;
    let host = table.into_inner().map_err(|_| Failure::wrong("the value did not come out"))?;
    refused(way.call(7))?;
    holds(host.id() == 1000 && drops.count() == 0, "it is the host value, alive")?;
    drop(host);
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn bottom(stage: &Stage) -> Verdict {
    const DEPTH: c_int = 10_000;
    let (drops, way, disorder) = (Drops::default(), Way::default(), disorder(stage));
    let (count, down, own) = (drops.clone(), way.clone(), Box::new(1000));
    let host = Host::doing(1000, move |inside, value| {
        if value == 0 {
            inside.revoke();
            disorder();
            return *own;
        }
        let below = down.call(value - 1);
        if count.count() == 0 { below + *own - 1000 + 1 } else { -5 }
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    let member = Member::with_stack(1 << 29);
    let result = member.call(&way, DEPTH);
    member.dismiss();
    holds(result == 1000 + DEPTH, "each of the calls came back")?;
    holds(drops.count() == 1, "the host value ended when all had left")?;
    refused(way.call(7))?;
    revoked(table.revoke(), "nobody is inside")
}

fn reaches(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let handle: Arc<OnceLock<Shared<keeper_table>>> = Arc::default();
    let other = Arc::new(stage.binding.events(Host::new(2000)));
    let reached = Arc::new(Mutex::new(None));
    let (own, live, noted, id) =
        (Arc::downgrade(&handle), Arc::clone(&other), Arc::clone(&reached), Box::new(1000));
    let table = stage.binding.events(
        Host::doing(1000, move |_, value| {
            let reaches = || {
                let own = own
                    .upgrade()
                    .is_some_and(|own| own.get().is_some_and(|own| own.with(&mut |_| ())));
                (own, live.with(&mut |_| ()))
            };
            let before = reaches();
            door.enter();
            let seen = Some((before, reaches()));
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = seen;
            *id + value
        })
        .counted(&drops),
    );
    let way = Way::to(&*table);
    let _ = handle.set(table);
    let member = Member::hire();
    member.send(&way, 7);
    door.wait_for(1);
    let ends = Arc::clone(&handle);
    let closer = std::thread::spawn(move || ends.get().map(|table| table.revoke()));
    // Each of these calls stands at the door, or is refused.
    let asks = handle.get();
    for _ in 0..2000 {
        if !asks.is_some_and(|table| table.with(&mut |_| ())) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _newcomers = stage.reuse();
    door.open();
    let (result, ended) = (member.wait(), joined(closer)?);
    member.dismiss();
    returns(result, 1007)?;
    let seen = reached.lock().unwrap_or_else(PoisonError::into_inner).take();
    holds(seen == Some(((true, true), (false, true))), "a table that ends is closed to its host")?;
    holds(ended == Some(Ended::Now) && drops.count() == 1, "the host value was dropped once")
}

/// Tables that come and go.
fn come_and_go(binding: &dyn Binding) -> Verdict {
    for n in 1..2000 {
        let other = binding.events(Host::new(1_000_000 + n * 1000));
        let way = Way::to(&*other);
        returns(way.call(7), 1_000_007 + n * 1000)?;
        other.release();
        refused(way.call(7))?;
    }
    Ok(())
}

fn thousands_inside(stage: &Stage) -> Verdict {
    let binding = stage.binding;
    let verdict = Arc::new(Mutex::new(Ok(())));
    let noted = Arc::clone(&verdict);
    let table = stage.binding.events(Host::doing(1000, move |_, value| {
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = come_and_go(binding);
        1000 + value
    }));
    let way = Way::to(&*table);
    returns(way.call(7), 1007)?;
    let verdict = verdict.lock().unwrap_or_else(PoisonError::into_inner).clone();
    verdict?;
    reported(stage, IncidentKind::LateCall, 1999)?;
    revoked(table.revoke(), "nobody is inside")?;
    let _newcomers = stage.reuse();
    refused(way.call(7))
}

fn under_late_calls(stage: &Stage) -> Verdict {
    let (drops, foreign) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
    let first = stage.binding.events(Host::new(9000).counted(&drops));
    let keeper = Keeper::of(&*first);
    first.release();
    // Its calls pass 1.
    let hammer = keeper.hammer(2);
    hammer.await_calls(10);
    for _ in 0..300 {
        let noted = Arc::clone(&foreign);
        let next = stage.binding.events(
            Host::doing(1000, move |_, value| {
                if value == 1 {
                    noted.fetch_add(1, Ordering::SeqCst);
                }
                1000 + value
            })
            .counted(&drops),
        );
        returns(Way::to(&*next).call(7), 1007)?;
        next.release();
    }
    let _newcomers = stage.reuse();
    let hammered = hammer.stop();
    if hammered.served != 0 || foreign.load(Ordering::SeqCst) != 0 {
        return Err(Failure::misdirected(format!("{} late calls were served", hammered.served)));
    }
    holds(drops.count() == 301, "each host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, hammered.calls as usize)
}

fn many(stage: &Stage) -> Verdict {
    const COUNT: c_int = 16;
    let (door, drops) = (Door::new(), Drops::default());
    let hold = |n| stage.binding.events(waiting((n + 1) * 1000, door).counted(&drops));
    let tables: Vec<Shared<keeper_table>> = (0..2 * COUNT).map(hold).collect();
    let ways: Vec<Way> = tables.iter().map(|table| Way::to(&**table)).collect();
    let members: Vec<Member> = (0..COUNT).map(|_| Member::hire()).collect();
    for (member, way) in members.iter().zip(ways.iter().step_by(2)) {
        member.send(way, WAIT);
    }
    door.wait_for(COUNT);
    let binding = stage.binding;
    let closer = std::thread::spawn(move || (binding.revoke_all(&tables), tables));
    for way in &ways {
        await_refusal(way)?;
    }
    let _newcomers = stage.reuse();
    door.open();
    for (n, member) in (0..).zip(members) {
        returns(member.wait(), (2 * n + 1) * 1000)?;
        member.dismiss();
    }
    let (ended, tables) = joined(closer)?;
    revoked(ended, "all have left")?;
    holds(drops.count() == 2 * COUNT as usize, "each host value was dropped once")?;
    drop(tables);
    holds(drops.count() == 2 * COUNT as usize, "and not again with its handle")
}

fn chain(stage: &Stage) -> Verdict {
    const COUNT: usize = 50;
    let (door, drops) = (Door::new(), Drops::default());
    let mut table = stage.binding.events(waiting(1000, door).counted(&drops));
    let mut ways = vec![Way::to(&*table)];
    for n in 2..=COUNT as c_int {
        let next = table;
        let host = Host::doing(n * 1000, move |_, value| {
            let _owned = &next;
            n * 1000 + value
        });
        table = stage.binding.events(host.counted(&drops));
        ways.push(Way::to(&*table));
    }
    let member = Member::hire();
    member.send(&ways[0], WAIT);
    door.wait_for(1);
    drop(table);
    let dropped = drops.count();
    let _newcomers = stage.reuse();
    let late: Vec<c_int> = ways.iter().map(|way| way.call(7)).collect();
    door.open();
    let result = member.wait();
    member.dismiss();
    for result in late {
        refused(result)?;
    }
    returns(result, 1000)?;
    holds(dropped == COUNT - 1, "all but the one with a call inside ended at once")?;
    holds(drops.count() == COUNT, "that one ended when the call had left")?;
    reported(stage, IncidentKind::LateCall, COUNT)
}

/// Has C call when it is dropped.
struct CallsWhenDropped(Way, Arc<Mutex<Vec<c_int>>>);

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        // From this thread, and from one of C's.
        let results = [self.0.call(7), call_from_a_thread(&self.0, 7)];
        self.1.lock().unwrap_or_else(PoisonError::into_inner).extend(results);
    }
}

fn destructor_calls(stage: &Stage) -> Verdict {
    let (drops, way, results) = (Drops::default(), Way::default(), Arc::default());
    let last = CallsWhenDropped(way.clone(), Arc::clone(&results));
    let host = Host::doing(1000, move |_, value| {
        let _owned = &last;
        1000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    returns(way.call(7), 1007)?;
    let ended = table.revoke();
    let _newcomers = stage.reuse();
    let results = results.lock().unwrap_or_else(PoisonError::into_inner).clone();
    holds(results == [REFUSED; 2], "a value that is being dropped is not called")?;
    revoked(ended, "its own calls do not keep it")?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn owns_itself(stage: &Stage) -> Verdict {
    let (drops, shelf, disorder) = (Drops::default(), Shelf::default(), disorder(stage));
    let (own, id) = (shelf.clone(), Box::new(1000));
    let host = Host::doing(1000, move |inside, value| {
        if value == WAIT {
            inside.revoke();
            disorder();
        }
        // The handle goes with the value that it is in.
        let _owned = &own;
        *id + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let way = Way::to(&*table);
    drop(shelf.put(table));
    drop(shelf);
    returns(way.call(7), 1007)?;
    returns(way.call(WAIT), 1000)?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    refused(way.call(7))?;
    reported(stage, IncidentKind::LateCall, 1)
}
