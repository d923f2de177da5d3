//! Incidents as they happen: counted, one line at most, and left for the host's side. Nothing here
//! allocates or locks.
//!
//! Lines on stderr are bounded: one for each kind and registration, so many for each kind and table type,
//! and for what cannot be told to any registration one for each kind and callback. A hook takes their place.
//! A wait is always told.

use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};

use crate::child;
use crate::handle::Handle;
use crate::incident::{Detail, Incident, IncidentKind, KINDS};
use crate::limits;
use crate::place::Place;
use crate::platform::{Platform, System};
use crate::primitive::{AtomicU64, Ordering, per_process};
use crate::ring::Ring;
use crate::text::Text;
use crate::thread;

/// How many lines the registrations of one table type write for each kind.
const LINES_OF_A_TABLE: u32 = 8;

static ABORT: AtomicBool = AtomicBool::new(false);
static HOOKED: AtomicBool = AtomicBool::new(false);
per_process! { static MISSED: AtomicU64 = AtomicU64::new(0); }
per_process! { static RING: Ring<Incident, { limits::INCIDENTS }> = Ring::new(); }

/// The lines that registrations of one table type have written, by kind.
#[derive(Debug)]
pub(crate) struct Lines([AtomicU32; KINDS]);

impl Lines {
    pub(crate) const fn new() -> Self {
        Lines([const { AtomicU32::new(0) }; KINDS])
    }
}

/// How the lines of an incident are bounded.
#[derive(Clone, Copy)]
pub(crate) enum Bound<'a> {
    /// By the kinds that the registration has written a line for, a bit each, and by its type's lines.
    Registration(&'a AtomicU32, &'a Lines),
    /// By the kinds that something else has written a line for.
    Once(&'a AtomicU32),
    /// By the kind and the names of the table, the callback and the host.
    Unnamed(&'static str),
    /// By whoever reports.
    Always,
    /// By whoever reports, and the environment asks for it: a hook does not replace it.
    Asked,
}

/// What is known of an incident where it happens.
pub(crate) struct Report<'a> {
    pub(crate) kind: IncidentKind,
    pub(crate) table: &'static str,
    pub(crate) callback: &'static str,
    pub(crate) handle: Option<Handle>,
    pub(crate) created: Option<Place>,
    pub(crate) ended: Option<Place>,
    pub(crate) detail: Detail,
    pub(crate) bound: Bound<'a>,
    /// How many there were of this kind and table.
    pub(crate) count: Option<&'a AtomicU32>,
}

