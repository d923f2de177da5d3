//! What is held, by whom, since where.

use core::fmt;

use crate::incident::IncidentKind;
use crate::primitive::Ordering;
use crate::raw::Place;
use crate::raw::close;
use crate::raw::handle::{Handle, State};
use crate::raw::hold::settle;
use crate::raw::incident::{Detail, Report, write_line};
use crate::raw::slot::{Memory, SLOTS, Slot};
use crate::raw::thread;

/// How many tables the report at exit names, before it only counts them.
const NAMED_AT_EXIT: usize = 8;

/// Where a table stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TableState {
    /// Calls are admitted.
    Live,
    /// Calls are refused, and the host value has not ended yet.
    Ending,
    /// The host value is gone. The slot is reserved, for the table was not released.
    Ended,
    /// The host value is kept for good.
    Kept,
}

/// One table of the [ledger].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TableEntry {
    /// The table's number, as [`Held::id`](crate::Held::id) gives it.
    pub id: u64,
    /// The C struct's name.
    pub table: &'static str,
    /// The host type's name.
    pub host: &'static str,
    /// Where it stands.
    pub state: TableState,
    /// Whether it was leaked on purpose.
    pub leaked: bool,
    /// The line that made it.
    pub created: Place,
    /// The line that ended it, where an explicit call did.
    pub ended: Option<Place>,
    /// The calls inside.
    pub in_flight: usize,
    /// The calls that were refused.
    pub refused: u64,
    /// The panics of its methods and of the host value's destructor.
    pub panicked: u64,
    /// The calls that reached the host value, where the block says `count = true`.
    pub served: Option<u64>,
    /// The incidents of this table, by kind.
    pub incidents: Vec<(IncidentKind, u32)>,
    /// The bytes of a copy of the table of its own, beyond the slot; 0 where it is a static.
    pub table_bytes: usize,
}

/// Every table that is alive or kept. Its text has a line for each.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The tables, in the order of their slots.
    pub tables: Vec<TableEntry>,
}

/// The bytes that each table takes in the library's own memory, beside its host value and
/// [`TableEntry::table_bytes`].
pub const SLOT_BYTES: usize = size_of::<Slot>();

/// Lists every table that is alive or kept, with its counts. Any thread may ask.
///
/// It reads each table as a call does, and stands in its gate for that moment: a close that does not
/// wait may then find somebody inside, and return [`Ended::Later`](crate::Ended::Later).
pub fn ledger() -> Ledger {
    settle();
    list()
}

fn list() -> Ledger {
    Ledger { tables: SLOTS.iter().filter_map(entry).collect() }
}

/// Reads a slot as a call would, so that it cannot be released meanwhile.
fn entry(slot: &'static Slot) -> Option<TableEntry> {
    let (handle, _) = slot.gate.occupant()?;
    let way = thread::publish(&slot.gate, handle);
    let state = slot.gate.state(handle).and_then(table_state);
    // SAFETY: GUARDED (a): published, then read in the word.
    let entry = state.map(|state| unsafe { read(handle, slot, state) });
    thread::withdraw(way, &slot.gate);
    if !slot.gate.admits(handle) {
        close::after_last_call(slot);
    }
    entry
}

fn table_state(state: State) -> Option<TableState> {
    match state {
        State::Live => Some(TableState::Live),
        State::Closing | State::Deferred | State::Parked | State::Finalising => {
            Some(TableState::Ending)
        }
        State::Ended => Some(TableState::Ended),
        State::Kept => Some(TableState::Kept),
        State::Releasing => None,
    }
}

/// # Safety
///
/// The caller may read the registration (GUARDED), and stands in the gate once itself.
unsafe fn read(handle: Handle, slot: &'static Slot, state: TableState) -> TableEntry {
    // SAFETY: the caller's promise.
    let registration = unsafe { slot.registration() };
    let counts = &slot.counts;
    let incidents = IncidentKind::ALL
        .iter()
        .map(|kind| (*kind, counts.incidents[*kind as usize].load(Ordering::Relaxed)))
        .filter(|(_, count)| *count != 0);
    TableEntry {
        id: handle.bits(),
        table: registration.info.table,
        host: registration.info.host.get(),
        state,
        leaked: slot.leaked.load(Ordering::Relaxed),
        created: registration.created,
        // SAFETY: it is NULL or a place that a close stored.
        ended: unsafe { Place::from_raw(slot.ended.load(Ordering::Acquire)) },
        in_flight: close::in_flight(handle, slot).saturating_sub(1),
        refused: counts.refused.load(Ordering::Relaxed),
        panicked: counts.panicked.load(Ordering::Relaxed),
        served: registration.info.count.then(|| counts.served.load(Ordering::Relaxed)),
        incidents: incidents.collect(),
        table_bytes: match &registration.memory {
            Memory::Static => 0,
            Memory::Sealed(pages) => pages.length(),
            Memory::Watched(block) => block.1.size(),
        },
    }
}

impl fmt::Display for TableState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            TableState::Live => "live",
            TableState::Ending => "ending",
            TableState::Ended => "ended",
            TableState::Kept => "kept",
        })
    }
}

impl fmt::Display for TableEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.leaked { "leaked" } else { &self.state.to_string() };
        write!(f, "{:#x} {state:<6} {} by {}", self.id, self.table, self.host)?;
        write!(f, ", made at {}", self.created)?;
        if let Some(ended) = self.ended {
            write!(f, ", ended at {ended}")?;
        }
        write!(f, ": {} inside, {} refused", self.in_flight, self.refused)?;
        write!(f, ", {} panicked", self.panicked)?;
        if let Some(served) = self.served {
            write!(f, ", {served} served")?;
        }
        self.incidents.iter().try_for_each(|(kind, count)| write!(f, ", {kind}: {count}"))
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tables.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

/// Names what was never released. Called by the C library when the process exits, on the exiting
/// thread; it owns nothing.
pub(crate) extern "C" fn report_at_exit() {
    // Nothing may unwind into the C library; what a report needs may be gone by now.
    let _ = std::panic::catch_unwind(|| {
        close::sweep();
        let kept: Vec<_> = list().tables.into_iter().filter(|entry| !entry.leaked).collect();
        kept.iter().take(NAMED_AT_EXIT).for_each(report_kept);
        if let Some(more) = kept.len().checked_sub(NAMED_AT_EXIT).filter(|more| *more > 0) {
            write_line(&format_args!("never released: {more} more tables"));
        }
    });
}

fn report_kept(entry: &TableEntry) {
    let mut report = Report::unnamed(IncidentKind::NeverReleased, entry.table, "");
    report.created = Some(entry.created);
    report.ended = entry.ended;
    report.detail = Detail::of(format_args!("{} at exit, held by {}", entry.state, entry.host));
    report.file_always();
}
