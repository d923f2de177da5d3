//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, value_parser};

use crate::gen_args::GenArgs;

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
    Hub(HubArgs),
    /// Show a table dropped too early, kept in each way, and closed while frames fly
    ///
    /// A C library keeps the table; real clients on real sockets exchange frames. The exit status
    /// says whether all held.
    Demo(DemoArgs),
    /// Have a hostile C library misuse tables in every way, and say what was survived
    ///
    /// Each scenario runs in processes of its own, once as it is and once with freed memory used again
    /// at once. The exit status is 0 only when all end as expected. A scenario that cannot do its work on
    /// this platform, in this build or in a sandbox is skipped: the last line counts these, and says why.
    Prove(ProveArgs),
    /// Write the Rust or Go side of a struct of callbacks in a C header
    Gen(Box<GenArgs>),
    /// Run one scenario in this process; `prove` calls this
    #[command(hide = true)]
    Scenario(ScenarioArgs),
}

#[derive(Debug, ClapArgs)]
pub struct HubArgs {
    /// The directory to listen in; made if it is not there
    pub directory: PathBuf,
    /// Frames that may wait for one slow port, before they are dropped and counted
    #[arg(long, value_name = "FRAMES", default_value_t = 256)]
    pub queue: u32,
    /// Close ports that have had no frame for so many seconds; 0 is never
    #[arg(long, value_name = "SECONDS", default_value_t = 0,
          value_parser = value_parser!(u32).range(0..=4_000_000))]
    pub idle: u32,
    /// Connections at once
    #[arg(long, value_name = "PORTS", default_value_t = 256,
          value_parser = value_parser!(u32).range(1..=4096))]
    pub max_ports: u32,
}

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
