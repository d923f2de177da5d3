//! What each operation of the host's side does beside its own work.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::adopt;
use crate::barrier;
use crate::child;
use crate::end::{end_thread, end_what_was_left};
use crate::environment;
use crate::exit;
use crate::hook::deliver_incidents;
use crate::platform::{CLibrary, Platform, System};
use crate::primitive::at_thread_exit;
use crate::report;
use crate::slot::ALL_SLOTS;
use crate::thread;

/// Before the first registration: reads the environment and chooses how calls and closes are ordered. It may be
/// called at any time; only the first call does something.
pub(crate) fn begin() {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if BEGUN.load(Ordering::Acquire) {
        return;
    }
    if !thread::is_kept() {
        report::abort_process(&"the linker left thread-locals out of .tls: use a newer GNU ld");
    }
    barrier::choose(environment::GATE.word());
    child::begin();
    ALL_SLOTS.begin_at(System::seed());
    static CONFIGURED: AtomicBool = AtomicBool::new(false);
    if !CONFIGURED.swap(true, Ordering::SeqCst) {
        report::configure(environment::ON_INCIDENT.word() == Some("abort"));
        if environment::REPORT.word() == Some("exit") {
            System::on_exit(exit::report_at_exit);
        }
    }
    BEGUN.store(true, Ordering::Release);
}

/// Ends what was left to the calling thread, and hands out incidents. Every operation of the host's side that may
/// run code of the host ends with it.
pub(crate) fn settle() {
    adopt::check_and_end();
    end_what_was_left();
    deliver_incidents();
}

/// Has the calling thread, when it ends, end what only it may end and was left to it.
pub(crate) fn notice_thread_exit() {
    at_thread_exit(|| {
        adopt::check_and_end();
        if System::LOCKED_AT_THREAD_EXIT { thread::above_c(end_thread) } else { end_thread() }
    });
}
