//! Windows.

use std::process::{Child, Command, ExitStatus};

use windows_sys::Win32::Foundation::{STATUS_ACCESS_VIOLATION, STATUS_STACK_BUFFER_OVERRUN};
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
};

use crate::signal::Signal;

pub(crate) fn without_core_file() {
    // SAFETY: it takes integers.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
}

/// There are no groups that a signal kills.
pub(crate) fn in_own_group(command: &mut Command) -> &mut Command {
    command
}

/// Kills the process. None of these starts another here.
pub(crate) fn kill_group(child: &mut Child) {
    let _ = child.kill();
}

/// Whether the process ended by what stands for this signal.
pub(crate) fn was_killed_by(status: ExitStatus, signal: Signal) -> bool {
    const ABORT_OF_C: i32 = 3;
    match (signal, status.code()) {
        (Signal::Abort, Some(code)) => code == STATUS_STACK_BUFFER_OVERRUN || code == ABORT_OF_C,
        (Signal::Segv, Some(code)) => code == STATUS_ACCESS_VIOLATION,
        _ => false,
    }
}
