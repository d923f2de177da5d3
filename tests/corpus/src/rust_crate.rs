//! The crate with a module for each entry, and C that calls it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::entry::Entry;
use crate::generate::Generated;
use crate::outcome::Came;

/// Compiles all, and runs their tests. What does not compile is taken out, so that the others are tried.
pub fn run(folder: &Path, generated: &[(&Entry, Generated)]) -> Result<BTreeMap<String, Came>> {
    let mut came = BTreeMap::new();
    write(folder, generated)?;
    let mut objects = Vec::new();
    for (entry, _) in generated {
        match compile_c(folder, entry)? {
            Ok(object) => objects.push(object),
            Err(why) => drop(came.insert(entry.name.clone(), Came::NotCompiled(why))),
        }
    }
    archive(folder, &objects)?;
    loop {
        let names = generated.iter().map(|(entry, _)| entry.name.clone());
        let left: Vec<String> = names.filter(|name| !came.contains_key(name)).collect();
        write_root(folder, &left)?;
        let failed = check(folder)?;
        if failed.is_empty() {
            test(folder, &left, &mut came)?;
            return Ok(came);
        }
        for (name, why) in failed {
            if !left.contains(&name) {
                bail!("the crate does not compile, for none of its modules: {name}: {why}");
            }
            came.insert(name, Came::NotCompiled(why));
        }
    }
}

fn write(folder: &Path, generated: &[(&Entry, Generated)]) -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let source = folder.join("src");
    if source.exists() {
        fs::remove_dir_all(&source)?;
    }
    fs::create_dir_all(&source)?;
    let manifest = format!(
        "[package]\nname = \"corpus\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nlibc = \"0.2\"\noutlive = {{ path = {:?} }}\n",
        workspace.join("crates/outlive")
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let build = format!(
        "fn main() {{\n    println!(\"cargo::rustc-link-search={{}}\", {:?});\n    println!(\"cargo::rustc-link-lib=static=calls\");\n}}\n",
        folder
    );
    fs::write(folder.join("build.rs"), build)?;
    for (_, generated) in generated {
        for (name, text) in &generated.files {
            fs::write(source.join(name), text)?;
        }
    }
    Ok(())
}

fn write_root(folder: &Path, names: &[String]) -> Result<()> {
    let mut root = "//! All of the corpus.\n#![deny(warnings)]\n".to_owned();
    for name in names {
        root += &format!("pub mod {name};\n#[cfg(test)]\nmod {name}_test;\n");
    }
    Ok(fs::write(folder.join("src/lib.rs"), root)?)
}

/// Compiles the C that calls an entry. The inner result is the compiler's.
fn compile_c(folder: &Path, entry: &Entry) -> Result<Result<PathBuf, String>> {
    let object = folder.join(format!("{}.o", entry.name));
    let done = Command::new("cc")
        .args(["-std=gnu11", "-O1", "-w", "-c", "-o"])
        .arg(&object)
        .arg(folder.join(format!("src/{}.c", entry.name)))
        .args(entry.header().compiler_arguments()?)
        .output()
        .context("cc")?;
    Ok(match done.status.success() {
        true => Ok(object),
        false => Err(format!("C: {}", first_error(&String::from_utf8_lossy(&done.stderr)))),
    })
}

fn first_error(text: &str) -> String {
    let line = text.lines().find(|line| line.contains("error")).or_else(|| text.lines().next());
    line.unwrap_or("it said nothing").trim().to_owned()
}

fn archive(folder: &Path, objects: &[PathBuf]) -> Result<()> {
    let archive = folder.join("libcalls.a");
    if archive.exists() {
        fs::remove_file(&archive)?;
    }
    let done = Command::new("ar").arg("rcs").arg(archive).args(objects).status().context("ar")?;
    if !done.success() {
        bail!("ar has failed");
    }
    Ok(())
}

/// The modules that do not compile, each with its first error.
fn check(folder: &Path) -> Result<Vec<(String, String)>> {
    let done = cargo(folder, &["test", "--no-run", "--message-format=json"])?;
    let mut failed: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8_lossy(&done.stdout).lines() {
        let Ok(said) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let message = &said["message"];
        if message["level"] != "error" {
            continue;
        }
        let file = message["spans"][0]["file_name"].as_str().unwrap_or_default();
        let Some(stem) = Path::new(file).file_stem() else { continue };
        let stem = stem.to_string_lossy();
        let name = stem.strip_suffix("_test").unwrap_or(&stem).to_owned();
        if !failed.iter().any(|(other, _)| *other == name) {
            failed.push((name, message["message"].as_str().unwrap_or_default().to_owned()));
        }
    }
    if failed.is_empty() && !done.status.success() {
        bail!("cargo: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(failed)
}

/// Runs each module's test, and says of each how it went.
fn test(folder: &Path, names: &[String], came: &mut BTreeMap<String, Came>) -> Result<()> {
    // A test that ends the process ends those of all: each has a process of its own.
    for name in names {
        let filter = format!("{name}_test::");
        let done = cargo(folder, &["test", "--quiet", "--lib", &filter])?;
        let text = String::from_utf8_lossy(&done.stdout);
        let has_run = text.contains("1 passed");
        let said =
            text.lines().chain([]).find(|line| line.contains("panicked") || line.contains("left:"));
        let why = || {
            let errors = String::from_utf8_lossy(&done.stderr);
            said.map_or_else(|| first_error(&errors), str::to_owned)
        };
        let outcome =
            if done.status.success() && has_run { Came::Works } else { Came::NotCalled(why()) };
        came.insert(name.clone(), outcome);
    }
    Ok(())
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<std::process::Output> {
    Command::new("cargo")
        .args(arguments)
        .arg("--offline")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .context("cargo")
}
