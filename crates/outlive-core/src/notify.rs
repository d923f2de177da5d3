//! C's last word on a registration: a destroy notify, or a callback after which it uses the registration no more.

use crate::account::incident_of;
use crate::adopt;
use crate::close::{Reached, close};
use crate::end::Purpose;
use crate::enter::{Key, Site, late_or_unknown, unnamed};
use crate::handle::Handle;
use crate::incident::{Detail, IncidentKind};
use crate::life::{Event, State};
use crate::platform::{CLibrary, System};
use crate::slot::Reader;
use crate::table::TableInfo;
use crate::thread;
use crate::wait::Wait;

/// The name of the notify in reports, where it is no member of the table.
const NAME: &str = "destroy notify";

/// What the trampoline of a destroy notify does, with the user data that C passed, whatever that is. C's claim is
/// over: the host value is ended here, or by the last call out, or by its own thread. A notice that is not the
/// first, or not for a registration of this type, is reported and does nothing.
///
/// C may call it on any thread, from inside a callback too. `errno` stays as it is.
///
/// # Safety
///
/// It is C's notice: whoever brings it uses neither the table nor the user data any more.
pub unsafe fn notify(user_data: usize, key: Key, info: &'static TableInfo) {
    System::keep_errno(|| {
        adopt::check();
        let handle = Handle::from_user_data(user_data);
        match Reader::of(handle) {
            Some(reader) => notify_reader(handle, &reader, key),
            None => unnamed(handle, late_or_unknown(handle, &key), info, NAME).file(),
        }
    });
}

fn notify_reader(handle: Handle, reader: &Reader, key: Key) {
    let slot = reader.slot;
    let report = |kind, detail| {
        let detail = Detail::of(format_args!("{detail}"));
        // SAFETY: GUARDED (b).
        unsafe { incident_of(handle, slot, kind, NAME, detail) }.file();
    };
    // SAFETY: GUARDED (b).
    if !key.is_of(unsafe { slot.subject() }) {
        return report(IncidentKind::BadArgument, "user data of another table");
    }
    // SAFETY: the caller brings C's notice.
    if unsafe { end_for_c(handle, reader) }.is_err() {
        report(IncidentKind::LateCall, "called again");
    }
}

/// What follows a last call of C's, once it has left: C's claim is over, however the call went, as it is by a destroy
/// notify. `served` says that a claim that was over before is to be told: the call was neither refused nor failed, which
/// was reported.
///
/// `errno` stays as it is.
///
/// # Safety
///
/// As for [`notify`].
#[cold]
#[inline(never)]
pub unsafe fn after_last_call(user_data: usize, key: Key, site: &Site, served: bool) {
    System::keep_errno(|| {
        adopt::check();
        let handle = Handle::from_user_data(user_data);
        if let Some(reader) = Reader::of(handle) {
            after_last_call_of(handle, &reader, key, site, served);
        }
    });
}

fn after_last_call_of(handle: Handle, reader: &Reader, key: Key, site: &Site, served: bool) {
    let slot = reader.slot;
    // SAFETY: GUARDED (b).
    if !key.is_of(unsafe { slot.subject() }) {
        return;
    }
    // SAFETY: the caller brings C's word.
    let Err(Some(state)) = (unsafe { end_for_c(handle, reader) }) else { return };
    // Where the host's claim is over as well, it may have released the registration in this very call; and of an
    // exclusive one the other call was refused, and reported.
    if served && state.claims.host && !handle.is_exclusive() {
        let detail = Detail::of(format_args!("two last calls at the same time"));
        let name = site.info.callback_name(site.callback);
        let kind = IncidentKind::ConcurrentCall;
        // SAFETY: GUARDED (b).
        unsafe { incident_of(handle, slot, kind, name, detail) }.file();
    }
}

/// Ends C's claim, and the value. `Err` is the state in which C's claim was over before.
///
/// # Safety
///
/// As for [`notify`].
unsafe fn end_for_c(handle: Handle, reader: &Reader) -> Result<(), Option<State>> {
    let slot = reader.slot;
    slot.life.apply(handle, Event::Notify)?;
    // A step that has made the slot free leaves it to this reader, when it goes.
    thread::above_c(|| {
        // SAFETY: GUARDED (b).
        unsafe { close(Reached { handle, slot }, Wait::Never, Purpose::End) }
    });
    Ok(())
}
