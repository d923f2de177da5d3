//! Starts the benchmark that is written in Go, which the Go command builds.

use std::path::{self, Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::UNIX_EPOCH;
use std::{env, fs, io};

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
        if !is_installed() {
            let library = library(&root)?;
            go.env("PKG_CONFIG_PATH", library.join("pkgconfig"));
            // The Go command's cache knows neither what pkg-config says nor the library: it does these.
            go.env("CGO_LDFLAGS", format!("-O2 -g -L{}", library.display()));
            go.arg(format!("-ldflags=-X=main.library={}", age(&library.join("liboutlive.a"))));
        }
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

/// Whether pkg-config knows the C libraries as it is.
fn is_installed() -> bool {
    let asked = Command::new("pkg-config").args(["--exists", "outlive", "vde_hub"]).status();
    asked.is_ok_and(|status| status.success())
}

/// Installs the C libraries as they are now, and says where the static ones are.
fn library(root: &Path) -> Result<PathBuf, String> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let prefix = path::absolute(target.join("prefix")).map_err(|error| error.to_string())?;
    eprintln!("outlive-bench: installing the C libraries in {}", prefix.display());
    let installed = Command::new(root.join("install.sh"))
        .arg("--prefix")
        .arg(&prefix)
        .stdout(io::stderr())
        .status()
        .map_err(|error| format!("install.sh cannot be started: {error}"))?;
    if !installed.success() {
        return Err(format!("install.sh has failed: {installed}"));
    }
    let library = prefix.join("lib/outlive-static");
    library.canonicalize().map_err(|error| format!("{}: {error}", library.display()))
}

/// When a file was changed, as a number; 0 where the system does not say.
fn age(file: &Path) -> u128 {
    let changed = fs::metadata(file).and_then(|metadata| metadata.modified());
    let since = changed.ok().and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_nanos())
}
