//! `outlive bugs`: public bugs, each in a binding written by hand and in the same binding with the library.

use std::io::{self, Write};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use outlive_bugs::{BUGS, Bug, Excerpt, Shown, show};
use serde::Serialize;

use crate::args::{BugArgs, BugsArgs, Half};

/// What all bugs came to.
#[derive(Debug, Serialize)]
struct Report {
    bugs: Vec<Told>,
    /// How many bindings by hand failed as they are known to.
    shown: usize,
    /// How many bindings with the library did not fail.
    mended: usize,
    total: usize,
}

/// A bug, and what became of its bindings.
#[derive(Debug, Serialize)]
struct Told {
    name: &'static str,
    about: &'static str,
    report: &'static str,
    naive: Binding,
    mended: Binding,
}

#[derive(Debug, Serialize)]
struct Binding {
    file: &'static str,
    #[serde(flatten)]
    excerpt: Excerpt,
    #[serde(flatten)]
    shown: Shown,
}

/// Shows the bugs; `false` where a binding by hand did not fail as told, or the other one failed.
pub fn run(args: &BugsArgs) -> Result<bool> {
    let chosen = choose(&args.names)?;
    let mut out = io::stdout();
    if args.list {
        for Bug { name, about, report, .. } in chosen {
            writeln!(out, "{name:<22} {about}\n{:<22} {report}", "")?;
        }
        return Ok(true);
    }
    let limit = Duration::from_secs(u64::from(args.limit));
    let progress = ProgressBar::new(chosen.len() as u64);
    progress.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")?);
    let mut bugs = Vec::with_capacity(chosen.len());
    for bug in chosen {
        progress.set_message(bug.name);
        let told = tell(&bug, limit).with_context(|| format!("no process for {}", bug.name))?;
        if !args.json {
            progress.suspend(|| writeln!(out, "{}", text(&told)))?;
        }
        bugs.push(told);
        progress.inc(1);
    }
    progress.finish_and_clear();
    let count = |half: fn(&Told) -> &Binding| {
        bugs.iter().filter(|told| half(told).shown.is_as_told).count()
    };
    let (shown, mended, total) =
        (count(|told| &told.naive), count(|told| &told.mended), bugs.len());
    let report = Report { bugs, shown, mended, total };
    let last = if args.json { serde_json::to_string(&report)? } else { summary(&report) };
    writeln!(out, "{last}")?;
    Ok((shown, mended) == (total, total))
}

/// The bugs of these names, or all.
fn choose(names: &[String]) -> Result<Vec<Bug>> {
    if names.is_empty() {
        return Ok(BUGS.to_vec());
    }
    names.iter().map(|name| find(name)).collect()
}

fn find(name: &str) -> Result<Bug> {
    outlive_bugs::find(name)
        .with_context(|| format!("there is no bug {name:?}: `outlive bugs --list` names them"))
}

fn tell(bug: &Bug, limit: Duration) -> Result<Told> {
    let Bug { name, about, report, .. } = *bug;
    let run = |half: Half| {
        let (binding, is_naive, word) = match half {
            Half::Naive => (bug.naive, true, "naive"),
            Half::Mended => (bug.mended, false, "mended"),
        };
        let mut command = Command::new(std::env::current_exe().context("where is this program?")?);
        command.args(["bug", name, word]);
        let shown = show(bug, is_naive, command, limit)?;
        anyhow::Ok(Binding { file: binding.file, excerpt: binding.excerpt(), shown })
    };
    Ok(Told { name, about, report, naive: run(Half::Naive)?, mended: run(Half::Mended)? })
}

fn text(told: &Told) -> String {
    let Told { name, about, report, naive, mended } = told;
    let naive = section("by hand", naive);
    let mended = section("with outlive", mended);
    format!("{name}: {about}\n{report}\n{naive}{mended}")
}

fn section(title: &str, binding: &Binding) -> String {
    let Binding { file, excerpt, shown } = binding;
    let lines =
        excerpt.lines.iter().map(|line| format!("    | {line}").trim_end().to_owned() + "\n");
    let lines: String = lines.collect();
    let note = if shown.is_as_told { "" } else { " (this is not what the bug is known for)" };
    format!("\n  {title}, {file}:{}\n{lines}  {shown}{note}\n", excerpt.line)
}

fn summary(report: &Report) -> String {
    let Report { shown, mended, total, .. } = report;
    format!(
        "{shown} of {total} bindings by hand fail as reported; {mended} of {total} with outlive do not fail"
    )
}

/// Runs one binding in this process, for [`run`].
pub fn run_half(args: &BugArgs) -> Result<()> {
    let bug = find(&args.name)?;
    let half = match args.half {
        Half::Naive => bug.naive,
        Half::Mended => bug.mended,
    };
    outlive_bugs::run_here(&half);
    Ok(())
}
