//! Closed while frames fly and callbacks run on other threads.

use std::ffi::{c_int, c_void};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use outlive::{Ended, Held, callbacks};
use outlive_loop::{Loop, Remote};
use outlive_vde::sys::vde_listener;
use outlive_vde::{LoopHandler, Stats, VdeContext};

use super::clients::Clients;
use super::report::{Phase, entry_of};
use super::share::Share;

/// How many hubs run at the same time.
const HUBS: usize = 2;
/// How long frames fly before the tables are ended, and after.
const FLIGHT: Duration = Duration::from_millis(40);

pub fn run(share: Share) -> Result<Phase> {
    let mut phase = Phase { ok: true, ..Phase::default() };
    phase.tell(format!(
        "{HUBS} hubs on threads of their own, clients at full speed, no flow control"
    ));
    let mut sum = Sum { quiet: true, counted: true, accounted: true, received: true, rounds: 0 };
    let begun = Instant::now();
    while sum.rounds == 0 || begun.elapsed() < share.time {
        round(&mut phase, &mut sum, share.clients)?;
        sum.rounds += 1;
    }
    phase.tell(format!("closed {} times in flight", sum.rounds * HUBS as u64));
    phase.check(sum.quiet, "when revoke had returned, no callback was running and none started");
    phase.check(sum.counted, "every call that was admitted ran to its end, and was counted");
    phase.check(sum.accounted, "every frame that a hub accepted is accounted for");
    phase.check(sum.received, "every frame that was delivered has been received");
    phase.take_incidents();
    let (calls, refused) = (phase.calls > 0, phase.refused > 0);
    phase.check(calls && refused, "C went on calling the ended tables, and was refused");
    Ok(phase)
}

/// What held in all rounds.
struct Sum {
    quiet: bool,
    counted: bool,
    accounted: bool,
    received: bool,
    rounds: u64,
}

fn round(phase: &mut Phase, sum: &mut Sum, clients: usize) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let hubs: Vec<Flying> = (0..HUBS)
        .map(|number| Flying::start(&directory.path().join(number.to_string()), clients))
        .collect::<Result<_>>()?;
    thread::sleep(FLIGHT);
    for hub in &hubs {
        sum.quiet &= hub.revoke_in_flight();
    }
    thread::sleep(FLIGHT / 4);
    for hub in hubs {
        let seen = hub.close(phase)?;
        sum.quiet &= seen.stayed_quiet;
        sum.counted &= seen.counted;
        sum.accounted &= seen.accounted;
        sum.received &= seen.received;
    }
    Ok(())
}

/// Calls of a listener, in memory that outlives it.
#[derive(Debug, Default)]
struct Calls {
    entered: AtomicU64,
    left: AtomicU64,
}

/// A listener that says when it is inside.
struct Tap(Arc<Calls>);

#[callbacks(vde_listener, state = arg, count = true)]
impl Tap {
    /// Called by the hub on its thread, for each frame; the frame is valid during the call.
    #[callback(fallback = 0)]
    fn frame(&self, _port: u32, _frame: *const c_void, length: usize) -> c_int {
        self.0.entered.fetch_add(1, Ordering::SeqCst);
        // Long enough for a revoke to come in between.
        (0..length).for_each(|_| std::hint::spin_loop());
        self.0.left.fetch_add(1, Ordering::SeqCst);
        0
    }
}

/// A hub on its thread, with clients that flood it.
struct Flying {
    hub: JoinHandle<Result<Landed>>,
    remote: Remote,
    tap: Arc<Held<Tap>>,
    calls: Arc<Calls>,
    clients: Clients,
    count: u64,
}

/// What a hub's thread leaves.
struct Landed {
    stats: Stats,
    served: u64,
    refused: u64,
    was_released: bool,
}

/// What was seen of one hub.
struct Seen {
    stayed_quiet: bool,
    counted: bool,
    accounted: bool,
    received: bool,
}

impl Flying {
    fn start(path: &Path, count: usize) -> Result<Flying> {
        let calls = Arc::new(Calls::default());
        let tap = Arc::new(Held::new(Tap(calls.clone()))?);
        let (listener, directory) = (tap.clone(), path.to_owned());
        let (started, ready) = mpsc::channel();
        let hub = thread::spawn(move || fly(directory, listener, &started));
        let remote = wait_for(&ready)?;
        let clients = Clients::flooding(path, count);
        Ok(Flying { hub, remote, tap, calls, clients, count: count as u64 })
    }

    /// Ends the listener's table from this thread, while the hub's thread calls it.
    fn revoke_in_flight(&self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.calls.entered.load(Ordering::SeqCst) == 0 && Instant::now() < deadline {
            thread::yield_now();
        }
        let ended = self.tap.revoke();
        let (entered, left) = self.calls();
        ended == Ended::Now && entered == left && entered > 0
    }

    fn calls(&self) -> (u64, u64) {
        let left = self.calls.left.load(Ordering::SeqCst);
        (self.calls.entered.load(Ordering::SeqCst), left)
    }

    /// Ends the hub while frames are under way in it, and accounts for everything.
    fn close(self, phase: &mut Phase) -> Result<Seen> {
        let before = self.calls();
        self.clients.silence();
        self.remote.stop();
        let hub = self.hub.join().map_err(|_| anyhow!("the thread of a hub panicked"))??;
        self.clients.stop();
        let counts = self.clients.join()?;
        let after =
            (self.calls.entered.load(Ordering::SeqCst), self.calls.left.load(Ordering::SeqCst));
        let tap = entry_of(self.tap.id()).context("the ledger has lost a table")?;
        phase.frames_sent += counts.sent;
        phase.frames_delivered += counts.delivered;
        phase.calls += hub.served + tap.served.unwrap_or(0);
        phase.refused += hub.refused + tap.refused;
        let Landed { stats, was_released, .. } = hub;
        let offered = (stats.frames_received - stats.dropped_by_listener) * (self.count - 1);
        let kept = stats.frames_delivered + stats.frames_queued;
        let dropped = stats.dropped_queue_full + stats.dropped_peer_gone;
        if let Some(tap) = Arc::into_inner(self.tap) {
            // SAFETY: the hub has ended.
            let _ = unsafe { tap.release() };
        }
        Ok(Seen {
            stayed_quiet: before == after && was_released,
            counted: tap.served == Some(after.1),
            accounted: offered == kept + dropped && stats.frames_received <= counts.sent,
            received: counts.delivered == stats.frames_delivered,
        })
    }
}

/// Runs on the hub's thread: serves until it is stopped, takes the counts, and closes.
fn fly(
    directory: PathBuf,
    listener: Arc<Held<Tap>>,
    started: &mpsc::Sender<Result<Remote>>,
) -> Result<Landed> {
    let event_loop = Rc::new(Loop::new()?);
    let context = VdeContext::new(LoopHandler::new(event_loop.clone()))?;
    context.set_listener(listener);
    let listening = context.listen(directory).map(|()| event_loop.remote());
    let failed = listening.is_err();
    let _ = started.send(listening.map_err(Into::into));
    if failed {
        return Err(anyhow!("the hub cannot listen"));
    }
    event_loop.run()?;
    let stats = context.stats();
    let id = context.handler().id();
    let handler = entry_of(id).context("the ledger has lost a table")?;
    context.close();
    let was_released = entry_of(id).is_none();
    let served = handler.served.unwrap_or(0);
    Ok(Landed { stats, served, refused: handler.refused, was_released })
}

fn wait_for(ready: &Receiver<Result<Remote>>) -> Result<Remote> {
    ready.recv().context("the thread of a hub has ended")?
}
