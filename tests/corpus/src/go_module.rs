//! The Go module with a package for each entry.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::entry::Entry;
use crate::generate::Generated;
use crate::outcome::Came;

/// Compiles all packages, and runs their tests.
pub fn run(folder: &Path, generated: &[(&Entry, Generated)]) -> Result<BTreeMap<String, Came>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let module = format!(
        "module corpus\n\ngo 1.24\n\nrequire outlive.dev/go v0.0.0\n\nreplace outlive.dev/go => {}\n",
        workspace.join("go").display()
    );
    fs::write(folder.join("go.mod"), module)?;
    for (entry, generated) in generated {
        let package = folder.join(&entry.name);
        fs::create_dir(&package)?;
        for (name, text) in &generated.files {
            fs::write(package.join(name), text)?;
        }
    }
    let done = Command::new("go")
        .args(["test", "-json", "./..."])
        .current_dir(folder)
        .env("GOFLAGS", "-mod=mod")
        .output()
        .context("go")?;
    let mut said: BTreeMap<String, Package> = BTreeMap::new();
    for line in String::from_utf8_lossy(&done.stdout).lines() {
        let Ok(event) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let path = event["Package"].as_str().or(event["ImportPath"].as_str()).unwrap_or_default();
        let name = path.split(' ').next().unwrap_or_default();
        let name = name.strip_prefix("corpus/").unwrap_or(name).trim_end_matches(".test");
        let package = said.entry(name.to_owned()).or_default();
        match event["Action"].as_str() {
            Some("build-output" | "output") => {
                package.text += event["Output"].as_str().unwrap_or_default()
            }
            Some("build-fail") => package.not_built = true,
            Some("pass") if event["Test"].is_null() => package.passed = true,
            _ => {}
        }
    }
    let stderr = String::from_utf8_lossy(&done.stderr).into_owned();
    let came = generated.iter().map(|(entry, _)| {
        let package = said.remove(&entry.name).unwrap_or_default();
        (entry.name.clone(), package.came(&stderr))
    });
    Ok(came.collect())
}

/// What `go test` says of a package.
#[derive(Default)]
struct Package {
    text: String,
    passed: bool,
    not_built: bool,
}

impl Package {
    fn came(&self, stderr: &str) -> Came {
        let is_said = |line: &&str| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with(['#', '=']) && !line.starts_with("FAIL")
        };
        let text = if self.text.is_empty() { stderr } else { &self.text };
        let wrong = |line: &&str| line.contains(".go:") || line.contains("error");
        let lines = || text.lines().filter(is_said);
        let why =
            lines().find(wrong).or_else(|| lines().next()).unwrap_or("go said nothing").trim();
        match (self.passed, self.not_built || text.contains("[build failed]")) {
            (true, _) => Came::Works,
            (false, true) => Came::NotCompiled(why.to_owned()),
            (false, false) => Came::NotCalled(why.to_owned()),
        }
    }
}
