//! The report at exit, for who asks for it (`OUTLIVE_REPORT=exit`). It needs no memory.

use std::panic::catch_unwind;

use crate::handle::Handle;
use crate::incident::{Detail, IncidentKind};
use crate::life::{Phase, State};
use crate::report::{Bound, Report, write_line};
use crate::slot::{ALL_SLOTS, Reader};

/// How many tables the report names, before it only counts them.
const NAMED: usize = 8;

/// Names what was never released. Called by the C library when the process exits, on the exiting
/// thread; it owns nothing.
pub(crate) extern "C" fn report_at_exit() {
    // Nothing may unwind into the C library; what a report needs may be gone by now.
    let _ = catch_unwind(|| {
        let kept = ALL_SLOTS.iter().filter_map(|(index, slot)| slot.life.occupant(index));
        let mut count = 0;
        for (handle, state) in kept.filter(|(_, state)| is_told(*state)) {
            count += 1;
            if count <= NAMED {
                name(handle, state);
            }
        }
        if let Some(more) = count.checked_sub(NAMED).filter(|more| *more > 0) {
            write_line(&format_args!("never released: {more} more tables"));
        }
    });
}

fn is_told(state: State) -> bool {
    !state.claims.leaked && state.phase != Phase::Freeing
}

fn name(handle: Handle, state: State) {
    let Some(reader) = Reader::of(handle) else { return };
    // SAFETY: GUARDED (b).
    let info = unsafe { reader.slot.subject() }.table_type.info();
    let details = reader.slot.details();
    let mut report = Report::unnamed(IncidentKind::NeverReleased, info.table, "");
    // SAFETY: as above.
    report.created = Some(unsafe { details.registration() }.created);
    report.ended = details.ended();
    let phase = match state.phase {
        Phase::Live => "live",
        Phase::Serving => "serving",
        Phase::Ended => "ended",
        Phase::Kept => "kept",
        _ => "ending",
    };
    report.detail = Detail::of(format_args!("{phase} at exit, held by {}", info.host.get()));
    report.bound = Bound::Asked;
    report.file();
}
