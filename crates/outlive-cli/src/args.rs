//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, value_parser};

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
