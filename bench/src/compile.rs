//! The command `compile`: what a table costs the compiler, and a program in bytes, beside hand-written trampolines.
//!
//! Two crates have the same C struct and the same methods; one writes the trampolines by hand, the other has a block. Cargo
//! builds them, and what they depend on, once; what is measured then is the compiler itself, by the commands that cargo has
//! used.

mod cargo;
mod code;
mod report;
mod source;

use std::process::ExitCode;

use clap::Args;
use tempfile::TempDir;

use crate::measure::interleave;
use crate::output::Output;
use crate::progress::Progress;
use cargo::{Compilation, Profile};
use report::CompileReport;
use source::Kind;

/// The members of the large table, and of the small one: what a member takes is the difference.
const MANY: usize = 44;
const FEW: usize = 4;

/// What `outlive-bench compile` is given.
#[derive(Args)]
pub struct Compile {
    #[command(flatten)]
    output: Output,
    /// Compiles once: for a test, not for figures
    #[arg(long)]
    quick: bool,
}

/// One crate, compiled again and again.
pub struct Row {
    pub kind: Kind,
    pub profile: Profile,
    compilation: Compilation,
    pub seconds: Vec<f64>,
}

/// The bytes of code that each member adds to a program.
pub struct Code {
    pub kind: Kind,
    pub bytes_each: f64,
}

impl Compile {
    pub fn run(&self) -> ExitCode {
        self.output.finish(self.measure())
    }

    fn measure(&self) -> Result<CompileReport, String> {
        let rounds = if self.quick { 1 } else { 9 };
        let progress = Progress::new(rounds + 4);
        progress.now("dependencies");
        let few = workspace(FEW)?;
        let many = workspace(MANY)?;
        let mut rows = Vec::new();
        for profile in [Profile::Dev, Profile::Release] {
            for (kind, compilation) in cargo::build(&many, profile)? {
                rows.push(Row { kind, profile, compilation, seconds: Vec::new() });
            }
            progress.step();
        }
        let small = cargo::build(&few, Profile::Release)?;
        progress.step();
        let code = rows
            .iter()
            .filter(|row| row.profile == Profile::Release)
            .zip(&small)
            .map(|(row, (_, small))| code_of(row.kind, &row.compilation, small))
            .collect::<Result<_, _>>()?;
        progress.now("compile");
        interleave(&mut rows, rounds, &progress, |row| {
            row.seconds.push(row.compilation.run()?);
            Ok::<_, String>(())
        })?;
        progress.done();
        Ok(CompileReport::new(rounds, &rows, code))
    }
}

fn workspace(members: usize) -> Result<TempDir, String> {
    let folder = TempDir::new().map_err(|error| format!("a temporary folder: {error}"))?;
    source::write(folder.path(), members)
        .map_err(|error| format!("{}: {error}", folder.path().display()))?;
    Ok(folder)
}

fn code_of(kind: Kind, many: &Compilation, few: &Compilation) -> Result<Code, String> {
    let more = code::bytes(&many.library())? as f64 - code::bytes(&few.library())? as f64;
    Ok(Code { kind, bytes_each: more / (MANY - FEW) as f64 })
}
