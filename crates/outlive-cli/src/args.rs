//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, value_parser};
use outlive_check::Rule;

#[cfg(target_os = "linux")]
use crate::demo::DemoArgs;
use crate::gen_args::GenArgs;
#[cfg(target_os = "linux")]
use crate::hub::HubArgs;

/// Callback tables that outlive whatever C does with them.
#[derive(Debug, Parser)]
#[command(name = "outlive", version)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a VDE hub until interrupted
    ///
    /// vde_plug, libvdeplug programs and QEMU's `-netdev vde,sock=DIR` connect to it. Each frame
    /// from one port goes to all the others. Ctrl-C or SIGTERM closes it and removes what it made;
    /// a second one ends it at once.
    #[cfg(target_os = "linux")]
    Hub(HubArgs),
    /// Show a table dropped too early, kept in each way, and closed while frames fly
    ///
    /// A C library keeps the table; real clients on real sockets exchange frames. The exit status
    /// says whether all held.
    #[cfg(target_os = "linux")]
    Demo(DemoArgs),
    /// Show public bugs of callbacks, each in a binding written by hand and in the same binding with outlive
    ///
    /// Each binding runs in a process of its own, for the ones by hand crash, hang or reach the wrong callback. The exit
    /// status is 0 only when each of those fails as it is known to, and each binding with outlive does not fail.
    Bugs(BugsArgs),
    /// Have a hostile C library misuse tables in every way, and say what was survived
    ///
    /// Each scenario runs in processes of its own, once as it is and once with freed memory used again
    /// at once. The exit status is 0 only when all end as expected. A scenario that cannot do its work on
    /// this platform, in this build or in a sandbox is skipped: the last line counts these, and says why.
    Prove(ProveArgs),
    /// Write the Rust or Go side of a struct of callbacks in a C header
    Gen(Box<GenArgs>),
    /// Find where C keeps what its Go or Rust host lets go, from sources alone
    ///
    /// Nothing is built and nothing of the repository is run. The exit status is 0 where nothing is found, 1 where
    /// something is, and 2 where the sources cannot be read. A comment `// outlive:kept-by EXPR` on the line of a finding,
    /// or on the line above, says what keeps the memory, and silences it.
    Check(CheckArgs),
    /// Run one scenario in this process; `prove` calls this
    #[command(hide = true)]
    Scenario(ScenarioArgs),
    /// Run one binding of a bug in this process; `bugs` calls this
    #[command(hide = true)]
    Bug(BugArgs),
}

#[derive(Debug, ClapArgs)]
pub struct BugsArgs {
    /// The bugs to show; all, unless given
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Name the bugs and where they were reported, and run none
    #[arg(long, conflicts_with = "json")]
    pub list: bool,
    /// How long one process may take before it counts as hung
    #[arg(long, value_name = "SECONDS", default_value_t = 3,
          value_parser = value_parser!(u32).range(1..=3600))]
    pub limit: u32,
}

#[derive(Debug, ClapArgs)]
pub struct BugArgs {
    /// The bug's name
    pub name: String,
    /// The binding
    pub half: Half,
}

/// A binding of a bug's C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Half {
    /// Written by hand: it has the bug
    Naive,
    /// The same with outlive
    Mended,
}

#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// Folders or files to read
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Print SARIF 2.1.0, which code hosts read
    #[arg(long, conflicts_with = "json")]
    pub sarif: bool,
    /// Show hints, too: what is worth a look, and often harmless
    #[arg(long)]
    pub all: bool,
    /// Leave out the findings that this file lists
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the findings to this file, one a line, for `--baseline`; a reason may follow each after ` # `
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
    /// Print the page of a rule, with a wrong and a right version
    #[arg(long, value_name = "RULE")]
    pub explain: Option<Rule>,
}

#[derive(Debug, ClapArgs)]
pub struct ProveArgs {
    /// The scenarios to run; all, unless given
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Use hand-written trampolines instead of the library, to show that the scenarios bite; the exit
    /// status is 0 when at least half of those that are not skipped crash, misdirect a call or hang
    #[arg(long)]
    pub control: bool,
    /// Name the scenarios and what C does in each, and run none
    #[arg(long, conflicts_with = "json")]
    pub list: bool,
    /// How long one process may take before it counts as hung
    #[arg(long, value_name = "SECONDS", default_value_t = 30,
          value_parser = value_parser!(u32).range(1..=3600))]
    pub limit: u32,
    /// Run each process by this command and its arguments, such as "valgrind --quiet"
    #[arg(long, value_name = "COMMAND", value_parser = runner)]
    pub runner: Option<Runner>,
}

/// A command that runs a program: its own words, then the program's.
#[derive(Clone, Debug)]
pub struct Runner(pub Vec<String>);

fn runner(text: &str) -> Result<Runner, String> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() { Err("name a program".to_owned()) } else { Ok(Runner(words)) }
}

#[derive(Debug, ClapArgs)]
pub struct ScenarioArgs {
    /// The scenario's name
    pub name: String,
    /// Use hand-written trampolines
    #[arg(long)]
    pub control: bool,
    /// Use freed memory again at once, and threads that have called before
    #[arg(long)]
    pub reuse: bool,
}
