//! The command `check`: what it prints, and what it exits with.

use std::fs;
use std::process::{Command, Output};

const WRONG: &str = "package p

// static void *all;
// static void keep(void *p) { all = p; }
import \"C\"

import \"unsafe\"

func f() { x := 1; C.keep(unsafe.Pointer(&x)) }
";

fn outlive(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outlive")).arg("check").args(args).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_exit_status_says_whether_anything_was_found_or_could_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let empty = outlive(&[path]);
    assert_eq!(empty.status.code(), Some(0), "{}", text(&empty));
    fs::write(folder.path().join("a.go"), WRONG).unwrap();
    let found = outlive(&[path]);
    assert_eq!(found.status.code(), Some(1));
    assert!(text(&found).contains("error[C1]"), "{}", text(&found));
    let missing = outlive(&["/nowhere/at/all"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/nowhere/at/all"));
}

#[test]
fn a_baseline_that_was_written_silences_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    fs::write(folder.path().join("a.go"), WRONG).unwrap();
    let known = folder.path().join("known.txt");
    let known = known.to_str().unwrap();
    assert_eq!(outlive(&["--write-baseline", known, path]).status.code(), Some(0));
    let silenced = outlive(&["--baseline", known, path]);
    assert_eq!(silenced.status.code(), Some(0), "{}", text(&silenced));
    assert!(text(&silenced).contains("1 silenced"), "{}", text(&silenced));
    assert_eq!(outlive(&["--baseline", "/nowhere/at/all", path]).status.code(), Some(2));
}

#[test]
fn programs_get_one_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    fs::write(folder.path().join("a.go"), WRONG).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text(&outlive(&["--json", path]))).unwrap();
    assert_eq!(json["findings"][0]["rule"], "C1");
    let sarif: serde_json::Value =
        serde_json::from_str(&text(&outlive(&["--sarif", path]))).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "C1");
}

#[test]
fn a_rule_explains_itself() {
    let page = outlive(&["--explain", "r3"]);
    assert_eq!(page.status.code(), Some(0));
    assert!(text(&page).starts_with("# R3: "), "{}", text(&page));
    assert_eq!(outlive(&["--explain", "X9"]).status.code(), Some(2));
}
