//! What C or the host did that would have been undefined behaviour elsewhere.

use core::cell::Cell;
use core::fmt;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::raw::Place;
use crate::raw::incident::{self as raw, Detail, Report};

/// What kind of thing an [`Incident`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum IncidentKind {
    /// A call after the table's end, or with user data that no live table has.
    LateCall,
    /// A call from another thread into a table that is bound to one.
    WrongThread,
    /// A concurrent or re-entrant call into an exclusive table.
    ConcurrentCall,
    /// A method, or the host value's destructor, panicked.
    Panic,
    /// A token that is not live in the [`Tokens`](crate::Tokens) it was given to.
    BadToken,
    /// An argument that the method's type does not admit, or the user data of another table.
    BadArgument,
    /// A member of a table is not what was given to C.
    AlteredTable,
    /// All instances of a context-free table are taken.
    NoInstanceLeft,
    /// A table that was never released.
    NeverReleased,
    /// A close waits for a call that has been inside for a second or more.
    SlowClose,
    /// The system forbade the barrier that a close needs: the host value is kept for good.
    BarrierLost,
}

impl IncidentKind {
    /// Every kind there is.
    pub const ALL: [IncidentKind; 11] = [
        IncidentKind::LateCall,
        IncidentKind::WrongThread,
        IncidentKind::ConcurrentCall,
        IncidentKind::Panic,
        IncidentKind::BadToken,
        IncidentKind::BadArgument,
        IncidentKind::AlteredTable,
        IncidentKind::NoInstanceLeft,
        IncidentKind::NeverReleased,
        IncidentKind::SlowClose,
        IncidentKind::BarrierLost,
    ];
}

impl fmt::Display for IncidentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IncidentKind::LateCall => "late call",
            IncidentKind::WrongThread => "call from the wrong thread",
            IncidentKind::ConcurrentCall => "concurrent call",
            IncidentKind::Panic => "panic",
            IncidentKind::BadToken => "bad token",
            IncidentKind::BadArgument => "bad argument",
            IncidentKind::AlteredTable => "altered table",
            IncidentKind::NoInstanceLeft => "no instance left",
            IncidentKind::NeverReleased => "never released",
            IncidentKind::SlowClose => "slow close",
            IncidentKind::BarrierLost => "barrier lost",
        })
    }
}

/// One incident: what it was, of which table and callback, and the source lines that made and
/// ended the table.
///
/// Its text is the line that stderr gets.
#[derive(Clone)]
pub struct Incident {
    kind: IncidentKind,
    table: &'static str,
    callback: &'static str,
    id: Option<u64>,
    created: Option<Place>,
    ended: Option<Place>,
    count: u32,
    thread: u32,
    detail: Detail,
}

impl Incident {
    pub(crate) fn new(report: &Report<'_>, count: u32, thread: u32) -> Self {
        Incident {
            kind: report.kind,
            table: report.table,
            callback: report.callback,
            id: report.handle.map(crate::raw::handle::Handle::bits),
            created: report.created,
            ended: report.ended,
            count,
            thread,
            detail: report.detail,
        }
    }

    /// What happened.
    pub fn kind(&self) -> IncidentKind {
        self.kind
    }

    /// The C struct's name, or the name given to the [`Tokens`](crate::Tokens).
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The callback's name, or "" where none was called.
    pub fn callback(&self) -> &'static str {
        self.callback
    }

    /// The table's number in the [ledger](crate::ledger()), where the table is known.
    pub fn id(&self) -> Option<u64> {
        self.id
    }

    /// The line that made the table, where the table is known.
    pub fn created(&self) -> Option<Place> {
        self.created
    }

    /// The line that ended the table, where an explicit call did.
    pub fn ended(&self) -> Option<Place> {
        self.ended
    }

    /// Which one of its kind and table this is, from 1.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The kernel's number of the thread it happened on.
    pub fn thread(&self) -> u32 {
        self.thread
    }

    /// What there is to say beyond the kind, or "".
    pub fn detail(&self) -> &str {
        self.detail.as_str()
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.table)?;
        if !self.callback.is_empty() {
            write!(f, ".{}", self.callback)?;
        }
        if !self.detail().is_empty() {
            write!(f, ": {}", self.detail())?;
        }
        match (self.created, self.ended) {
            (Some(created), Some(ended)) => write!(f, " (made at {created}, ended at {ended})"),
            (Some(created), None) => write!(f, " (made at {created})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incident({self}, thread {}, number {})", self.thread, self.count)
    }
}

struct Hook {
    call: Box<dyn Fn(&Incident) + Send + Sync>,
    /// The hook before it, which another thread may be in. Never freed, as hooks are few, but not lost.
    _before: *mut Hook,
}

static HOOK: AtomicPtr<Hook> = AtomicPtr::new(core::ptr::null_mut());

/// Has `hook` called with each incident, on the host's side only: on a thread that makes, ends or
/// lists a table, or calls [`deliver_incidents`]. It replaces the hook before it, which is kept.
///
/// The hook may use tables, and C may call late in it: what incidents come of that are for the next
/// operation, so that a hook is never called inside of itself on one thread. A panic of the hook is the
/// host's own, and goes where it was called.
pub fn on_incident(hook: impl Fn(&Incident) + Send + Sync + 'static) {
    let before = HOOK.load(Ordering::Relaxed);
    let hook = Box::leak(Box::new(Hook { call: Box::new(hook), _before: before }));
    // Release pairs with the Acquire of `deliver_incidents`.
    while let Err(before) =
        HOOK.compare_exchange(hook._before, hook, Ordering::Release, Ordering::Relaxed)
    {
        hook._before = before;
    }
}

/// Calls the hook with the incidents that it has not seen. Without a hook they stay for
/// [`take_incidents`].
pub fn deliver_incidents() {
    // SAFETY: it is NULL or a hook that `on_incident` leaked.
    let Some(hook) = (unsafe { HOOK.load(Ordering::Acquire).as_ref() }) else { return };
    let waiting = raw::waiting();
    if waiting == 0 {
        return;
    }
    let Some(_delivery) = Delivery::begin() else { return };
    // What the hook causes itself is not among these: it would never come to an end.
    for incident in core::iter::from_fn(raw::next).take(waiting) {
        (hook.call)(&incident);
    }
}

/// A thread that runs the hook; it ends also when the hook unwinds.
struct Delivery;

std::thread_local! { static DELIVERING: Cell<bool> = const { Cell::new(false) }; }

impl Delivery {
    /// `None` inside of another one.
    fn begin() -> Option<Self> {
        // Made only here: its drop ends the delivery.
        (!DELIVERING.replace(true)).then(|| Delivery)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        DELIVERING.set(false);
    }
}

/// Takes the incidents that nobody has seen, oldest first. At most 256 wait; what comes on top is
/// counted by [`missed_incidents`], and in the ledger. One that a thread is just about to file holds
/// those behind it back until it has.
pub fn take_incidents() -> Vec<Incident> {
    core::iter::from_fn(raw::next).collect()
}

/// How many incidents found no room to wait for the host's side, since the process began.
pub fn missed_incidents() -> u64 {
    raw::missed()
}
