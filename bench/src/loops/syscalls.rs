//! How many calls of the system an event takes, as strace counts them.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use super::contender::Contender;
use super::workload::{Kind, Workload};

/// Whether strace is there, and may trace.
pub fn can_count() -> bool {
    let mut strace = Command::new("strace");
    let tried = strace.args(["-c", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Calls of the system for each event: what more events take more, so that setting up is not counted.
pub fn each(workload: Workload, contender: &Contender) -> Option<f64> {
    let most = if workload.kind == Kind::Timers { workload.n.min(20_000) } else { 0 };
    let events = i64::from(workload.active.max(1)) * 4 + 2000;
    let few = counted(
        Workload { n: if most > 0 { most / 2 } else { workload.n }, ..workload },
        contender,
        events,
    )?;
    let many = counted(
        Workload { n: if most > 0 { most } else { workload.n }, ..workload },
        contender,
        3 * events,
    )?;
    Some((many.0 - few.0) / (many.1 - few.1))
}

/// The calls and the events of a process with one sample.
fn counted(workload: Workload, contender: &Contender, events: i64) -> Option<(f64, f64)> {
    let summary = tempfile::NamedTempFile::new().ok()?;
    let output = Command::new("strace")
        .args(["-f", "-c", "-o"])
        .arg(summary.path())
        .arg(env::current_exe().ok()?)
        .args(["loop-case", "--workload", workload.kind.name(), "--loop", contender.name])
        .args(["--n", &workload.n.to_string(), "--active", &workload.active.to_string()])
        .args(["--events", &events.to_string()])
        .output()
        .ok()?;
    let done = String::from_utf8(output.stdout).ok()?.split_whitespace().next()?.parse().ok()?;
    Some((total(&fs::read_to_string(summary.path()).ok()?)?, done))
}

/// The calls in the last line of a summary.
fn total(summary: &str) -> Option<f64> {
    let last = summary.lines().rfind(|line| line.ends_with("total"))?;
    last.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_total_of_a_summary_is_read() {
        let summary = "% time     seconds  usecs/call     calls    errors syscall\n\
                       ------ ----------- ----------- --------- --------- ----------------\n \
                       50.00    0.000001           1         7           read\n \
                       100.00    0.000002           1        12         1 total\n";
        assert_eq!(super::total(summary), Some(12.0));
        assert_eq!(super::total(""), None);
    }
}
