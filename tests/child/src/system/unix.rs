//! Unix.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};

use crate::signal::Signal;

pub(crate) fn without_core_file() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `none` is a valid limit.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
}

/// Has the process begin a group of its own, for [`kill_group`].
pub(crate) fn in_own_group(command: &mut Command) -> &mut Command {
    command.process_group(0)
}

/// Kills the process, with all that it has started.
pub(crate) fn kill_group(child: &mut Child) {
    if let Ok(group) = libc::pid_t::try_from(child.id()) {
        // SAFETY: kill(2) takes integers; the group was made for this child.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
}

/// Whether the process ended by this signal.
pub(crate) fn was_killed_by(status: ExitStatus, signal: Signal) -> bool {
    let number = match signal {
        Signal::Abort => libc::SIGABRT,
        Signal::Segv => libc::SIGSEGV,
    };
    status.signal() == Some(number)
}
