//! Incidents of a registration: with its lines, and counted in it.

use crate::handle::Handle;
use crate::incident::{Detail, IncidentKind};
use crate::report::{Bound, Report};
use crate::slot::Slot;

/// An incident of a registration, to be filed.
///
/// # Safety
///
/// The caller may read the registration (GUARDED, `slot.rs`), for as long as it has the report.
pub(crate) unsafe fn incident_of(
    handle: Handle,
    slot: &'static Slot,
    kind: IncidentKind,
    callback: &'static str,
    detail: Detail,
) -> Report<'static> {
    let details = slot.details();
    // SAFETY: the caller's promise.
    let table_type = unsafe { slot.subject() }.table_type;
    // SAFETY: as above.
    let registration = unsafe { details.registration() };
    Report {
        kind,
        table: table_type.info().table,
        callback,
        handle: Some(handle),
        created: Some(registration.created),
        ended: details.ended(),
        detail,
        bound: match kind {
            IncidentKind::SlowClose => Bound::Always,
            _ => Bound::Registration(&details.counts.told, table_type.lines()),
        },
        count: Some(&details.counts.incidents[kind as usize]),
    }
}
