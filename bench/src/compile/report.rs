//! The report of `compile`: what `--json` prints, and the aligned text.

use std::fmt;

use serde::Serialize;

use super::cargo::Profile;
use super::source::Kind;
use super::{Code, MANY, Row};
use crate::output::Report;
use crate::processor::Processor;
use crate::stats::{median, min, ratio};
use crate::target::{Limit, Target, Unit};

/// A whole run.
#[derive(Debug, Serialize)]
pub struct CompileReport {
    processor: Processor,
    rounds: usize,
    members: usize,
    rows: Vec<RowReport>,
    code: Vec<CodeReport>,
    targets: Vec<Target>,
}

/// The compiler's time for one crate, in seconds.
#[derive(Debug, Serialize)]
struct RowReport {
    name: &'static str,
    profile: &'static str,
    median_s: f64,
    min_s: f64,
    /// To the crate that is written by hand.
    ratio: f64,
}

#[derive(Debug, Serialize)]
struct CodeReport {
    name: &'static str,
    bytes_each: f64,
}

impl CompileReport {
    pub fn new(rounds: usize, rows: &[Row], code: Vec<Code>) -> Self {
        let of = |kind, profile| rows.iter().find(|row| row.kind == kind && row.profile == profile);
        let ratio_of = |row: &Row| {
            let by_hand = of(Kind::ByHand, row.profile).map_or(&[][..], |row| &row.seconds);
            ratio(&row.seconds, by_hand)
        };
        let mut targets: Vec<Target> = [Profile::Dev, Profile::Release]
            .into_iter()
            .map(|profile| {
                let name = format!("{MANY} members, {} / by hand", profile.name());
                let measured = of(Kind::Block, profile).map(ratio_of);
                Target::at_most(Limit(3.0, Unit::Times), name, measured)
            })
            .collect();
        let block = code.iter().find(|code| code.kind == Kind::Block).map(|code| code.bytes_each);
        let name = "code of a member, its method included".to_owned();
        targets.push(Target::at_most(Limit(400.0, Unit::Bytes), name, block));
        CompileReport {
            processor: Processor::read(),
            rounds,
            members: MANY,
            rows: rows
                .iter()
                .map(|row| RowReport {
                    name: row.kind.name(),
                    profile: row.profile.name(),
                    median_s: median(&row.seconds),
                    min_s: min(&row.seconds),
                    ratio: ratio_of(row),
                })
                .collect(),
            code: code
                .into_iter()
                .map(|code| CodeReport { name: code.kind.name(), bytes_each: code.bytes_each })
                .collect(),
            targets,
        }
    }
}

impl Report for CompileReport {
    fn meets_targets(&self) -> bool {
        self.targets.iter().all(Target::is_met)
    }
}

impl fmt::Display for CompileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CompileReport { processor, rounds, members, rows, code, targets } = self;
        writeln!(f, "{processor}")?;
        writeln!(f, "\nA crate with one table of {members} members, medians of {rounds} rounds")?;
        writeln!(f, "{:<12}{:<10}{:>11}{:>11}{:>9}", "", "", "median s", "min s", "ratio")?;
        for RowReport { name, profile, median_s, min_s, ratio } in rows {
            writeln!(f, "{name:<12}{profile:<10}{median_s:>11.2}{min_s:>11.2}{ratio:>8.2}x")?;
        }
        writeln!(f, "\nCode of each member, its method included, in a release build")?;
        for CodeReport { name, bytes_each } in code {
            writeln!(f, "{name:<12}{bytes_each:>8.0} B")?;
        }
        writeln!(f, "\nTargets")?;
        targets.iter().try_for_each(|target| writeln!(f, "{target}"))
    }
}
