//! Crates of generated files.

#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes modules into a crate of its own, and has cargo check it.
pub fn check(modules: &[(&str, String)]) {
    run("check", "", modules);
}

/// As [`check`], and has cargo run the tests that are in the modules.
pub fn test(modules: &[(&str, String)]) {
    run("test", "", modules);
}

/// As [`test`], in a crate that has no procedural macro of the library's.
pub fn test_without_macros(modules: &[(&str, String)]) {
    run("test", ", default-features = false", modules);
}

fn run(command: &str, features: &str, modules: &[(&str, String)]) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let manifest = format!(
        "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nlibc = \"0.2\"\noutlive = {{ path = {:?}{features} }}\n",
        workspace.join("crates/outlive")
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::copy(workspace.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    // Modules may take it for another crate.
    let mut root = "#![deny(warnings)]\nextern crate self as itself;\n".to_owned();
    for (name, text) in modules {
        root += &format!("pub mod {name};\n");
        fs::write(folder.path().join(format!("src/{name}.rs")), text).unwrap();
    }
    fs::write(folder.path().join("src/lib.rs"), root).unwrap();
    let done = Command::new(env!("CARGO"))
        .args([command, "--offline", "--quiet", "--manifest-path"])
        .arg(folder.path().join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}\n{err}");
}
