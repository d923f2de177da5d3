//! Starts the benchmark that is written in Go, which the Go command builds.

use std::path::Path;
use std::process::{Command, ExitCode};

use clap::Args;

use crate::output::fail;

/// What `outlive-bench go` is given; it goes on to the Go program.
#[derive(Args)]
pub struct Go {
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Takes few and short samples: for a test, not for figures
    #[arg(long)]
    quick: bool,
    /// Fails if a target is not met
    #[arg(long)]
    strict: bool,
    /// Measures only this part
    #[arg(long, value_name = "PART", value_parser = ["calls", "tables", "hubs"])]
    only: Option<String>,
}

impl Go {
    pub fn run(&self) -> ExitCode {
        match self.start() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => fail(&error),
        }
    }

    fn start(&self) -> Result<bool, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut go = Command::new("go");
        go.arg("run").current_dir(root.join("go"));
        go.arg("./cmd/bench").args(self.arguments());
        let status = go.status().map_err(|error| format!("`go` cannot be started: {error}"))?;
        Ok(status.success())
    }

    fn arguments(&self) -> Vec<String> {
        let flags = [("-json", self.json), ("-quick", self.quick), ("-strict", self.strict)];
        let flags = flags.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag.to_owned());
        flags.chain(self.only.iter().map(|part| format!("-only={part}"))).collect()
    }
}
