//! `outlive prove`: every scenario of the hostile C library, each in a process of its own.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use outlive_hostile::scenario::{Scenario, Variant, run_here};
use outlive_hostile::{Options, Outcome, Proof, prove, scenarios};
use serde::Serialize;

use crate::args::{ProveArgs, Runner, ScenarioArgs};

/// What all scenarios came to.
#[derive(Debug, Serialize)]
struct Report {
    scenarios: Vec<Proof>,
    survived: usize,
    total: usize,
    /// Whether the tables were hand-written ones.
    control: bool,
    /// How many crashed, misdirected a call or hung.
    bitten: usize,
    /// How many could not do their work here.
    skipped: usize,
}

impl Report {
    fn new(scenarios: Vec<Proof>, control: bool) -> Self {
        let count = |is: fn(Outcome) -> bool| scenarios.iter().filter(|p| is(p.outcome)).count();
        let (survived, skipped) =
            (count(|o| o == Outcome::Survived), count(|o| o == Outcome::Skipped));
        let (total, bitten) = (scenarios.len(), count(Outcome::bites));
        Report { survived, total, control, bitten, skipped, scenarios }
    }

    /// The library survives all that were tried; the control is to be bitten by half of them at least.
    fn is_good(&self) -> bool {
        let tried = self.total - self.skipped;
        if self.control { 2 * self.bitten >= tried } else { self.survived == tried }
    }

    /// Why scenarios were skipped, and how many for each reason.
    fn reasons(&self) -> BTreeMap<&str, usize> {
        let mut reasons = BTreeMap::new();
        for proof in self.scenarios.iter().filter(|proof| proof.outcome == Outcome::Skipped) {
            *reasons.entry(proof.detail.as_str()).or_default() += 1;
        }
        reasons
    }
}

/// Runs the scenarios; `false` where something was not survived.
pub fn run(args: &ProveArgs) -> Result<bool> {
    let chosen = choose(&args.names)?;
    let width = chosen.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
    let mut out = io::stdout();
    if args.list {
        for scenario in chosen {
            let Scenario { name, guarantee, about, .. } = scenario;
            let skipped = scenario.cannot_run(args.control);
            let note = skipped.map(|why| format!(" (skipped here: {why})")).unwrap_or_default();
            writeln!(out, "{name:<width$}  {guarantee:<8} {about}{note}")?;
        }
        return Ok(true);
    }
    let options =
        Options { control: args.control, limit: Duration::from_secs(u64::from(args.limit)) };
    let progress = ProgressBar::new(chosen.len() as u64);
    progress.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")?);
    let mut proofs = Vec::with_capacity(chosen.len());
    for scenario in chosen {
        progress.set_message(scenario.name);
        let program = std::env::current_exe().context("where is this program?")?;
        let command = |variant| command(args.runner.as_ref(), &program, scenario, variant);
        let proof = prove(scenario, options, command)
            .with_context(|| format!("no process for {}", scenario.name))?;
        if !args.json {
            progress.suspend(|| writeln!(out, "{}", line(&proof, width)))?;
        }
        proofs.push(proof);
        progress.inc(1);
    }
    progress.finish_and_clear();
    let report = Report::new(proofs, args.control);
    let last = if args.json { serde_json::to_string(&report)? } else { summary(&report) };
    writeln!(out, "{last}")?;
    Ok(report.is_good())
}

/// The scenarios of these names, or all.
fn choose(names: &[String]) -> Result<Vec<&'static Scenario>> {
    if names.is_empty() {
        return Ok(scenarios().collect());
    }
    names.iter().map(|name| find(name)).collect()
}

fn find(name: &str) -> Result<&'static Scenario> {
    outlive_hostile::find(name).with_context(|| {
        format!("there is no scenario {name:?}: `outlive prove --list` names them")
    })
}

fn command(
    runner: Option<&Runner>,
    program: &Path,
    scenario: &Scenario,
    variant: Variant,
) -> Command {
    let mut command = match runner.and_then(|Runner(words)| words.split_first()) {
        Some((runner, words)) => {
            let mut command = Command::new(runner);
            command.args(words).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.arg("scenario").arg(scenario.name);
    for (flag, is_set) in [("--control", variant.control), ("--reuse", variant.reuse)] {
        if is_set {
            command.arg(flag);
        }
    }
    command
}

fn line(proof: &Proof, width: usize) -> String {
    let Proof { name, guarantee, outcome, detail, ms } = proof;
    let line = format!("{name:<width$}  {guarantee:<8} {outcome:<11} {ms:>6} ms  {detail}");
    line.trim_end().to_owned()
}

fn summary(report: &Report) -> String {
    let Report { survived, total, bitten, skipped, .. } = report;
    let summary = if report.control {
        format!(
            "{bitten} of {total} scenarios crash, misdirect or hang hand-written trampolines; \
             {survived} are survived"
        )
    } else {
        format!("{survived} of {total} scenarios survived")
    };
    if *skipped == 0 {
        return summary;
    }
    let reasons: Vec<_> =
        report.reasons().iter().map(|(why, count)| format!("{why} ({count})")).collect();
    format!("{summary}, {skipped} skipped: {}", reasons.join(", "))
}

/// Runs one scenario in this process, for [`run`].
pub fn run_scenario(args: &ScenarioArgs) -> Result<()> {
    run_here(find(&args.name)?, Variant { control: args.control, reuse: args.reuse });
    Ok(())
}
