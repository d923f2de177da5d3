//! What scenarios look at, and the disorder they make.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU64, Ordering};

use outlive::IncidentKind;

use crate::binding::{Binding, Host, REFUSED, Shared};
use crate::scenario::{Failure, Stage, Verdict};
use crate::sys::keeper_table;

/// Ids of the tables that take the place of what has ended.
const NEWCOMERS: c_int = 5_000_000;

/// A call that must be refused.
pub fn refused(result: c_int) -> Verdict {
    match result {
        REFUSED => Ok(()),
        other if other >= NEWCOMERS => {
            Err(Failure::misdirected(format!("a late call reached a newer table: {other}")))
        }
        other => Err(Failure::wrong(format!("a call that must be refused returned {other}"))),
    }
}

/// A call that must return this.
pub fn returns(result: c_int, expected: c_int) -> Verdict {
    if result == expected {
        return Ok(());
    }
    if result >= NEWCOMERS || result / 1000 != expected / 1000 && result >= 1000 {
        return Err(Failure::misdirected(format!("{result} is another table's, not {expected}")));
    }
    Err(Failure::wrong(format!("{result}, not {expected}")))
}

/// Something that must hold.
pub fn holds(so: bool, what: &str) -> Verdict {
    if so { Ok(()) } else { Err(Failure::wrong(format!("not so: {what}"))) }
}

/// Where the tables report what happens to them: so many incidents of this kind, and no others, since
/// the last time. But a close that waits for a second on a busy machine says so, beside.
pub fn reported(stage: &Stage, kind: IncidentKind, times: usize) -> Verdict {
    if !stage.binding.is_library() {
        return Ok(());
    }
    // What found no room in the queue is counted all the same, and may be such a close.
    static MISSED: AtomicU64 = AtomicU64::new(0);
    let mut incidents = outlive::take_incidents();
    let missed = outlive::missed_incidents();
    let missed = (missed - MISSED.swap(missed, Ordering::SeqCst)) as usize;
    incidents.retain(|incident| incident.kind() != IncidentKind::SlowClose);
    if let Some(other) = incidents.iter().find(|incident| incident.kind() != kind) {
        return Err(Failure::wrong(format!("unexpected: {other}")));
    }
    let count = incidents.len() + missed;
    if (times..=times + usize::from(missed > 0)).contains(&count) {
        return Ok(());
    }
    Err(Failure::wrong(format!("{count} incidents of the kind {kind}, not {times}")))
}

/// What has taken the place of what has ended. It lives until the scenario is over.
pub struct Newcomers(#[expect(dead_code, reason = "kept alive")] Vec<Shared<keeper_table>>);

impl Stage {
    /// Where freed memory is to be used again: thousands of tables come and go, and some stay. Their
    /// results are above five million.
    pub fn reuse(&self) -> Newcomers {
        if !self.reuse {
            return Newcomers(Vec::new());
        }
        Newcomers(newcomers(self.binding))
    }
}

/// Makes thousands of tables, of which a few stay.
pub fn newcomers(binding: &dyn Binding) -> Vec<Shared<keeper_table>> {
    for n in 0..4000 {
        binding.events(Host::new(NEWCOMERS + n * 1000)).release();
    }
    (0..64).map(|n| binding.events(Host::new(NEWCOMERS + n * 1000))).collect()
}
