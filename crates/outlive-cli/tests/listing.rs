//! `outlive gen` without a table: the list of what a header has.

use std::process::{Command, Output};

const SHAPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../go/internal/gen/shapes/shapes.h");

/// Runs `outlive gen`. `None` where there is no libclang.
fn generate(arguments: &[&str]) -> Option<Output> {
    let done =
        Command::new(env!("CARGO_BIN_EXE_outlive")).arg("gen").args(arguments).output().unwrap();
    if errors(&done).contains("no libclang") {
        eprintln!("skipped: no libclang; ci/install.sh installs it");
        return None;
    }
    Some(done)
}

fn errors(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

#[test]
fn a_header_is_listed_in_words() {
    let Some(done) = generate(&["go", SHAPES]) else { return };
    assert!(done.status.success(), "{}", errors(&done));
    let text = String::from_utf8(done.stdout).unwrap();
    for part in [
        "Callback tables\n",
        "shapes.h:33: shapes_listener\n  callbacks: on_event, on_text, on_close\n  user data, by name and type: arg\n",
        "Types of functions\n",
        " --function shapes_transfer_cb --user-data-expr 'shapes_transfer_cb=transfer->user' --fallback '*=-1'\n",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

#[test]
fn each_command_of_the_list_can_be_copied_and_runs() {
    for language in ["rust", "go"] {
        let Some(done) = generate(&[language, SHAPES, "--json"]) else { return };
        assert!(done.status.success(), "{}", errors(&done));
        let listed: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        let tables = listed["tables"].as_array().unwrap();
        let functions = listed["functions"].as_array().unwrap();
        assert_eq!(tables[0]["callbacks"][0]["name"], "on_event");
        for table in tables.iter().take(3).chain(functions.iter().take(2)) {
            let command = table["command"].as_str().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let line = format!("\"$OUTLIVE\" {} -o out", command.strip_prefix("outlive ").unwrap());
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).current_dir(folder.path());
            let done = shell.env("OUTLIVE", env!("CARGO_BIN_EXE_outlive")).output().unwrap();
            assert!(done.status.success(), "{command}: {}", errors(&done));
            assert!(folder.path().join("out").exists());
        }
    }
}
