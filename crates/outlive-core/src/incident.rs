//! What C or the host did that would have been undefined behaviour elsewhere.

use core::fmt;

use crate::handle::Handle;
use crate::place::Place;
use crate::text::Text;

/// What kind of thing an [`Incident`] is.
///
/// ```
#[doc = include_str!("late.md")]
/// use outlive::{IncidentKind, take_incidents};
///
/// drop(done);
/// unsafe { function(user_data) }; // C calls late
/// assert_eq!(take_incidents()[0].kind(), IncidentKind::LateCall);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum IncidentKind {
    /// A call after the table's end.
    LateCall,
    /// A call from another thread into a table that is bound to one.
    WrongThread,
    /// A concurrent or re-entrant call into an exclusive table; of the latter the detail says so.
    ConcurrentCall,
    /// A method, or the host value's destructor, panicked.
    Panic,
    /// A token that is not live in the `Tokens` that it was given to.
    BadToken,
    /// An argument that the method's type does not admit, user data that no table ever had, or that of a table of another
    /// type.
    BadArgument,
    /// A member of a table is not what was given to C.
    AlteredTable,
    /// All instances of a context-free table are taken.
    NoInstanceLeft,
    /// A table that was not released when the process exited; told where `OUTLIVE_REPORT=exit` asks for it.
    NeverReleased,
    /// The end of a table waits for a second or more.
    SlowClose,
    /// The system forbade the barrier that a close needs: the host value is kept for good.
    BarrierLost,
    /// A thread was cancelled, or exited, while it was inside a table: the host value is kept.
    ThreadGone,
}

impl IncidentKind {
    /// Every kind there is, in the order of their numbers.
    pub const ALL: [IncidentKind; 12] = [
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
        IncidentKind::ThreadGone,
    ];

    /// The bit of this kind in a set of them.
    pub(crate) fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// How many kinds of incident there are.
pub(crate) const KINDS: usize = IncidentKind::ALL.len();

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
            IncidentKind::ThreadGone => "thread gone",
        })
    }
}

/// What there is to say of an incident beyond its kind.
pub(crate) type Detail = Text<120>;

/// One incident: what it was, of which table and callback, and the source lines that made and
/// ended the table.
///
/// Its text is the line that stderr gets.
///
/// ```
#[doc = include_str!("late.md")]
/// use outlive::{IncidentKind, take_incidents};
///
/// let id = done.id();
/// let _ = done.revoke();
/// unsafe { function(user_data) }; // C calls late
/// let incident = take_incidents().remove(0);
/// assert_eq!((incident.kind(), incident.id()), (IncidentKind::LateCall, Some(id)));
/// assert_eq!((incident.created().unwrap().file(), incident.count()), (file!(), 1));
/// assert!(incident.created().unwrap().line() < incident.ended().unwrap().line());
/// let (table, callback, detail) = (incident.table(), incident.callback(), incident.detail());
/// println!("{table}.{callback} on thread {}: {detail}", incident.thread());
/// println!("{incident}"); // all of it, in a line
/// ```
#[derive(Clone)]
pub struct Incident {
    pub(crate) kind: IncidentKind,
    pub(crate) table: &'static str,
    pub(crate) callback: &'static str,
    pub(crate) handle: Option<Handle>,
    pub(crate) created: Option<Place>,
    pub(crate) ended: Option<Place>,
    pub(crate) count: u32,
    pub(crate) thread: u32,
    pub(crate) detail: Detail,
}

impl Incident {
    /// What happened.
    pub fn kind(&self) -> IncidentKind {
        self.kind
    }

    /// The C struct's name, or the name given to the `Tokens`.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The callback's name, or "" where none was called.
    pub fn callback(&self) -> &'static str {
        self.callback
    }

    /// The table's number in the [ledger](crate::ledger()), where the table is known.
    pub fn id(&self) -> Option<u64> {
        self.handle.map(Handle::bits)
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
