//! The ways to keep a table: by a context, by a static, by a thread, in C's own memory.

use std::rc::Rc;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use outlive::{ClosedError, Held, HoldError, Inspection};
use outlive_loop::Loop;
use outlive_vde::{Hub, LoopHandler, Stats, VdeContext};

use super::churn::Churn;
use super::clients::Clients;
use super::handler::{Anywhere, here};
use super::report::Phase;
use super::share::Share;

/// How often the table is inspected while it serves.
const INSPECT: Duration = Duration::from_millis(50);

pub fn by_a_context(share: Share) -> Result<Phase> {
    let event_loop = Rc::new(Loop::new()?);
    let context = VdeContext::new(LoopHandler::new(event_loop.clone()))?;
    let mut phase = started("a field of the context that C made: closed first, released after");
    exchange(&mut phase, share, &event_loop, &context, || Some(context.handler().inspect()))?;
    phase.count(context.handler().id());
    context.close();
    Ok(phase)
}

pub fn by_a_static(share: Share) -> Result<Phase> {
    /// The address of the table that is kept for the rest of the process, and its number.
    static TABLE: OnceLock<(usize, u64)> = OnceLock::new();
    let event_loop = here()?;
    let held = Held::local(LoopHandler::new(event_loop.clone())).map_err(HoldError::into_kind)?;
    let (_, id) = *TABLE.get_or_init(|| (held.as_ptr().expose_provenance(), held.id()));
    let table = held.as_ptr();
    let inspection = held.inspect();
    held.leak().map_err(ClosedError::into_error)?;
    // SAFETY: KEPT: a leaked table is never released.
    let hub = unsafe { Hub::new(table) }?;
    let mut phase = started("leaked for the rest of the process, its address in a static");
    exchange(&mut phase, share, &event_loop, &hub, || None)?;
    phase.check(inspection.is_intact(), "the table was intact when it was given away");
    phase.count(id);
    Ok(phase)
}

pub fn by_a_thread(share: Share) -> Result<Phase> {
    let held = Held::exclusive(Anywhere)?;
    let hub = thread::spawn(move || {
        let context = VdeContext::with_table(held)?;
        let event_loop = here()?;
        let mut phase = started("made here, moved into the thread that drives the hub");
        exchange(&mut phase, share, &event_loop, &context, || Some(context.handler().inspect()))?;
        phase.count(context.handler().id());
        Ok(phase)
    });
    hub.join().map_err(|_| anyhow!("the thread of the hub panicked"))?
}

pub fn by_c(share: Share) -> Result<Phase> {
    let event_loop = Rc::new(Loop::new()?);
    let held = Held::local(LoopHandler::new(event_loop.clone())).map_err(HoldError::into_kind)?;
    let table = held.to_malloc().ok_or_else(|| anyhow!("malloc has no memory"))?;
    // SAFETY: KEPT, by the hub itself, which gets the memory.
    let hub = unsafe { Hub::owning(table) }?;
    let mut phase = started("copied to memory from malloc, which C frees; never read again by us");
    exchange(&mut phase, share, &event_loop, &hub, || Some(held.inspect()))?;
    drop(hub);
    phase.count(held.id());
    // SAFETY: the hub has ended.
    let _ = unsafe { held.release() };
    Ok(phase)
}

fn started(how: &str) -> Phase {
    Phase { ok: true, detail: vec![how.to_owned()], ..Phase::default() }
}

/// Has clients exchange frames by the hub while the heap is churned, other tables come and go, and the
/// table is inspected. Every frame must arrive.
fn exchange(
    phase: &mut Phase,
    share: Share,
    event_loop: &Loop,
    hub: &Hub,
    inspect: impl Fn() -> Option<Inspection>,
) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("hub");
    hub.listen(&path)?;
    let churn = Churn::start();
    let (mut inspected, mut intact) = (0, true);
    let clients = Clients::exchanging(&path, share.clients, share.time);
    serve(event_loop, &clients, || {
        if let Some(inspection) = inspect() {
            inspected += 1;
            intact &= inspection.is_intact();
        }
    })?;
    let counts = clients.join()?;
    let others = churn.stop();
    (phase.frames_sent, phase.frames_delivered) = (counts.sent, counts.delivered);
    let all = counts.sent * (share.clients as u64 - 1);
    phase.check(counts.delivered == all && all > 0, "every frame has reached every other client");
    phase.check(accounts(&hub.stats(), counts.sent, all), "the hub's own counts say the same");
    if inspected > 0 {
        phase.check(intact, &format!("the table was intact each of {inspected} times"));
    }
    phase.tell(format!("meanwhile {others} other tables came and went, and the heap was churned"));
    let incidents = phase.take_incidents();
    phase.check(incidents.is_empty(), "nothing was reported");
    Ok(())
}

fn accounts(stats: &Stats, sent: u64, delivered: u64) -> bool {
    let dropped = stats.dropped_queue_full + stats.dropped_too_short + stats.dropped_too_long;
    stats.frames_received == sent && stats.frames_delivered == delivered && dropped == 0
}

/// Turns the loop until the clients are done, and does something now and then.
pub fn serve(event_loop: &Loop, clients: &Clients, mut now_and_then: impl FnMut()) -> Result<()> {
    let mut next = std::time::Instant::now();
    while !clients.are_done() {
        event_loop.run_once(Some(Duration::from_millis(5)))?;
        if next.elapsed() >= INSPECT {
            now_and_then();
            next = std::time::Instant::now();
        }
    }
    Ok(())
}
