//! `outlive prove`, run as a user runs it.

use std::collections::HashSet;
use std::process::{Command, Output};

use serde_json::Value;

fn prove(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outlive")).arg("prove").args(arguments).output().unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn outcomes(report: &Value) -> Vec<&str> {
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios.iter().map(|scenario| scenario["outcome"].as_str().unwrap()).collect()
}

/// The proofs with this outcome.
fn with_outcome<'r>(report: &'r Value, outcome: &str) -> Vec<&'r Value> {
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios.iter().filter(|scenario| scenario["outcome"] == outcome).collect()
}

#[test]
fn every_scenario_is_survived_or_says_why_it_was_skipped() {
    let output = prove(&["--json", "--limit", "120"]);
    let report = report(&output);
    let survived = with_outcome(&report, "survived").len();
    let skipped = with_outcome(&report, "skipped");
    let bad: Vec<_> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|scenario| scenario["outcome"] != "survived" && scenario["outcome"] != "skipped")
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(output.status.success());
    assert!(survived >= 100, "{survived} survived, and these were skipped: {skipped:#?}");
    assert!(skipped.iter().all(|scenario| scenario["detail"] != ""), "{skipped:#?}");
    assert_eq!(report["survived"], survived);
    assert_eq!(report["skipped"], skipped.len());
    assert_eq!(report["total"], survived + skipped.len());
    skipped.iter().for_each(|scenario| eprintln!("skipped: {scenario}"));
    for scenario in report["scenarios"].as_array().unwrap() {
        assert!(scenario["name"].is_string() && scenario["guarantee"].is_string());
        assert!(scenario["detail"].is_string() && scenario["ms"].is_u64());
    }
    let guarantees: HashSet<_> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|scenario| scenario["guarantee"].as_str().unwrap().split(' '))
        .collect();
    let missing: Vec<_> =
        (1..=12).map(|n| format!("G{n}")).filter(|g| !guarantees.contains(g.as_str())).collect();
    assert!(missing.is_empty(), "no scenario for {missing:?}");
}

#[test]
fn the_same_scenarios_bite_hand_written_trampolines() {
    let output = prove(&["--control", "--json", "late_call_after_thousands", "late_call_at_once"]);
    let report = report(&output);
    assert!(output.status.success(), "half of them bite");
    assert_eq!(outcomes(&report)[0], "misdirected");
    assert_eq!((&report["control"], &report["total"]), (&Value::Bool(true), &2.into()));
    assert!(report["bitten"].as_u64().unwrap() >= 1);
}

#[test]
fn what_cannot_do_its_work_is_skipped_and_no_failure() {
    let name = "table_larger_than_a_page";
    assert_eq!(outcomes(&report(&prove(&["--json", name]))), ["survived"]);
    let output = prove(&["--control", "--json", name]);
    assert!(output.status.success());
    let report = report(&output);
    assert_eq!(outcomes(&report), ["skipped"]);
    assert_eq!((&report["total"], &report["skipped"]), (&1.into(), &1.into()));
    assert_eq!((&report["survived"], &report["bitten"]), (&0.into(), &0.into()));
    let why = report["scenarios"][0]["detail"].as_str().unwrap();
    let text = String::from_utf8(prove(&["--control", name]).stdout).unwrap();
    assert!(text.ends_with(&format!(", 1 skipped: {why} (1)\n")), "{text}");
    let list = String::from_utf8(prove(&["--control", "--list", name]).stdout).unwrap();
    assert!(list.ends_with(&format!(" (skipped here: {why})\n")), "{list}");
}

#[test]
fn half_of_what_the_control_tries_has_to_bite() {
    // One that is skipped is not tried.
    let output = prove(&["--control", "table_larger_than_a_page", "late_call_after_thousands"]);
    assert!(output.status.success(), "{output:?}");
    let output = prove(&["--control", "table_larger_than_a_page", "registration_fails"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn a_control_that_does_not_bite_fails() {
    let output = prove(&["--control", "--json", "registration_fails"]);
    assert_eq!(outcomes(&report(&output)), ["survived"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn only_the_named_scenarios_run_in_the_given_order() {
    let output = prove(&["late_call_after_thousands", "late_call_at_once"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["late_call_after_thousands", "late_call_at_once", "2"]);
    assert!(text.ends_with("2 of 2 scenarios survived\n"));
}

#[test]
fn a_name_that_is_none_is_an_error_that_says_where_the_names_are() {
    let output = prove(&["no_such_thing"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no_such_thing") && error.contains("--list"), "{error}");
}

#[test]
fn the_list_names_each_scenario_with_its_guarantee() {
    let output = prove(&["--list"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.lines().count() >= 60);
    assert!(text.lines().all(|line| line.split_whitespace().nth(1).unwrap().starts_with('G')));
}

#[test]
fn a_runner_gets_the_program_and_its_arguments() {
    let output = prove(&["--runner", "env OUTLIVE_RUNNER=1", "token_null"]);
    assert!(output.status.success(), "{output:?}");
    // `true` runs nothing, and what says nothing has crashed.
    let output = prove(&["--json", "--runner", "true", "token_null"]);
    assert_eq!(outcomes(&report(&output)), ["crashed"]);
    assert!(!output.status.success());
}

#[test]
fn a_runner_that_is_not_there_is_an_error() {
    for runner in ["", "no-such-program"] {
        let output = prove(&["--runner", runner, "token_null"]);
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(!output.stderr.is_empty());
    }
}
