//! The command `scale`.

mod command;

use std::fs;
use std::path::PathBuf;

use command::{array, bench, json};
use serde_json::Value;

/// Name, which, and number of each row.
fn cases(report: &Value) -> Vec<(&str, &str, u64)> {
    let rows = array(report, "rows").iter();
    rows.map(|row| {
        let which = row["which"].as_str().unwrap_or("");
        (row["name"].as_str().unwrap(), which, row["n"].as_u64().unwrap())
    })
    .collect()
}

fn drawing(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_quick_run_reports_every_row_and_draws_it() {
    let file = drawing("scale.svg");
    let report = json(&["scale", "--quick", "--json", "--svg", file.to_str().unwrap()]);
    let found = cases(&report);
    for case in [
        ("call-thread", "", 1),
        ("call-thread", "oldest", 33),
        ("call-thread", "newest", 1000),
        ("call-table", "first", 1000),
        ("call-table", "newest", 1000),
        ("call-all", "", 1000),
        ("call-all-hand", "", 1000),
        ("close-thread", "", 1000),
        ("close-gone", "one by one", 1000),
        ("close-gone", "by hundreds", 1000),
        ("close-gone", "but the newest", 1000),
        ("hold-release", "", 10),
        ("hold-release", "", 1000),
        ("hold-release-pending", "", 0),
        ("hold-release-pending", "", 1000),
        ("hold-release-pending-local", "", 1),
        ("hold-release-own-memory", "", 1000),
        ("exit", "", 1000),
        ("exit", "report", 1000),
    ] {
        assert!(found.contains(&case), "{case:?} is missing: {found:?}");
    }
    for row in array(&report, "rows") {
        assert!(row["failure"].is_null(), "{row}");
        for key in ["median_ns", "min_ns", "ratio", "rss_bytes"] {
            assert!(row[key].as_f64().is_some_and(|value| value > 0.0), "{key} in {row}");
        }
        let is_measured = row["name"] == "hold-release-own-memory" && row["n"] == 1000;
        assert_eq!(row["bytes_each"].is_number(), is_measured, "{row}");
    }
    for target in array(&report, "targets") {
        assert!(target["name"].is_string() && target["wanted"].is_string(), "{target}");
        assert!(target["measured"].is_number() && target["met"].is_boolean(), "{target}");
    }
    assert!(report["processor"].is_object());
    let svg = fs::read_to_string(file).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("hold-release-pending-local"), "{svg}");
}

#[test]
fn only_takes_rows_and_what_they_are_compared_with() {
    let report =
        json(&["scale", "--quick", "--json", "--rounds", "1", "--only", "close-gone,call-all"]);
    let found = cases(&report);
    let wanted = [
        ("call-all-hand", "", 1000),
        ("call-all", "", 1000),
        ("close-thread", "", 1),
        ("close-gone", "one by one", 1000),
        ("close-gone", "by hundreds", 1000),
        ("close-gone", "but the newest", 1000),
    ];
    assert_eq!(found, wanted);
    assert_eq!(array(&report, "targets").len(), 4);
}

#[test]
fn the_text_is_a_table_with_the_verdicts_at_its_end() {
    let output = bench(&["scale", "--quick", "--rounds", "1", "--only", "hold-release"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let (table, targets) = text.split_once("Targets\n").unwrap();
    assert!(table.starts_with("Processor: "), "{text}");
    assert_eq!(table.lines().filter(|line| line.starts_with("hold-release ")).count(), 2, "{text}");
    assert!(!targets.is_empty() && targets.lines().all(|line| line.ends_with("met")), "{text}");
}

#[test]
fn strict_fails_exactly_where_a_target_is_missed() {
    let arguments = ["scale", "--quick", "--json", "--only", "hold-release-own-memory", "--strict"];
    let output = bench(&arguments);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let is_met = array(&report, "targets").iter().all(|target| target["met"] == true);
    assert_eq!(output.status.success(), is_met);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.contains("not all targets are met"), !is_met, "{errors}");
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_anything_is_measured() {
    let file = drawing("none/scale.svg");
    let output = bench(&["scale", "--svg", file.to_str().unwrap()]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors.contains("none/scale.svg") && output.stdout.is_empty(), "{errors}");
}

#[test]
fn bad_options_are_refused_in_words() {
    for (arguments, word) in [
        (&["scale", "--only", "nobody"][..], "hold-release-pending-local"),
        (&["scale", "--rounds", "0"], "--rounds"),
        (&["scale", "--svg"], "--svg"),
    ] {
        let output = bench(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(word), "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_processes_of_the_cases_are_no_commands_of_the_user() {
    let help = String::from_utf8(bench(&["--help"]).stdout).unwrap();
    assert!(help.contains("scale ") && !help.contains("scale-"), "{help}");
}
