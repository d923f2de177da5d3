//! What is held, what happened, and what C has.

use core::ffi::{c_char, c_void};

use libc::size_t;
use outlive_core::{
    Incident, IncidentKind, Member, MemberKind, MemberState, Place, TableEntry, TableState, ledger,
    take_incident,
};

use crate::c::{Array, guard};
use crate::describe::*;
use crate::held::{guest, outlive_held};

/// A text without a NUL at its end, which lives as long as the process: print it with "%.*s".
#[repr(C)]
#[derive(Clone, Copy)]
pub struct outlive_text {
    /// The text, in UTF-8.
    pub text: *const c_char,
    /// How many bytes it has.
    pub length: size_t,
}

/// A line in a source file. Where there is none all is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct outlive_place {
    /// The file.
    pub file: outlive_text,
    /// The line, from 1; 0 where it is not known.
    pub line: u32,
    /// The column, from 1; 0 where it is not known.
    pub column: u32,
}

/// A call after the table's end.
pub const OUTLIVE_LATE_CALL: u32 = 0;
/// A call from another thread into a table that is OUTLIVE_LOCAL.
pub const OUTLIVE_CALL_FROM_WRONG_THREAD: u32 = 1;
/// A concurrent or re-entrant call into a table that is OUTLIVE_EXCLUSIVE.
pub const OUTLIVE_CONCURRENT_CALL: u32 = 2;
/// The host panicked: outlive_panicked.
pub const OUTLIVE_PANIC: u32 = 3;
/// A token that is not live where it was looked for.
pub const OUTLIVE_TOKEN_NOT_LIVE: u32 = 4;
/// An argument that the host does not admit, user data that no table ever had, or that of another type's table.
pub const OUTLIVE_ARGUMENT_REFUSED: u32 = 5;
/// A member of a table is not what was given to C.
pub const OUTLIVE_ALTERED_TABLE: u32 = 6;
/// All instances of a context-free table are taken.
pub const OUTLIVE_INSTANCES_TAKEN: u32 = 7;
/// A table that was never released.
pub const OUTLIVE_NEVER_RELEASED: u32 = 8;
/// A close waits for a call that has been inside for a second or more.
pub const OUTLIVE_SLOW_CLOSE: u32 = 9;
/// The system forbade the barrier that a close needs: the value is kept for good.
pub const OUTLIVE_BARRIER_LOST: u32 = 10;
/// A thread ended while it was inside a call: the value is kept for good.
pub const OUTLIVE_THREAD_GONE: u32 = 11;

/// Room for the counts of the kinds of incident: more than there are.
pub const OUTLIVE_INCIDENT_KINDS: usize = 16;

const _: () = assert!(IncidentKind::ALL.len() <= OUTLIVE_INCIDENT_KINDS);

/// Calls are let in.
pub const OUTLIVE_LIVE: u32 = 0;
/// Calls are refused, and the value has not been let go yet.
pub const OUTLIVE_ENDING: u32 = 1;
/// The value has been let go. The slot is reserved, for the table was not released.
pub const OUTLIVE_ENDED: u32 = 2;
/// The value is kept for good.
pub const OUTLIVE_KEPT: u32 = 3;
/// Calls are refused but those that take back; the value is let go with the release (OUTLIVE_KEEP).
pub const OUTLIVE_SERVING: u32 = 4;

