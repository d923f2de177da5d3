//! The command `calls`: what one call costs, and the life of a table.

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::measure::Sampling;
use crate::output::Output;
use crate::progress::Progress;
use crate::report::CallsReport;
use crate::{close, measure, rows, tables};

/// What `outlive-bench calls` is given.
#[derive(Args)]
pub struct Calls {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    sampling: Sampling,
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
    pub fn run(&self) -> ExitCode {
        self.output.finish(self.measure())
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    fn measure(&self) -> Result<CallsReport, String> {
        let plan = self.sampling.plan();
        let (tables_rounds, close_rounds) =
            if self.sampling.quick { (3, 1) } else { (51, plan.rounds) };
        let progress = Progress::new(plan.rounds + tables_rounds + close_rounds + 2);

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
        Ok(CallsReport::new(&series, tables, close))
    }
}
