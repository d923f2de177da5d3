//! Incidents as the call path makes them: counted, one line at most, and left in a ring for the
//! host's side. Nothing here allocates or locks.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, AtomicU32};

use super::handle::Handle;
use super::place::Place;
use super::platform;
use super::ring::Ring;
use super::slot::Slot;
use crate::incident::{Incident, IncidentKind};
use crate::primitive::{AtomicU64, MODELLED, Ordering, per_process};

/// How many kinds of incident there are.
pub(crate) const KINDS: usize = IncidentKind::ALL.len();

/// How many lines the process writes on stderr before it only counts.
const LINES: u32 = 64;
const RING: usize = if MODELLED { 2 } else { 256 };

static ABORT: AtomicBool = AtomicBool::new(false);
static WRITTEN: AtomicU32 = AtomicU32::new(0);
/// The lines of incidents that no registration can be named for, by kind.
static UNNAMED: AtomicU32 = AtomicU32::new(0);
per_process! { static MISSED: AtomicU64 = AtomicU64::new(0); }
per_process! { static RING_OF_INCIDENTS: Ring<Incident, RING> = Ring::new(); }

/// Reads `OUTLIVE_ON_INCIDENT` once, before the first table.
pub(crate) fn configure() {
    let abort = std::env::var_os("OUTLIVE_ON_INCIDENT").is_some_and(|value| value == "abort");
    ABORT.store(abort, Ordering::Relaxed);
}

/// A short text without an allocation; what does not fit is cut.
#[derive(Clone, Copy)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Text { bytes: [0; N], length: 0 }
    }

    pub(crate) fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Text::new();
        let _ = text.write_fmt(arguments);
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = text.floor_char_boundary(N - self.length);
        self.bytes[self.length..self.length + end].copy_from_slice(&text.as_bytes()[..end]);
        self.length += end;
        Ok(())
    }
}

/// The detail of an incident.
pub(crate) type Detail = Text<96>;

/// What the call path knows of an incident.
pub(crate) struct Report<'a> {
    pub(crate) kind: IncidentKind,
    pub(crate) table: &'static str,
    pub(crate) callback: &'static str,
    pub(crate) handle: Option<Handle>,
    pub(crate) created: Option<Place>,
    pub(crate) ended: Option<Place>,
    pub(crate) detail: Detail,
    /// The kinds that have written their line for this table, a bit each.
    pub(crate) reported: &'a AtomicU32,
    /// How many there were of this kind and table.
    pub(crate) count: Option<&'a AtomicU32>,
}

impl<'a> Report<'a> {
    /// An incident of a registration.
    ///
    /// # Safety
    ///
    /// The caller may read the slot's registration (GUARDED).
    pub(crate) unsafe fn of(
        kind: IncidentKind,
        handle: Handle,
        slot: &'a Slot,
        callback: &'static str,
        detail: Detail,
    ) -> Self {
        // SAFETY: the caller's promise.
        let registration = unsafe { slot.registration() };
        let ended = slot.ended.load(Ordering::Acquire);
        Report {
            kind,
            table: registration.info.table,
            callback,
            handle: Some(handle),
            created: Some(registration.created),
            // SAFETY: it is NULL or a place that a close stored.
            ended: unsafe { Place::from_raw(ended) },
            detail,
            reported: &slot.counts.reported,
            count: Some(&slot.counts.incidents[kind as usize]),
        }
    }

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
            reported: &UNNAMED,
            count: None,
        }
    }

    /// Counts the incident, writes its line if it is the first of its kind and table, leaves it
    /// for the host's side, and aborts where the environment asks for it. Keeps `errno`.
    #[cold]
    pub(crate) fn file(self) {
        let saved = platform::errno();
        let count = self.count();
        let incident = Incident::new(&self, count, platform::thread_number());
        if ABORT.load(Ordering::Relaxed) {
            abort_process(&incident);
        }
        if self.is_first_line() {
            write_line(&incident);
        }
        if !RING_OF_INCIDENTS.push(incident) {
            MISSED.fetch_add(1, Ordering::Relaxed);
        }
        platform::set_errno(saved);
    }

    /// As [`Report::file`], but with a line for each: for reports that the caller bounds.
    pub(crate) fn file_always(self) {
        UNNAMED.fetch_and(!(1 << self.kind as u32), Ordering::Relaxed);
        self.file();
    }

    fn count(&self) -> u32 {
        self.count.map_or(1, |count| count.fetch_add(1, Ordering::Relaxed).saturating_add(1))
    }

    fn is_first_line(&self) -> bool {
        let bit = 1 << self.kind as u32;
        self.reported.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }
}

/// One line on stderr, up to a bound for the process.
pub(crate) fn write_line(line: &dyn fmt::Display) {
    let written = WRITTEN.fetch_add(1, Ordering::Relaxed);
    if written < LINES {
        write_now(line);
    } else if written == LINES {
        platform::write_stderr(b"outlive: further incidents are counted and not written\n");
    } else {
        WRITTEN.store(LINES + 1, Ordering::Relaxed);
    }
}

fn write_now(line: &dyn fmt::Display) {
    let mut text = Text::<512>::of(format_args!("outlive: {line}"));
    end_line(&mut text);
    platform::write_stderr(&text.bytes[..text.length]);
}

fn end_line<const N: usize>(text: &mut Text<N>) {
    text.length = text.length.min(N - 1);
    // Not before a continuation byte.
    while text.length > 0 && text.bytes[text.length] & 0xc0 == 0x80 {
        text.length -= 1;
    }
    text.bytes[text.length] = b'\n';
    text.length += 1;
}

/// Ends the process with SIGABRT, after the line that says why, which no bound holds back.
pub(crate) fn abort_process(line: &dyn fmt::Display) -> ! {
    write_now(line);
    std::process::abort()
}

/// The next incident that the host's side has not seen.
pub(crate) fn next() -> Option<Incident> {
    RING_OF_INCIDENTS.pop()
}

/// How many incidents the host's side has not seen, about.
pub(crate) fn waiting() -> usize {
    RING_OF_INCIDENTS.len()
}

/// How many incidents found the ring full.
pub(crate) fn missed() -> u64 {
    MISSED.load(Ordering::Relaxed)
}