/// A table of the ledger.
#[repr(C)]
pub struct outlive_entry {
    /// The table's number: outlive_id.
    pub id: u64,
    /// The C struct's name.
    pub table: outlive_text,
    /// The host type's name.
    pub host: outlive_text,
    /// The line that made it.
    pub created: outlive_place,
    /// The line that ended it, where an explicit call did.
    pub ended: outlive_place,
    /// OUTLIVE_LIVE, OUTLIVE_ENDING, OUTLIVE_ENDED, OUTLIVE_KEPT or OUTLIVE_SERVING.
    pub state: u32,
    /// Whether it was leaked on purpose.
    pub leaked: bool,
    /// Whether the served calls are counted.
    pub counts_served: bool,
    /// The calls inside.
    pub in_flight: u64,
    /// The calls that were refused.
    pub refused: u64,
    /// The panics of the host.
    pub panicked: u64,
    /// The calls that were let in, where they are counted.
    pub served: u64,
    /// The bytes of a copy of the table of its own.
    pub table_bytes: u64,
    /// The incidents of this table, by kind: OUTLIVE_LATE_CALL and so on.
    pub incidents: [u32; OUTLIVE_INCIDENT_KINDS],
}

/// Something that C or the host did, and that would have been undefined behaviour elsewhere.
#[repr(C)]
pub struct outlive_incident {
    /// OUTLIVE_LATE_CALL or another.
    pub kind: u32,
    /// Which one of its kind and table this is, from 1.
    pub count: u32,
    /// The table's number, or 0 where the table is not known.
    pub id: u64,
    /// The C struct's name, or that of the tokens.
    pub table: outlive_text,
    /// The callback's name, or "".
    pub callback: outlive_text,
    /// The line that made the table, where that is known.
    pub created: outlive_place,
    /// The line that ended the table, where an explicit call did.
    pub ended: outlive_place,
    /// The kernel's number of the thread it happened on.
    pub thread: u32,
    /// What there is to say beyond the kind, or "". It ends with a NUL.
    pub detail: [c_char; 100],
}

/// The member is what was given to C.
pub const OUTLIVE_INTACT: u32 = 0;
/// Somebody has written the member.
pub const OUTLIVE_ALTERED: u32 = 1;
/// The member is the C library's to write, and may be anything.
pub const OUTLIVE_ANYTHING: u32 = 2;

/// A member of a table that C has.
#[repr(C)]
pub struct outlive_member_state {
    /// The member's name.
    pub name: outlive_text,
    /// OUTLIVE_CALLBACK or another.
    pub kind: u32,
    /// OUTLIVE_INTACT, OUTLIVE_ALTERED or OUTLIVE_ANYTHING.
    pub state: u32,
    /// What it holds: a callback's address, or the first eight bytes of another member.
    pub value: usize,
}

/// Lists every table that is alive or kept: fills at most `capacity` elements of `entries`, each `entry_size` =
/// sizeof(struct outlive_entry) long, and returns how many tables there are. `entries` may be NULL.
///
/// It stands in each table for a moment as a call does, so that a close that does not wait may find somebody
/// inside.
///
/// # Safety
///
/// `entries` is NULL or writable for `capacity` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_ledger(
    entries: *mut outlive_entry,
    capacity: size_t,
    entry_size: size_t,
) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let mut array = unsafe { Array::new(entries, capacity, entry_size) };
        let tables = ledger().tables;
        tables.iter().enumerate().for_each(|(index, table)| array.set(index, &entry(table)));
        tables.len()
    })
}

/// The ledger as a text with a line for each table, which the caller frees with outlive_free. NULL where there is
/// no memory.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_ledger_text() -> *mut c_char {
    guard(core::ptr::null_mut(), || owned_text(&ledger().to_string()))
}

/// Reads the members of the table that were described: fills at most `capacity` elements of `members`, each
/// `member_size` = sizeof(struct outlive_member_state) long, and returns how many there are; 0 where `held` is
/// none. A member that is not what was given to C is an incident, OUTLIVE_ALTERED_TABLE.
///
/// # Safety
///
/// `members` is NULL or writable for `capacity` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_inspect(
    held: *const outlive_held,
    members: *mut outlive_member_state,
    capacity: size_t,
    member_size: size_t,
) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let mut array = unsafe { Array::new(members, capacity, member_size) };
        let Ok(inspection) = guest(held).map(|guest| guest.inspect()) else { return 0 };
        let found = inspection.members.iter().enumerate();
        found.for_each(|(index, member)| array.set(index, &member_state(member)));
        inspection.members.len()
    })
}

