//! The naive way: the table is dropped while C holds it.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use outlive::{Held, HoldError, IncidentKind};
use outlive_loop::Loop;
use outlive_vde::{Hub, Limits, LoopHandler};

use super::churn::churn_once;
use super::clients::Clients;
use super::kept::serve;
use super::report::{Phase, entry_of};
use super::share::Share;

/// How many other registrations come and go before C calls late.
const OTHERS: u64 = 2_000;

pub fn run(share: Share) -> Result<Phase> {
    let mut phase = Phase { ok: true, ..Phase::default() };
    let event_loop = Rc::new(Loop::new()?);
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("hub");
    let line = line!() + 1;
    let held = Held::local(LoopHandler::new(event_loop.clone())).map_err(HoldError::into_kind)?;
    let id = held.id();
    // SAFETY: KEPT is what this breaks on purpose: the table is dropped early, but it is one of ours,
    // which stays valid until it is released, and that never happens.
    let hub = unsafe { Hub::new(held.as_ptr()) }?;
    hub.listen(&path)?;
    let clients = Clients::exchanging(&path, share.clients, share.time / 2);
    serve(&event_loop, &clients, || {})?;
    let counts = clients.join()?;
    (phase.frames_sent, phase.frames_delivered) = (counts.sent, counts.delivered);
    phase.tell(format!(
        "a table made at {}:{line}, given to C, serves {} clients",
        file!(),
        share.clients
    ));
    let served = entry_of(id).and_then(|entry| entry.served).unwrap_or(0);
    drop(held);
    let mut others = 0;
    while others < OTHERS {
        others += churn_once(others);
    }
    phase.tell(format!("the program drops it; {others} other tables come and go; C calls it"));
    let limits = hub.set_limits(&Limits { idle_ms: 1000, ..hub.limits() });
    phase.check(limits.is_err(), "C's timeout_add gets NULL, and C says so");
    event_loop.run_once(Some(Duration::ZERO))?;
    drop(hub);
    phase.check(event_loop.is_empty(), "C has given back what it watched, and was served");
    phase.calls = served;
    phase.refused = entry_of(id).map_or(0, |entry| entry.refused);
    let calls = phase.refused;
    phase.check(calls > 0, "the program lives, and each other late call was refused and counted");
    let incidents = phase.take_incidents();
    let named = incidents.iter().any(|incident| {
        let at_line = |at: outlive::Place| at.file() == file!() && at.line() == line;
        incident.kind() == IncidentKind::LateCall && incident.created().is_some_and(at_line)
    });
    phase.check(named, "the report names the line that made the table");
    Ok(phase)
}
