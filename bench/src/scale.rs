//! The command `scale`: whether costs stay the same as tables, threads and pending ends grow in number.
//!
//! Each case has a process of its own, so that none sees what another leaves behind: records of threads,
//! slots, memory. The processes of the cases that are compared are there at the same time; one takes a
//! sample while the others wait, in rounds whose order turns.

mod case;
mod plot;
mod process;
mod report;
mod rows;
mod targets;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::drawing::Drawing;
use crate::measure::{Plan, Sampling, interleave};
use crate::output::Output;
use crate::progress::Progress;
use case::{Family, Measured};
use process::Process;
use report::ScaleReport;

pub use rows::exit::ExitCase;
pub use worker::Worker;

/// What `outlive-bench scale` is given.
#[derive(Args)]
pub struct Scale {
    #[command(flatten)]
    output: Output,
    /// Draws the rows into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    sampling: Sampling,
    /// Measures only these rows (and what they are compared with)
    #[arg(long, value_name = "ROW", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(rows::NAMES))]
    only: Vec<String>,
}

impl Scale {
    pub fn run(&self) -> ExitCode {
        self.output.finish(self.measure())
    }

    fn measure(&self) -> Result<ScaleReport, String> {
        let drawing = self.svg.as_deref().map(Drawing::begin).transpose()?;
        let plan = self.sampling.plan();
        let families = rows::families(self.sampling.quick).into_iter();
        let families: Vec<_> = families.filter_map(|family| family.only(&self.only)).collect();
        let steps = families.iter().map(|family| family.cases.len() + plan.rounds).sum();
        let progress = Progress::new(steps);
        let measured: Result<Vec<_>, String> =
            families.into_iter().map(|family| self.family(family, plan, &progress)).collect();
        progress.done();
        let measured = measured?;
        if let Some(drawing) = drawing {
            drawing.finish(&plot::svg(&measured)?)?;
        }
        Ok(ScaleReport::new(plan.rounds, &measured))
    }

    fn family(
        &self,
        family: Family,
        plan: Plan,
        progress: &Progress,
    ) -> Result<Family<Measured>, String> {
        progress.now(family.name);
        let mut running = Vec::new();
        for case in &family.cases {
            running.push(Process::start(case, self.sampling.quick)?);
            progress.step();
        }
        interleave(&mut running, plan.rounds, progress, Process::sample)?;
        let cases = family.cases.into_iter().zip(running);
        let cases = cases.map(|(case, process)| Measured { case, result: process.end() });
        Ok(Family { name: family.name, cases: cases.collect() })
    }
}
