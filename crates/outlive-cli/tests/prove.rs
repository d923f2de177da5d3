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

#[test]
fn every_scenario_is_survived() {
    let output = prove(&["--json", "--limit", "120"]);
    let report = report(&output);
    let bad: Vec<_> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|scenario| scenario["outcome"] != "survived")
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(output.status.success());
    assert!(report["total"].as_u64().unwrap() >= 60);
    assert_eq!(report["total"], report["survived"]);
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
