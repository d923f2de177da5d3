//! A watcher that fires after its delete was refused.
//!
//! A client watches its descriptor by the program's event loop, through a table of callbacks. The binding ends the table, and
//! then closes the client, which deletes its watcher: too late, says the table's flag. The watcher stays in the loop, and
//! fires into the memory of the next client.
//!
//! Reported for Avahi, whose watch of the GLib loop was not taken out of it when freed, so that its callback could come for a
//! dead watch: <https://github.com/avahi/avahi/pull/101>; why a delete has to be done at once:
//! <https://github.com/diwic/dbus-rs/issues/99>.
//!
//! With `outlive` a table with `keep = release` serves the callbacks by which C takes back, until the release.

mod event_loop;
mod mended;
mod naive;
mod program;
mod sys;

use crate::bug::{Bug, Failure};
use crate::half::half;

/// The bug.
pub const BUG: Bug = Bug {
    name: "refused_delete",
    about: "a closed table refuses to delete a watcher, which then fires for another client",
    report: "https://github.com/avahi/avahi/pull/101",
    right: "event on 3: nobody watches; the client of 4 heard nothing",
    fails: Failure::Sees("event on 3: fired; the client of 4 heard 3"),
    naive: half!("refused_delete", naive),
    mended: half!("refused_delete", mended),
};
