//! `outlive bugs`, run as a user runs it.

use std::process::{Command, Output};

use serde_json::Value;

fn bugs(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outlive")).arg("bugs").args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Two that do not hang.
const NAMES: [&str; 2] = ["refused_delete", "dead_stack"];

#[test]
fn each_bug_is_told_with_both_bindings_and_what_became_of_them() {
    let output = bugs(&[&NAMES[..], &["--json", "--limit", "60"]].concat());
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["shown"], &report["mended"], &report["total"]),
        (&2.into(), &2.into(), &2.into())
    );
    let told = report["bugs"].as_array().unwrap();
    assert!(told.iter().map(|bug| &bug["name"]).eq(NAMES));
    let outcomes =
        |half: &str| told.iter().map(|bug| bug[half]["outcome"].clone()).collect::<Vec<_>>();
    assert_eq!(outcomes("naive"), ["wrong", "crashed"]);
    assert_eq!(outcomes("mended"), ["right", "right"]);
    for binding in told.iter().flat_map(|bug| [&bug["naive"], &bug["mended"]]) {
        assert!(binding["file"].as_str().unwrap().ends_with(".rs"));
        assert!(binding["line"].is_u64() && binding["ms"].is_u64());
        assert!(!binding["lines"].as_array().unwrap().is_empty());
        assert_eq!(binding["is_as_told"], true);
    }
}

#[test]
fn the_text_has_the_lines_that_matter_before_and_after() {
    let output = bugs(&[NAMES[0], "--limit", "60"]);
    assert!(output.status.success(), "{output:?}");
    let text = text(&output);
    let parts = [
        "refused_delete: ",
        "https://github.com/",
        "by hand, examples/bugs/src/bugs/refused_delete/naive.rs:",
        "return; // the watcher stays in the loop",
        "wrong: event on 3: fired",
        "with outlive, examples/bugs/src/bugs/refused_delete/mended.rs:",
        "#[callback(takes_back)]",
        "right: event on 3: nobody watches",
        "1 of 1 bindings by hand fail as reported; 1 of 1 with outlive do not fail\n",
    ];
    let mut rest = text.as_str();
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not in {rest}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn a_binding_that_hangs_is_told_with_what_it_waits_for() {
    let output = bugs(&["reply_never_sent", "--json", "--limit", "8"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["bugs"][0]["naive"]["outcome"], "hung", "{report}");
    let detail = report["bugs"][0]["naive"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("still waits for the reply"), "{detail}");
}

#[test]
fn the_list_names_each_bug_and_its_report_and_runs_none() {
    let text = text(&bugs(&["--list"]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 16);
    assert!(lines.iter().skip(1).step_by(2).all(|line| line.trim().starts_with("https://")));
    assert!(NAMES.iter().all(|name| lines.iter().any(|line| line.starts_with(name))));
}

#[test]
fn a_name_that_is_none_is_an_error_that_says_where_the_names_are() {
    for arguments in [&["no_such_bug"][..], &["dead_stack", "no_such_bug"]] {
        let output = bugs(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("no_such_bug") && error.contains("--list"), "{error}");
    }
}

#[test]
fn options_that_contradict_or_are_out_of_range_are_refused() {
    assert_eq!(bugs(&["--limit", "0"]).status.code(), Some(2));
    assert_eq!(bugs(&["--list", "--json"]).status.code(), Some(2));
}