/// What outlive_inspect reads, as a text with a line for each member and the symbols that the dynamic linker
/// knows, which the caller frees with outlive_free. NULL where `held` is none or there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_inspect_text(held: *const outlive_held) -> *mut c_char {
    guard(core::ptr::null_mut(), || match guest(held) {
        Ok(guest) => owned_text(&guest.inspect().to_string()),
        Err(_) => core::ptr::null_mut(),
    })
}

/// Takes incidents that nobody has seen, oldest first: fills at most `capacity` elements of `incidents`, each
/// `incident_size` = sizeof(struct outlive_incident) long, and returns how many it filled. At most 256 wait; what
/// comes on top is counted by outlive_missed_incidents.
///
/// # Safety
///
/// `incidents` is NULL or writable for `capacity` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_take_incidents(
    incidents: *mut outlive_incident,
    capacity: size_t,
    incident_size: size_t,
) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let mut array = unsafe { Array::new(incidents, capacity, incident_size) };
        let mut taken = 0;
        while taken < array.capacity() {
            let Some(incident) = take_incident() else { break };
            array.set(taken, &incident_of(&incident));
            taken += 1;
        }
        taken
    })
}

/// Has `hook` called with each incident and with `arg`, on the host's side only: on a thread that makes, ends or
/// lists a table, or calls outlive_deliver_incidents. It replaces the hook before it; `arg` must stay valid for
/// good. The incident is valid during the call. The hook may use this library. With NULL for a hook incidents
/// are forgotten.
///
/// # Safety
///
/// `hook` may be called with `arg` on any thread, for as long as the process lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_on_incident(
    hook: Option<unsafe extern "C-unwind" fn(incident: *const outlive_incident, arg: *mut c_void)>,
    arg: *mut c_void,
) {
    struct Arg(*mut c_void);
    // SAFETY: the caller's promise.
    unsafe impl Send for Arg {}
    // SAFETY: the caller's promise.
    unsafe impl Sync for Arg {}
    guard((), || {
        let arg = Arg(arg);
        outlive_core::on_incident(move |incident| {
            let Arg(arg) = &arg;
            let incident = incident_of(incident);
            if let Some(hook) = hook {
                // SAFETY: the caller's promise.
                unsafe { hook(&incident, *arg) };
            }
        });
    });
}

/// Calls the hook of outlive_on_incident with the incidents that it has not seen.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_deliver_incidents() {
    guard((), outlive_core::deliver_incidents);
}

/// How many incidents found no room to wait in, since the process began.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_missed_incidents() -> u64 {
    guard(0, outlive_core::missed_incidents)
}

/// Frees a text that this library gave away. NULL is left alone.
///
/// # Safety
///
/// It came from a function that says so, and was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_free(text: *mut c_char) {
    // SAFETY: `owned_text` allocated it with malloc; the rest is the caller's promise.
    unsafe { libc::free(text.cast()) };
}

