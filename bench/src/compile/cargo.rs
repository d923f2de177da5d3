//! Has cargo build the crates, and does again what it did for one of them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::{env, fs};

use tempfile::TempDir;

use super::source::Kind;
use crate::clock::children_time;

/// What cargo calls a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
        }
    }

    /// Cargo's name for its folder.
    fn folder(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }
}

/// What the compiler is called with for a crate.
pub struct Compilation {
    /// As cargo writes it, for a shell.
    command: String,
    folder: PathBuf,
    kind: Kind,
    profile: Profile,
}

/// Builds both crates and what they depend on.
pub fn build(workspace: &TempDir, profile: Profile) -> Result<Vec<(Kind, Compilation)>, String> {
    let folder = workspace.path();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "--offline",
        "--verbose",
        "--color",
        "never",
        "--profile",
        profile.name(),
    ]);
    command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    command.env("CARGO_INCREMENTAL", "0");
    let said = said(command.output(), "cargo build")?;
    let compilation = |kind: Kind| {
        let named = format!("--crate-name {} ", kind.name());
        let running = said.lines().find(|line| line.contains(&named));
        let command = running.and_then(|line| line.split_once('`')?.1.strip_suffix('`'));
        let command =
            command.ok_or_else(|| format!("cargo has not said how it compiled {}", kind.name()))?;
        let (command, folder) = (command.to_owned(), folder.to_owned());
        Ok((kind, Compilation { command, folder, kind, profile }))
    };
    Kind::ALL.into_iter().map(compilation).collect()
}

impl Compilation {
    /// Compiles the crate; the processor's time that this takes, in seconds.
    pub fn run(&self) -> Result<f64, String> {
        let begun = children_time();
        let mut shell = Command::new("sh");
        shell.args(["-c", &self.command]).current_dir(&self.folder);
        said(shell.output(), "the compiler")?;
        Ok(children_time() - begun)
    }

    /// What it makes.
    pub fn library(&self) -> PathBuf {
        let folder = self.folder.join("target").join(self.profile.folder()).join("deps");
        let start = format!("lib{}-", self.kind.name());
        let is_it = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(&start) && name.ends_with(".rlib")
        };
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).find(is_it).unwrap_or(folder)
    }
}

/// What a command has written to stderr, if it went well.
fn said(output: std::io::Result<Output>, what: &str) -> Result<String, String> {
    let output = output.map_err(|error| format!("{what} cannot be started: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(said) } else { Err(format!("{what} has failed:\n{said}")) }
}