impl Report<'_> {
    /// An incident that no registration can be named for.
    pub(crate) fn unnamed(kind: IncidentKind, table: &'static str, callback: &'static str) -> Self {
        Report {
            kind,
            table,
            callback,
            handle: None,
            created: None,
            ended: None,
            detail: Detail::new(),
            bound: Bound::Unnamed(""),
            count: None,
        }
    }

    /// Counts the incident, writes its line if its bound allows for one, leaves it for the host's side,
    /// and aborts where the environment asks for it.
    #[cold]
    pub(crate) fn file(self) {
        let count = self.count.map_or(1, |count| count.fetch_add(1, Ordering::Relaxed) + 1);
        let incident = Incident {
            kind: self.kind,
            table: self.table,
            callback: self.callback,
            handle: self.handle,
            created: self.created,
            ended: self.ended,
            count,
            thread: System::thread(),
            detail: self.detail,
        };
        // What was asked for is told to its end.
        if ABORT.load(Ordering::Relaxed) && !matches!(self.bound, Bound::Asked) {
            abort_process(&incident);
        }
        self.write_line(&incident);
        if !at_ring(|| RING.push(incident)) {
            MISSED.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write_line(&self, incident: &Incident) {
        let is_asked = matches!(self.bound, Bound::Asked);
        if HOOKED.load(Ordering::Relaxed) && !is_asked {
            return;
        }
        let is_first = |seen: &AtomicU32| {
            seen.fetch_or(self.kind.bit(), Ordering::Relaxed) & self.kind.bit() == 0
        };
        match self.bound {
            Bound::Always | Bound::Asked => write_line(incident),
            Bound::Once(seen) if is_first(seen) => write_line(incident),
            Bound::Unnamed(host) if is_first(unnamed(self.table, self.callback, host)) => {
                write_line(incident);
            }
            Bound::Registration(seen, lines) if is_first(seen) => {
                let count = &lines.0[self.kind as usize];
                match count.fetch_add(1, Ordering::Relaxed) {
                    0..LINES_OF_A_TABLE => write_line(incident),
                    LINES_OF_A_TABLE => write_line(&format_args!(
                        "{}: {}: further incidents of other tables are counted and not written",
                        self.kind, self.table
                    )),
                    // It does not come round again.
                    _ => count.store(LINES_OF_A_TABLE + 1, Ordering::Relaxed),
                }
            }
            _ => {}
        }
    }
}

/// The kinds for which a line was written of a table, a callback and a host of these names, of no registration. The last of
/// the places is for all names that found none.
fn unnamed(table: &'static str, callback: &'static str, host: &'static str) -> &'static AtomicU32 {
    struct Named {
        names: AtomicUsize,
        kinds: AtomicU32,
    }
    static NAMES: [Named; 128] =
        [const { Named { names: AtomicUsize::new(0), kinds: AtomicU32::new(0) } }; 128];
    // Names that make the same number, which is unlikely, share their lines.
    let names = [table, callback, host].map(|name| name.as_ptr().addr());
    let names = names[0] ^ names[1].rotate_left(32) ^ names[2].rotate_left(16);
    let is_it = |named: &&Named| {
        let claim = named.names.compare_exchange(0, names, Ordering::Relaxed, Ordering::Relaxed);
        claim.is_ok() || claim == Err(names)
    };
    &NAMES.iter().find(is_it).unwrap_or(&NAMES[127]).kinds
}

/// What was reported of something that a host keeps beside its registrations.
#[derive(Debug, Default)]
pub struct Told {
    kinds: AtomicU32,
    count: AtomicU32,
}

/// Reports an incident that a host found by itself, of no registration: of a table's callback, or of what `told`
/// belongs to.
pub fn report_of_host(
    kind: IncidentKind,
    (table, callback): (&'static str, &'static str),
    created: Option<Place>,
    detail: fmt::Arguments<'_>,
    told: Option<&Told>,
) {
    let mut report = Report::unnamed(kind, table, callback);
    report.created = created;
    report.detail = Detail::of(detail);
    if let Some(told) = told {
        report.bound = Bound::Once(&told.kinds);
        report.count = Some(&told.count);
    }
    report.file();
}

/// What the environment asks for, read once before the first registration.
pub(crate) fn configure(abort: bool) {
    ABORT.store(abort, Ordering::Relaxed);
}

/// A hook takes the place of the lines.
pub(crate) fn replace_lines() {
    HOOKED.store(true, Ordering::Relaxed);
}

/// One line on stderr, whatever the bounds.
pub(crate) fn write_line(line: &dyn fmt::Display) {
    let text = Text::<512>::of(format_args!("outlive: {line}")).into_line();
    System::write_stderr(text.as_bytes());
}

/// Ends the process with SIGABRT, after the line that says why.
pub fn abort_process(line: &dyn fmt::Display) -> ! {
    write_line(line);
    std::process::abort()
}

/// Takes the oldest incident that the host's side has not seen.
pub fn next_incident() -> Option<Incident> {
    at_ring(|| RING.pop())
}

/// Adds to the ring, or takes from it, so that a child does not empty it meanwhile (`forget_inherited`).
fn at_ring<R>(act: impl FnOnce() -> R) -> R {
    child::stand_by();
    thread::filing(act)
}

/// Leaves the incidents that wait to the parent: a thread of its may have been about to add one, or to take one.
/// Nobody else may use the library meanwhile.
pub(crate) fn forget_inherited() {
    RING.reset();
}

/// How many incidents the host's side has not seen, about.
pub(crate) fn waiting_incidents() -> usize {
    RING.len()
}

/// How many incidents found no room to wait for the host's side, since the process began.
///
/// ```
/// assert_eq!(outlive::missed_incidents(), 0);
/// ```
pub fn missed_incidents() -> u64 {
    MISSED.load(Ordering::Relaxed)
}
