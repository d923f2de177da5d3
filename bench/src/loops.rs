//! The command `loop`: event loops of C libraries and that of this project, behind one table of functions.
//!
//! One C program drives them all, on the same pipes, in one process: one sample of each in turn, in rounds whose order
//! turns. A loop is made anew for each sample, and making it, and adding to it, are not measured (of timers they are).

mod c;
mod contender;
mod ours;
mod plot;
mod report;
mod syscalls;
mod workload;

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::drawing::Drawing;
use crate::measure::{Plan, Sampling, interleave};
use crate::output::{Output, fail};
use crate::progress::Progress;
use contender::{Contender, World};
use report::{LoopReport, Measured};
use workload::{Kind, Workload};

/// What `outlive-bench loop` is given.
#[derive(Args)]
pub struct Loops {
    #[command(flatten)]
    output: Output,
    /// Draws the rows into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<std::path::PathBuf>,
    #[command(flatten)]
    sampling: Sampling,
    /// Measures only these workloads
    #[arg(long, value_name = "WORKLOAD", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(Kind::NAMES))]
    only: Vec<String>,
}

impl Loops {
    pub fn run(&self) -> ExitCode {
        self.output.finish(self.measure())
    }

    fn measure(&self) -> Result<LoopReport, String> {
        let drawing = self.svg.as_deref().map(Drawing::begin).transpose()?;
        raise_the_limit_of_descriptors();
        let plan = self.sampling.plan();
        let is_wanted = |workload: &Workload| {
            self.only.is_empty() || self.only.iter().any(|name| name == workload.kind.name())
        };
        let workloads: Vec<_> =
            workload::all(self.sampling.quick).into_iter().filter(is_wanted).collect();
        let progress = Progress::new(workloads.len() * plan.rounds);
        let can_count = syscalls::can_count();
        let measured: Result<Vec<_>, String> = workloads
            .into_iter()
            .map(|workload| Ok((workload, self.workload(workload, plan, can_count, &progress)?)))
            .collect();
        progress.done();
        let report = LoopReport::new(plan.rounds, &measured?);
        if let Some(drawing) = drawing {
            drawing.finish(&plot::svg(&report)?)?;
        }
        Ok(report)
    }

    fn workload(
        &self,
        workload: Workload,
        plan: Plan,
        can_count: bool,
        progress: &Progress,
    ) -> Result<Vec<Measured>, String> {
        progress.now(workload.kind.name());
        let events = if self.sampling.quick { 400 } else { 50_000 };
        let mut world = World::new(workload, events)?;
        let able = contender::all().into_iter().filter(|one| one.can(workload.kind));
        let mut rows: Vec<(Contender, Measured)> = able
            .map(|one| {
                let Contender { name, role, .. } = one;
                (one, Measured { name, role, samples: Vec::new(), syscalls: None, in_vain: 0 })
            })
            .collect();
        // The first of each warms up.
        rows.iter().try_for_each(|(one, _)| world.sample(one).map(drop))?;
        interleave(&mut rows, plan.rounds, progress, |(one, measured)| {
            let sample = world.sample(one)?;
            measured.samples.push(sample.ns / sample.events as f64);
            measured.in_vain += sample.in_vain;
            Ok::<_, String>(())
        })?;
        drop(world);
        for (one, measured) in rows.iter_mut().filter(|_| can_count) {
            measured.syscalls = syscalls::each(workload, one);
        }
        Ok(rows.into_iter().map(|(_, measured)| measured).collect())
    }
}

/// One sample of one loop, in a process of its own: for strace, perf and the like.
#[derive(Args)]
pub struct LoopCase {
    #[arg(long, value_parser = PossibleValuesParser::new(Kind::NAMES))]
    workload: String,
    #[arg(long = "loop", value_parser = PossibleValuesParser::new(contender::NAMES))]
    name: String,
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    n: u32,
    #[arg(long, default_value_t = 1)]
    active: u32,
    #[arg(long, default_value_t = 100_000)]
    events: i64,
}

impl LoopCase {
    pub fn run(&self) -> ExitCode {
        match self.sample() {
            Ok((events, ns)) => {
                println!("{events} events, {ns:.0} ns each");
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error),
        }
    }

    fn sample(&self) -> Result<(i64, f64), String> {
        raise_the_limit_of_descriptors();
        let kind = Kind::of(&self.workload).ok_or("no such workload")?;
        let contender = Contender::of(&self.name).ok_or("no such loop")?;
        let mut world = World::new(Workload { kind, n: self.n, active: self.active }, self.events)?;
        let sample = world.sample(&contender)?;
        Ok((sample.events, sample.ns / sample.events as f64))
    }
}

/// To what this process may have. Where that is too little, making the pipes fails, and says so.
fn raise_the_limit_of_descriptors() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: there is room for the limits.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } == 0 {
        limit.rlim_cur = limit.rlim_max;
        // SAFETY: they are read.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    }
}