fn owned_text(text: &str) -> *mut c_char {
    // SAFETY: malloc has no preconditions.
    let copy: *mut u8 = unsafe { libc::malloc(text.len() + 1) }.cast();
    if !copy.is_null() {
        // SAFETY: it is one byte longer than the text.
        unsafe { copy.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
        // SAFETY: as above.
        let end = unsafe { copy.add(text.len()) };
        // SAFETY: as above.
        unsafe { end.write(0) };
    }
    copy.cast()
}

fn text(text: &'static str) -> outlive_text {
    outlive_text { text: text.as_ptr().cast(), length: text.len() }
}

fn place(place: Option<Place>) -> outlive_place {
    match place {
        Some(place) => {
            outlive_place { file: text(place.file()), line: place.line(), column: place.column() }
        }
        None => outlive_place { file: text(""), line: 0, column: 0 },
    }
}

fn entry(table: &TableEntry) -> outlive_entry {
    let mut incidents = [0; OUTLIVE_INCIDENT_KINDS];
    for (kind, count) in &table.incidents {
        incidents[*kind as usize] = *count;
    }
    outlive_entry {
        id: table.id,
        table: text(table.table),
        host: text(table.host),
        created: place(Some(table.created)),
        ended: place(table.ended),
        state: match table.state {
            TableState::Live => OUTLIVE_LIVE,
            TableState::Ending => OUTLIVE_ENDING,
            TableState::Ended => OUTLIVE_ENDED,
            TableState::Serving => OUTLIVE_SERVING,
            _ => OUTLIVE_KEPT,
        },
        leaked: table.leaked,
        counts_served: table.served.is_some(),
        in_flight: table.in_flight as u64,
        refused: table.refused,
        panicked: table.panicked,
        served: table.served.unwrap_or(0),
        table_bytes: table.table_bytes as u64,
        incidents,
    }
}

fn incident_of(incident: &Incident) -> outlive_incident {
    let mut detail = [0; 100];
    let said = incident.detail().bytes().take(detail.len() - 1);
    detail.iter_mut().zip(said).for_each(|(to, byte)| *to = byte as c_char);
    outlive_incident {
        kind: incident.kind() as u32,
        count: incident.count(),
        id: incident.id().unwrap_or(0),
        table: text(incident.table()),
        callback: text(incident.callback()),
        created: place(incident.created()),
        ended: place(incident.ended()),
        thread: incident.thread(),
        detail,
    }
}

fn member_state(member: &Member) -> outlive_member_state {
    outlive_member_state {
        name: text(member.name),
        kind: match member.kind {
            MemberKind::Callback | MemberKind::Posted => OUTLIVE_CALLBACK,
            MemberKind::LastCall => OUTLIVE_LAST,
            MemberKind::TakesBack => OUTLIVE_TAKES_BACK,
            MemberKind::Constant => OUTLIVE_CONSTANT,
            MemberKind::WrittenByC => OUTLIVE_WRITTEN_BY_C,
            MemberKind::UserData => OUTLIVE_USER_DATA,
            MemberKind::DestroyNotify => OUTLIVE_DESTROY_NOTIFY,
        },
        state: match member.state {
            MemberState::Intact => OUTLIVE_INTACT,
            MemberState::Altered => OUTLIVE_ALTERED,
            _ => OUTLIVE_ANYTHING,
        },
        value: member.value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_of_incident_have_the_numbers_of_the_header() {
        let numbered = [
            (OUTLIVE_LATE_CALL, IncidentKind::LateCall),
            (OUTLIVE_CALL_FROM_WRONG_THREAD, IncidentKind::WrongThread),
            (OUTLIVE_CONCURRENT_CALL, IncidentKind::ConcurrentCall),
            (OUTLIVE_PANIC, IncidentKind::Panic),
            (OUTLIVE_TOKEN_NOT_LIVE, IncidentKind::BadToken),
            (OUTLIVE_ARGUMENT_REFUSED, IncidentKind::BadArgument),
            (OUTLIVE_ALTERED_TABLE, IncidentKind::AlteredTable),
            (OUTLIVE_INSTANCES_TAKEN, IncidentKind::NoInstanceLeft),
            (OUTLIVE_NEVER_RELEASED, IncidentKind::NeverReleased),
            (OUTLIVE_SLOW_CLOSE, IncidentKind::SlowClose),
            (OUTLIVE_BARRIER_LOST, IncidentKind::BarrierLost),
            (OUTLIVE_THREAD_GONE, IncidentKind::ThreadGone),
        ];
        assert_eq!(numbered.len(), IncidentKind::ALL.len());
        for (number, kind) in numbered {
            assert_eq!(number, kind as u32);
        }
    }
}
