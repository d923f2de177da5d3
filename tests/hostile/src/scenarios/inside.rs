//! Ends from inside a callback.

use core::cell::RefCell;
use core::ffi::c_int;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::crowd::Member;
use super::hosts::{Shelf, WAIT, disorder};
use super::survives;
use super::way::Way;
use crate::binding::{Binding, Host, Local, Shared};
use crate::door::Door;
use crate::drops::Drops;
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
        "thousands_held_and_released_inside",
        "G5 G6",
        "C's callback has thousands of tables come and go, and C calls each of them late",
        thousands_inside,
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
        let _ = next.revoke();
    })
}

/// Each waits, for as long as it was told: none can get what it waits for before another gives up.
fn circle(stage: &Stage) -> Verdict {
    around(stage, 3, |next| {
        let _ = next.revoke_timeout(Duration::from_millis(20));
    })
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
