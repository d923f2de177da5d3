//! Finding the user data of a call by an expression of the host's.

use core::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::call::{Inside, Unserved, abort_for_panic, message};
use crate::enter::Site;
use crate::hook::drop_payload;
use crate::incident::{Detail, IncidentKind};
use crate::report::Report;
use crate::table::PanicPolicy;
use crate::thread;

/// The user data that `expression` finds among C's arguments. It runs as what has a call of C's below it, and is inside
/// of no registration, for none is known yet. `None` where it panicked: that is reported, and [`unlocated`] says what C
/// gets.
#[inline(always)]
pub fn locate(site: &'static Site, expression: impl FnOnce() -> usize) -> Option<usize> {
    let found = catch_unwind(AssertUnwindSafe(|| {
        let inside = Inside::of(site);
        let user_data = thread::above_c(expression);
        core::mem::forget(inside);
        user_data
    }));
    found.map_err(|payload| note_panic(site, payload)).ok()
}

/// What C gets for a call whose user data could not be found, as one that was refused.
#[cold]
pub fn unlocated<R>(unserved: impl FnOnce(Unserved) -> R) -> R {
    thread::above_c(|| unserved(Unserved::Refused))
}

/// There is no registration whose host could resume the panic: [`PanicPolicy::Resume`] is as a fallback here.
#[cold]
#[inline(never)]
fn note_panic(site: &'static Site, payload: Box<dyn Any + Send>) {
    let mut report = Report::unnamed(
        IncidentKind::Panic,
        site.info.table,
        site.info.callback_name(site.callback),
    );
    report.detail = Detail::of(format_args!("looking for the user data: {}", message(&*payload)));
    report.file();
    if site.info.panic == PanicPolicy::Abort {
        abort_for_panic(site);
    }
    drop_payload(payload);
}
