//! Running scenarios, each in a process of its own.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::scenario::{Expected, LIMIT, Outcome, Report, Scenario, Variant};
use crate::system;

/// How the scenarios run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Against hand-written trampolines.
    pub control: bool,
    /// How long one process may take.
    pub limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { control: false, limit: LIMIT }
    }
}

/// What became of one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// The scenario's name.
    pub name: &'static str,
    /// The guarantee that it tries.
    pub guarantee: &'static str,
    /// The worse of its two runs.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// How long both took, in milliseconds.
    pub ms: u64,
}

/// Runs one scenario twice: as it is, and with freed memory used again at once and with threads that have
/// called before. `command` makes the
/// process that calls [`run_here`](crate::scenario::run_here) for the variant. What cannot run here is skipped.
///
/// # Errors
///
/// Where no process can be made.
pub fn prove(
    scenario: &'static Scenario,
    options: Options,
    command: impl Fn(Variant) -> Command,
) -> io::Result<Proof> {
    let begun = Instant::now();
    let proof = |outcome, detail| {
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Proof { name: scenario.name, guarantee: scenario.guarantee, outcome, detail, ms }
    };
    if let Some(why) = scenario.cannot_run(options.control) {
        return Ok(proof(Outcome::Skipped, why.into()));
    }
    let (mut outcome, mut detail) = (Outcome::Survived, String::new());
    for reuse in [false, true] {
        let variant = Variant { control: options.control, reuse };
        let ended = End::of(command(variant), options.limit)?;
        let (this, seen) = ended.judge(scenario.expected);
        if this > outcome {
            outcome = this;
            detail = if reuse { format!("memory used again, warm threads: {seen}") } else { seen };
        }
    }
    Ok(proof(outcome, detail))
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

/// How a process ended, and what it wrote. `status` is `None` if it had to be killed.
struct End {
    status: Option<ExitStatus>,
    stdout: String,
    stderr: String,
}

impl End {
    fn of(mut command: Command, limit: Duration) -> io::Result<End> {
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

    fn judge(&self, expected: Expected) -> (Outcome, String) {
        let Some(status) = self.status else {
            return (Outcome::Hung, format!("no end in time{}", self.last_words()));
        };
        let report = if status.success() { Report::find(&self.stdout) } else { None };
        match (expected, report) {
            (Expected::Survives, Some(report)) => (report.outcome, report.detail),
            (Expected::Survives, None) => {
                (Outcome::Crashed, format!("{status}{}", self.last_words()))
            }
            (Expected::Dies { signal, saying }, None) if system::was_killed_by(status, signal) => {
                if self.stderr.contains(saying) {
                    return (Outcome::Survived, String::new());
                }
                let words = self.last_words();
                (Outcome::Crashed, format!("{status}, and stderr does not say {saying:?}{words}"))
            }
            (Expected::Dies { .. }, None) => {
                (Outcome::Crashed, format!("{status}{}", self.last_words()))
            }
            (Expected::Dies { .. }, Some(Report { outcome: Outcome::Survived, .. })) => {
                (Outcome::Wrong, "the process went on".into())
            }
            (Expected::Dies { .. }, Some(report)) => (report.outcome, report.detail),
        }
    }

    /// The line of stderr that is most likely to say why. What a panic says stands below where it was.
    fn last_words(&self) -> String {
        const TELLING: [&str; 5] = ["panicked at ", "ERROR", "outlive:", "fatal", "abort"];
        let lines: Vec<&str> = self.stderr.lines().collect();
        let telling = lines.iter().rposition(|line| TELLING.iter().any(|word| line.contains(word)));
        let Some(line) = telling.or(lines.len().checked_sub(1)) else { return String::new() };
        match (lines[line].split_once("panicked at "), lines.get(line + 1)) {
            (Some((_, place)), Some(message)) => format!(": panic at {place} {message}"),
            _ => format!(": {}", lines[line]),
        }
    }
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
        std::thread::sleep(Duration::from_millis(1));
    };
    // What it left behind goes too.
    system::kill_group(&mut child);
    if status.is_none() {
        child.wait()?;
    }
    Ok(status)
}
