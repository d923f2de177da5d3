//! The destroy notify: C says that it has used a registration's user data for the last time.

use crate::account::incident_of;
use crate::adopt;
use crate::close::{Reached, close};
use crate::end::Purpose;
use crate::enter::Key;
use crate::handle::Handle;
use crate::incident::{Detail, IncidentKind};
use crate::life::Event;
use crate::platform::{CLibrary, System};
use crate::report::Report;
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
    let errno = System::errno();
    adopt::check();
    let handle = Handle::from_user_data(user_data);
    match Reader::of(handle) {
        Some(reader) => notify_reader(handle, &reader, key),
        None => Report::unnamed(IncidentKind::LateCall, info.table, NAME).file(),
    }
    System::set_errno(errno);
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
    if slot.life.apply(handle, Event::Notify).is_err() {
        return report(IncidentKind::LateCall, "called again");
    }
    // A step that has made the slot free leaves it to this reader, when it goes.
    thread::above_c(|| {
        // SAFETY: GUARDED (b).
        unsafe { close(Reached { handle, slot }, Wait::Never, Purpose::End) }
    });
}
