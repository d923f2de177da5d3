//! `outlive gen init` makes what builds, and what C calls.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const HUB: &str = "\
#include <stddef.h>
enum hub_level { HUB_LOW, HUB_HIGH };
struct hub_listener {
    int version;
    int (*on_line)(enum hub_level level, const char *line, void *arg);
    void (*on_close)(void *arg);
};
struct hub_object { int (*go)(struct hub_object *self, int steps); };
typedef size_t (*hub_write)(const char *bytes, size_t count, void *arg);
typedef int (*hub_bare)(int code);
";

/// Runs `outlive gen init` in a folder. `None` where there is no libclang.
fn init(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outlive"));
    let done = command.current_dir(folder).args(["gen", "init"]).args(arguments).output().unwrap();
    if said(&done).contains("no libclang") {
        eprintln!("skipped: no libclang; ci/install.sh installs it");
        return None;
    }
    Some(done)
}

fn said(done: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("include")).unwrap();
    fs::write(folder.path().join("include/hub.h"), HUB).unwrap();
    folder
}

const ALL: &[&str] = &[
    "include/hub.h",
    "--proposed",
    "--table",
    "hub_listener",
    "--constant",
    "version=2",
    "--table",
    "hub_object",
    "--function",
    "hub_write",
    "--function",
    "hub_bare",
];

#[test]
fn a_crate_builds_and_c_calls_each_callback() {
    let folder = folder();
    let Some(done) = init(folder.path(), &[&["rust"], ALL, &["-o", "hub"]].concat()) else {
        return;
    };
    assert!(done.status.success(), "{}", said(&done));
    let made = folder.path().join("hub");
    let script = fs::read_to_string(made.join("build.rs")).unwrap();
    assert!(script.contains("Builder::new(\"../include/hub.h\")"), "{script}");
    assert!(script.contains(".option(\"--constant\", \"version=2\")"), "{script}");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::copy(workspace.join("Cargo.lock"), made.join("Cargo.lock")).unwrap();
    let done = Command::new(env!("CARGO"))
        .args(["test", "--offline"])
        .current_dir(&made)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("init"))
        .env("RUSTFLAGS", "-D warnings")
        .output()
        .unwrap();
    assert!(done.status.success() && said(&done).contains("4 passed"), "{}", said(&done));
}

#[test]
fn a_go_module_builds_and_c_calls_each_callback() {
    if Command::new("go").arg("version").output().is_err() {
        eprintln!("skipped: no go; ci/install.sh installs it");
        return;
    }
    let folder = folder();
    let Some(done) = init(folder.path(), &[&["go"], ALL, &["-o", "hub"]].concat()) else { return };
    assert!(done.status.success(), "{}", said(&done));
    let made = folder.path().join("hub");
    let done =
        Command::new("go").args(["test", "-v", "./..."]).current_dir(&made).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(said(&done).matches("--- PASS").count(), 4, "{}", said(&done));
    let inner = init(
        &made,
        &["go", "../include/hub.h", "--proposed", "--function", "hub_bare", "-o", "bare"],
    );
    assert!(inner.unwrap().status.success());
    assert!(made.join("bare/hosts.go").exists() && !made.join("bare/go.mod").exists());
}

#[test]
fn what_is_there_stays_and_nothing_half_made_is_left() {
    let folder = folder();
    fs::create_dir(folder.path().join("mine")).unwrap();
    let there = init(folder.path(), &[&["rust"], ALL, &["-o", "mine"]].concat());
    let Some(there) = there else { return };
    assert!(!there.status.success() && said(&there).contains("mine is there"), "{}", said(&there));
    for (arguments, words) in [
        (&["rust", "include/hub.h", "-o", "new"][..], "name at least one --table STRUCT"),
        (
            &["go", "include/hub.h", "--table", "hub_listener", "-o", "new"],
            "what is in the members that are no callbacks?",
        ),
        (
            &[
                "rust",
                "include/hub.h",
                "--table",
                "hub_object",
                "--proposed",
                "--outlive",
                "include",
                "-o",
                "new",
            ],
            "no clone of outlive",
        ),
    ] {
        let done = init(folder.path(), arguments).unwrap();
        assert!(!done.status.success() && said(&done).contains(words), "{}", said(&done));
        assert!(!folder.path().join("new").exists());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}
