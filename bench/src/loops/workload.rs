//! What is done with the loops.

use super::c::bench_case;

/// What happens, by the names that C has for it (`enum bench_kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ring,
    Once,
    Churn,
    Idle,
    Retime,
    Echo,
    Timers,
}

/// A workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    pub kind: Kind,
    /// Pipes, pairs of sockets, or timers.
    pub n: u32,
    /// How many bytes are on their way at once.
    pub active: u32,
}

impl Kind {
    pub const ALL: [Kind; 7] =
        [Kind::Ring, Kind::Once, Kind::Churn, Kind::Idle, Kind::Retime, Kind::Echo, Kind::Timers];
    pub const NAMES: [&str; 7] = ["ring", "once", "churn", "idle", "retime", "echo", "timers"];

    pub fn name(self) -> &'static str {
        Kind::NAMES[self as usize]
    }

    pub fn of(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What one event is.
    pub fn description(self) -> &'static str {
        match self {
            Kind::Ring => "a byte goes round n pipes: read, and written to the next",
            Kind::Once => "ring, of one-shots that are deleted and added again in their callback",
            Kind::Churn => "ring, where each callback deletes and adds a watcher of an idle pipe",
            Kind::Idle => "ring, where each watcher has a timeout that starts again at each call",
            Kind::Retime => "ring, where each callback deletes its timer and adds another",
            Kind::Echo => "n pairs of sockets: read, then a write watcher that comes and goes",
            Kind::Timers => "n timers of up to 10 ms: added, called, deleted",
        }
    }

    /// The most that the loop of this project may take, by the best C loop.
    pub fn limit(self) -> f64 {
        match self {
            Kind::Ring | Kind::Timers => 1.05,
            Kind::Once | Kind::Churn | Kind::Idle | Kind::Retime | Kind::Echo => 0.95,
        }
    }
}

impl Workload {
    /// The case for C, with so many events.
    pub fn case(self, events: i64) -> bench_case {
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        bench_case {
            kind: self.kind as i32,
            n: number(self.n),
            active: number(self.active),
            events,
        }
    }
}

/// All of them, or small ones of each kind.
pub fn all(quick: bool) -> Vec<Workload> {
    let of = |kind, sizes: &[(u32, u32)]| -> Vec<Workload> {
        sizes.iter().map(|&(n, active)| Workload { kind, n, active }).collect()
    };
    if quick {
        return Kind::ALL.into_iter().flat_map(|kind| of(kind, &[(20, 4)])).collect();
    }
    let ring = [(100, 1), (100, 100), (1000, 1), (1000, 100), (1000, 1000)];
    let wide = [(10_000, 1), (10_000, 100), (10_000, 1000)];
    let some = [(100, 1), (100, 100), (1000, 100)];
    let timers = [(1000, 0), (10_000, 0), (100_000, 0), (1_000_000, 0)];
    let few = [Kind::Once, Kind::Churn, Kind::Idle, Kind::Retime, Kind::Echo];
    let mut all = of(Kind::Ring, &ring);
    all.extend(of(Kind::Ring, &wide));
    all.extend(few.into_iter().flat_map(|kind| of(kind, &some)));
    all.extend(of(Kind::Timers, &timers));
    all
}
