//! `outlive demo`: the whole story, with real clients on real sockets.

mod churn;
mod clients;
mod closed;
mod handler;
mod kept;
mod naive;
mod report;
mod share;

use std::time::Duration;

use anyhow::Result;
use clap::{Args as ClapArgs, value_parser};
use indicatif::{ProgressBar, ProgressStyle};

use report::{Phase, Report};
use share::Share;

#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    /// How long it takes, about
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = value_parser!(u32).range(1..=3600))]
    pub seconds: u32,
    /// How many clients exchange frames
    #[arg(long, value_name = "K", default_value_t = 8,
          value_parser = value_parser!(u32).range(2..=64))]
    pub clients: u32,
    /// Print one JSON object instead of the story
    #[arg(long)]
    pub json: bool,
}

type Run = fn(Share) -> Result<Phase>;

/// The phases, and how many parts of the time each gets.
const PHASES: [(&str, Run, u32); 6] = [
    ("dropped while C holds it", naive::run, 1),
    ("kept by a context", kept::by_a_context, 2),
    ("kept by a static", kept::by_a_static, 2),
    ("kept by a thread", kept::by_a_thread, 2),
    ("kept in C's own memory", kept::by_c, 2),
    ("closed while frames fly", closed::run, 3),
];

/// Runs the demonstration; `false` where something did not hold.
pub fn run(args: &DemoArgs) -> Result<bool> {
    let parts: u32 = PHASES.iter().map(|(_, _, parts)| parts).sum();
    let part = Duration::from_secs(u64::from(args.seconds)) / parts;
    let progress = ProgressBar::new(PHASES.len() as u64);
    progress.set_style(ProgressStyle::with_template("{bar:30} {msg}")?);
    let mut report = Report::default();
    for (name, run, parts) in PHASES {
        progress.set_message(name);
        let share = Share { time: part * parts, clients: args.clients as usize };
        let phase = run(share).unwrap_or_else(|error| Phase::failed(&error)).named(name);
        if !args.json {
            progress.suspend(|| print!("{phase}"));
        }
        report.add(phase);
        progress.inc(1);
    }
    progress.finish_and_clear();
    report.close();
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(report.ok)
}
