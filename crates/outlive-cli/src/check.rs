//! `outlive check`: where C keeps what its host lets go.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use outlive_check::{Outcome, Severity, baseline, check, report};

use crate::args::CheckArgs;

/// Findings end with this status, and what could not be read with the other.
const FOUND: u8 = 1;
const UNREAD: u8 = 2;

/// Checks, prints, and says what to exit with.
pub fn run(args: &CheckArgs) -> ExitCode {
    if let Some(rule) = args.explain {
        return print(rule.page().trim_end());
    }
    match checked(args) {
        Ok(outcome) => {
            let found = !outcome.findings.is_empty();
            match print(&rendered(args, &outcome)) {
                ExitCode::SUCCESS if found => ExitCode::from(FOUND),
                status => status,
            }
        }
        Err(error) => {
            eprintln!("outlive: {error}");
            ExitCode::from(UNREAD)
        }
    }
}

fn checked(args: &CheckArgs) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let bar = Bar::new();
    for path in &args.paths {
        outcome.add(check(path, &|done, total| bar.tell(done, total))?);
    }
    bar.finish();
    if !args.all {
        outcome.findings.retain(|finding| finding.severity == Severity::Error);
    }
    if let Some(path) = &args.write_baseline {
        baseline::write(path, &outcome.findings)?;
        outcome.notes.push(format!(
            "{}: {} findings written",
            path.display(),
            outcome.findings.len()
        ));
        outcome.findings.clear();
    }
    if let Some(path) = &args.baseline {
        outcome.silenced += baseline::silence(path, &mut outcome.findings)?;
    }
    Ok(outcome)
}

fn rendered(args: &CheckArgs, outcome: &Outcome) -> String {
    if args.json {
        return report::json::render(outcome).to_string();
    }
    if args.sarif {
        return report::sarif::render(outcome).to_string();
    }
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut text: String = outcome
        .findings
        .iter()
        .map(|finding| report::text::render(finding, colour) + "\n\n")
        .collect();
    text.push_str(&report::text::summary(outcome));
    text
}

/// A closed pipe is the reader's word that it has enough.
fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("outlive: {error}");
            ExitCode::from(UNREAD)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// A progress bar that shows itself when a check takes longer than a second.
struct Bar {
    begun: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Bar {
    fn new() -> Self {
        Bar { begun: Instant::now(), bar: OnceLock::new() }
    }

    fn tell(&self, done: usize, total: usize) {
        if self.begun.elapsed() < Duration::from_secs(1) || !std::io::stderr().is_terminal() {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total as u64).with_style(style)
        });
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    }

    fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
