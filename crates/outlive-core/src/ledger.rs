//! What is held, by whom, since where.

use core::fmt;

use crate::account::incident_of;
use crate::close::published;
use crate::handle::Handle;
use crate::incident::{Detail, IncidentKind};
use crate::life::{Phase, State};
use crate::place::Place;
use crate::primitive::Ordering;
use crate::record::{RECORDS_OF_THREADS, Record};
use crate::settle::settle;
use crate::slot::{ALL_SLOTS, Details, Reader, Slot};

/// Where a table stands in its life.
///
/// ```
#[doc = include_str!("hooks.md")]
/// use outlive::{TableState, ledger};
///
/// let _ = held.revoke();
/// let ledger = ledger();
/// let entry = ledger.tables.iter().find(|entry| entry.id == held.id()).unwrap();
/// assert_eq!(entry.state, TableState::Ended); // its slot is reserved until the release
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TableState {
    /// Calls are admitted.
    Live,
    /// Calls are refused, and the host value has not ended yet.
    Ending,
    /// Calls are refused, but those by which C takes back; the host value is lent to C until the release.
    Serving,
    /// The host value is gone. The slot is reserved, for the table was not released.
    Ended,
    /// The host value is kept for good.
    Kept,
}

impl TableState {
    fn of(phase: Phase) -> Option<Self> {
        match phase {
            Phase::Live => Some(TableState::Live),
            Phase::Closing | Phase::Deferred | Phase::Left | Phase::Parked | Phase::Ending => {
                Some(TableState::Ending)
            }
            Phase::Serving => Some(TableState::Serving),
            Phase::Ended => Some(TableState::Ended),
            Phase::Kept => Some(TableState::Kept),
            Phase::Free | Phase::Freeing => None,
        }
    }
}

/// One table of the [ledger].
///
/// ```
#[doc = include_str!("hooks.md")]
/// let ledger = outlive::ledger();
/// let entry = ledger.tables.iter().find(|entry| entry.id == held.id()).unwrap();
/// assert_eq!((entry.table, entry.in_flight, entry.refused), ("hooks", 0, 0));
/// println!("{} is held since {}", entry.host, entry.created);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TableEntry {
    /// The table's number, as `Held::id` gives it.
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
    /// The calls inside, those of threads that are gone included.
    pub in_flight: usize,
    /// The calls that were refused.
    pub refused: u64,
    /// The panics of its methods and of the host value's destructor.
    pub panicked: u64,
    /// The calls that reached the host value, where the block says `count = true`.
    pub served: Option<u64>,
    /// The incidents of this table, by kind.
    pub incidents: Vec<(IncidentKind, u32)>,
    /// The bytes of a copy of the table of its own, beyond the slot; 0 where it is shared.
    pub table_bytes: usize,
}

/// Every table that is alive or kept. Its text has a line for each.
///
/// ```
#[doc = include_str!("hooks.md")]
/// let ledger = outlive::ledger();
/// assert_eq!(ledger.tables.len(), 1);
/// println!("{ledger}"); // a line for each table
/// # drop(held);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The tables, in the order of their slots.
    pub tables: Vec<TableEntry>,
}

/// The bytes that each table takes in the library's own memory, beside its host value and
/// [`TableEntry::table_bytes`].
///
/// ```
#[doc = include_str!("hooks.md")]
/// use outlive::{SLOT_BYTES, ledger};
///
/// let bytes: usize = ledger().tables.iter().map(|entry| SLOT_BYTES + entry.table_bytes).sum();
/// assert!(bytes >= SLOT_BYTES);
/// # drop(held);
/// ```
pub const SLOT_BYTES: usize = size_of::<Slot>() + size_of::<Details>();

/// Lists every table that is alive or kept, with its counts. Any thread may ask.
///
/// A thread that is found to be gone while it was inside a table is an
/// [`IncidentKind::ThreadGone`] of that table.
///
/// ```
#[doc = include_str!("hooks.md")]
/// use outlive::{TableState, ledger};
///
/// // A test that looks for what its program has forgotten to end:
/// drop(held);
/// assert!(ledger().tables.iter().all(|entry| entry.state != TableState::Live));
/// ```
pub fn ledger() -> Ledger {
    settle();
    let inside = published();
    let read = |(index, slot): (u32, &'static Slot)| {
        let (handle, _) = slot.life.occupant(index)?;
        entry(&Reader::of(handle)?, &inside)
    };
    let ledger = Ledger { tables: ALL_SLOTS.iter().filter_map(read).collect() };
    tell_gone();
    ledger
}

/// Tells of the threads that are gone while inside, once for each table.
fn tell_gone() {
    let is_gone = |record: &&Record| record.is_inside() && !record.is_running();
    let records = RECORDS_OF_THREADS.iter().map(|(_, record)| record);
    for record in records.filter(is_gone) {
        let thread = record.thread();
        for bits in record.published() {
            let handle = Handle::from_user_data(bits as usize);
            let Some(reader) = Reader::of(handle) else { continue };
            let told = reader.slot.details().counts.told.load(Ordering::Relaxed);
            if told & IncidentKind::ThreadGone.bit() != 0 {
                continue;
            }
            let detail = Detail::of(format_args!("thread {thread} was inside and is gone"));
            let kind = IncidentKind::ThreadGone;
            // SAFETY: GUARDED (b).
            unsafe { incident_of(handle, reader.slot, kind, "", detail) }.file();
        }
    }
}

fn entry(reader: &Reader, inside: &[u64]) -> Option<TableEntry> {
    let Reader { handle, slot, .. } = *reader;
    let State { phase, claims, .. } = slot.life.state(handle)?;
    let state = TableState::of(phase)?;
    let details = slot.details();
    // SAFETY: GUARDED (b).
    let table_type = unsafe { slot.subject() }.table_type;
    // SAFETY: GUARDED (b).
    let registration = unsafe { details.registration() };
    let info = table_type.info();
    let counts = &details.counts;
    let incidents = IncidentKind::ALL
        .iter()
        .map(|kind| (*kind, counts.incidents[*kind as usize].load(Ordering::Relaxed)))
        .filter(|(_, count)| *count != 0);
    let counted = details.callers.load(Ordering::Relaxed) as usize;
    Some(TableEntry {
        id: handle.bits(),
        table: info.table,
        host: info.host.get(),
        state,
        leaked: claims.leaked,
        created: registration.created,
        ended: details.ended(),
        in_flight: count_of(inside, handle.bits()) + counted,
        refused: counts.refused.load(Ordering::Relaxed),
        panicked: counts.panicked.load(Ordering::Relaxed),
        served: info.count.then(|| counts.served.load(Ordering::Relaxed)),
        incidents: incidents.collect(),
        table_bytes: registration.position.map_or(0, |_| table_type.arena(handle.kind()).stride()),
    })
}

/// How often a number stands in a sorted list.
fn count_of(sorted: &[u64], number: u64) -> usize {
    let first = sorted.partition_point(|one| *one < number);
    sorted[first..].iter().take_while(|one| **one == number).count()
}

impl fmt::Display for TableState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            TableState::Live => "live",
            TableState::Ending => "ending",
            TableState::Serving => "serving",
            TableState::Ended => "ended",
            TableState::Kept => "kept",
        })
    }
}

impl fmt::Display for TableEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.leaked { "leaked" } else { &self.state.to_string() };
        write!(f, "{:#x} {state:<7} {} by {}", self.id, self.table, self.host)?;
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
