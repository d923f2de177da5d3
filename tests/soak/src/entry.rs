//! A table, as the books of both sides have it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use outlive::{IncidentKind, TableEntry, TableState};

use crate::faults::Faults;
use crate::sys;
use crate::tally::{Tally, get};

/// How many shapes there are.
pub const SHAPES: usize = 7;

/// What C is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Static,
    Counted,
    Object,
    Linked,
    Plain,
    Own,
    Lent,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Shape; SHAPES] = [
        Shape::Static,
        Shape::Counted,
        Shape::Object,
        Shape::Linked,
        Shape::Plain,
        Shape::Own,
        Shape::Lent,
    ];

    /// C's name for it.
    pub fn number(self) -> i32 {
        match self {
            Shape::Static | Shape::Counted | Shape::Lent => sys::LOAD_ARG,
            Shape::Object => sys::LOAD_OBJECT,
            Shape::Linked => sys::LOAD_LINKED,
            Shape::Plain => sys::LOAD_NONE,
            Shape::Own => sys::LOAD_OWN,
        }
    }

    /// The table is a static that is the same for all, so that C may call even after a release: it
    /// has stale user data then.
    pub fn survives_release(self) -> bool {
        matches!(self, Shape::Static | Shape::Counted | Shape::Lent)
    }
}

/// One table.
///
/// INVARIANT: OWN-ACCOUNT: the account came from `load_account_new`, and this frees it.
#[derive(Debug)]
pub struct Entry {
    pub account: *mut sys::load_account,
    pub tally: Arc<Tally>,
    pub id: u64,
    pub shape: Shape,
    /// The slot was given back.
    pub released: AtomicBool,
    /// The handle is gone, and the slot stays reserved.
    pub abandoned: AtomicBool,
}

// SAFETY: all that C changes in an account is atomic.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

impl Drop for Entry {
    fn drop(&mut self) {
        // SAFETY: OWN-ACCOUNT.
        unsafe { sys::load_account_free(self.account) };
    }
}

impl Entry {
    /// C's book.
    pub fn counts(&self) -> sys::load_counts {
        let mut counts = sys::load_counts::default();
        // SAFETY: OWN-ACCOUNT.
        unsafe { sys::load_account_counts(self.account, &raw mut counts) };
        counts
    }

    /// Checks the table after a close has said that it is quiet.
    pub fn check_quiet(&self, faults: &Faults) {
        let drops = self.tally.drops.load(Ordering::SeqCst);
        if (drops, get(&self.tally.inside)) != (1, 0) {
            let (id, inside) = (self.id, get(&self.tally.inside));
            faults.add(format_args!("{id:#x} ended, with {inside} inside and {drops} drops"));
        }
    }

    /// Compares the books, at a moment when nobody is inside. `ledger` is what the library says.
    pub fn check(&self, ledger: Option<&TableEntry>, faults: &Faults) {
        let tally = &*self.tally;
        let counts = self.counts();
        let should = |what, is: i64, should: i64| {
            if is != should {
                let (id, shape) = (self.id, self.shape);
                faults.add(format_args!(
                    "{id:#x} ({shape:?}): {what}: {is}, should be {should}; C {counts:?}, host {tally:?}, \
                     ledger {ledger:?}"
                ));
            }
        };
        should("served calls in C's book, against the host's", counts.served, get(&tally.served));
        should("served and refused", counts.served + counts.refused, counts.calls);
        should("wrong results", counts.wrong, 0);
        should("lost tokens", counts.lost, 0);
        should("mistaken tokens", counts.mistaken, 0);
        should("bodies", get(&tally.begun), get(&tally.served) + get(&tally.panicked));
        should("bodies inside", get(&tally.inside), 0);
        should("trespasses", tally.trespasses.load(Ordering::SeqCst).into(), 0);
        let ended = tally.asked_to_end.load(Ordering::SeqCst);
        let released = self.released.load(Ordering::SeqCst);
        let dropped = ended && (self.shape != Shape::Lent || released);
        should("drops", tally.drops.load(Ordering::SeqCst).into(), dropped.into());
        if dropped {
            should("tokens", get(&tally.kept), get(&tally.opened) - get(&tally.closed));
        }
        should("answers", counts.answered, get(&tally.answered));
        // What is dropped is heard, unless C has forgotten it.
        let heard =
            if released { counts.dropped.min(get(&tally.let_go)) } else { get(&tally.let_go) };
        should("answers that nobody gave", counts.dropped, heard);
        should(
            "answers that C had forgotten",
            i64::from(get(&tally.forgotten) > 0 && !released),
            0,
        );
        should("entries in the ledger", ledger.is_some().into(), (!released).into());
        if let Some(ledger) = ledger {
            self.check_ledger(ledger, ended, should);
        }
    }

    fn check_ledger(
        &self,
        ledger: &TableEntry,
        ended: bool,
        should: impl Fn(&'static str, i64, i64),
    ) {
        let tally = &*self.tally;
        let incidents = |kind| {
            let found = ledger.incidents.iter().find(|(of, _)| *of == kind);
            found.map_or(0, |(_, count)| i64::from(*count))
        };
        let bad = incidents(IncidentKind::BadArgument);
        let (refused, panicked) = (ledger.refused as i64, get(&tally.panicked));
        should("refused calls", self.counts().refused, refused + panicked + bad);
        let reasons =
            [IncidentKind::LateCall, IncidentKind::WrongThread, IncidentKind::ConcurrentCall];
        should("reasons to refuse", reasons.map(incidents).iter().sum(), refused);
        let in_destructor = i64::from(tally.destructor_panicked.load(Ordering::SeqCst));
        should("panics", ledger.panicked as i64, panicked + in_destructor);
        should("panic incidents", incidents(IncidentKind::Panic), panicked + in_destructor);
        if let Some(served) = ledger.served {
            should("served calls in the ledger", served as i64, get(&tally.begun) + bad);
        }
        should("calls in flight", ledger.in_flight as i64, 0);
        let state = match ended {
            false => TableState::Live,
            true if self.shape == Shape::Lent => TableState::Serving,
            true => TableState::Ended,
        };
        should("state", (ledger.state == state).into(), 1);
    }
}
