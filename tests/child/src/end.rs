//! How a process ended.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::signal::Signal;
use crate::system;

/// How a process ended, and what it wrote.
#[derive(Clone, Debug)]
pub struct End {
    /// `None` if it had to be killed.
    pub status: Option<ExitStatus>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl End {
    /// Runs a command, and kills it, with all that it has started, if it has not ended after `limit`.
    ///
    /// # Errors
    ///
    /// Where no process can be made, or its output cannot be kept.
    pub fn of(mut command: Command, limit: Duration) -> io::Result<End> {
        // Files, not pipes: a grandchild that lives on would keep a pipe open.
        let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
        system::in_own_group(&mut command)
            .env_remove("OUTLIVE_ON_INCIDENT")
            .env_remove("RUST_BACKTRACE") // nobody would see it, and it takes a second
            .stdin(Stdio::null())
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?);
        let child = start(&mut command)?;
        let status = wait_at_most(child, limit)?;
        Ok(End { status, stdout: contents(&mut stdout)?, stderr: contents(&mut stderr)? })
    }

    /// Whether it ended by this signal.
    pub fn was_killed_by(&self, signal: Signal) -> bool {
        self.status.is_some_and(|status| system::was_killed_by(status, signal))
    }

    /// The line of stderr that is most likely to say why it ended. What a panic says stands below where it was.
    pub fn last_words(&self) -> Option<String> {
        const TELLING: [&str; 5] = ["panicked at ", "ERROR", "outlive:", "fatal", "abort"];
        let lines: Vec<&str> = self.stderr.lines().collect();
        let telling = lines.iter().rposition(|line| TELLING.iter().any(|word| line.contains(word)));
        let line = telling.or(lines.len().checked_sub(1))?;
        Some(match (lines[line].split_once("panicked at "), lines.get(line + 1)) {
            (Some((_, place)), Some(message)) => format!("panic at {place} {message}"),
            _ => lines[line].to_owned(),
        })
    }
}

/// Starts a process. A busy system may refuse one now and then (`EAGAIN`; under Wine `ERROR_INTERNAL_ERROR`), and hundreds are
/// started.
fn start(command: &mut Command) -> io::Result<Child> {
    const TRIES: u32 = 4;
    let is_for_good = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
    };
    for round in 1..TRIES {
        match command.spawn() {
            Err(error) if !is_for_good(&error) => thread::sleep(Duration::from_secs(1) * round),
            started => return started,
        }
    }
    command.spawn()
}

fn contents(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The status of a process, or `None` if it was killed, with all that it had started.
fn wait_at_most(mut child: Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if Instant::now() >= deadline {
            break None;
        }
        thread::sleep(Duration::from_millis(1));
    };
    // What it left behind goes too.
    system::kill_group(&mut child);
    if status.is_none() {
        child.wait()?;
    }
    Ok(status)
}
