//! The cost of calls, tables and closes, side by side with what one would write by hand.

mod c;
mod clock;
mod close;
mod go;
mod heap;
mod measure;
mod progress;
mod report;
mod rows;
mod stats;
mod tables;
mod targets;
mod work;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use measure::Plan;
use progress::Progress;
use report::Report;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// Side-by-side benchmarks of callback tables.
#[derive(Parser)]
#[command(name = "outlive-bench")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures calls from C, and the life of tables
    Calls(Calls),
    /// Measures the same for Go, and a hub with an event loop in Go beside the native one
    Go(go::Go),
}

#[derive(Args)]
struct Calls {
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// How many samples to take of each row
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Takes few and short samples: for a test, not for figures
    #[arg(long)]
    quick: bool,
    /// Fails if a target is not met
    #[arg(long)]
    strict: bool,
    /// Measures only these rows (and `hand`, to compare with) or sections
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(names()))]
    only: Vec<String>,
}

/// The sections that `--only` may name beside the rows.
const TABLES: &str = "tables";
const CLOSE: &str = "close";

fn names() -> impl Iterator<Item = &'static str> {
    rows::NAMES.iter().copied().chain([TABLES, CLOSE])
}

impl Calls {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    fn rounds(&self) -> usize {
        self.rounds.map_or(if self.quick { 3 } else { 25 }, usize::from)
    }

    fn run(&self) -> Result<Report, String> {
        let plan = Plan { rounds: self.rounds(), sample: if self.quick { 1e5 } else { 3e6 } };
        let (tables_rounds, close_rounds) = if self.quick { (3, 1) } else { (51, 15) };
        let progress = Progress::new(plan.rounds + tables_rounds + 5);

        progress.now("calls");
        let mut rows = rows::all();
        rows.retain(|row| self.wants(row.name));
        if !rows.is_empty() && !self.wants(rows::REFERENCE) {
            rows.extend(rows::all().into_iter().filter(|row| row.name == rows::REFERENCE));
        }
        let series = measure::measure(&rows, plan, &progress).map_err(|error| error.to_string())?;

        progress.now("tables");
        let wanted = self.wants(TABLES);
        let tables = wanted.then(|| tables::measure(tables_rounds, &progress)).transpose()?;

        progress.now("closes");
        let wanted = self.wants(CLOSE);
        let close = wanted.then(|| close::measure(close_rounds, &progress)).transpose()?;
        progress.done();
        Ok(Report::new(&series, tables, close))
    }

    fn print(&self, report: &Report) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, report)?;
            writeln!(out)?;
        } else {
            write!(out, "{report}")?;
        }
        out.flush()
    }
}

fn main() -> ExitCode {
    let calls = match Options::parse().command {
        Command::Calls(calls) => calls,
        Command::Go(go) => return go.run(),
    };
    let report = match calls.run() {
        Ok(report) => report,
        Err(error) => {
            eprintln!("outlive-bench: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = calls.print(&report) {
        eprintln!("outlive-bench: the report cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    if calls.strict && !report.meets_targets() {
        eprintln!("outlive-bench: not all targets are met");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
