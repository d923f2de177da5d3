//! The command `calls`.

mod command;

use command::{array, bench, json};
use serde_json::Value;

fn names(report: &Value) -> Vec<(&str, u64)> {
    let rows = array(report, "rows");
    rows.iter()
        .map(|row| (row["name"].as_str().unwrap(), row["threads"].as_u64().unwrap()))
        .collect()
}

#[test]
fn a_quick_run_reports_every_row_and_section() {
    let report = json(&["calls", "--quick", "--json"]);
    let found = names(&report);
    let alone =
        ["c", "hand", "hand+catch", "hand+atomic", "hand+lock", "hand+table", "hand+member"];
    let ours = ["outlive-arg", "outlive-none", "outlive-lone", "outlive-nested", "outlive-count"];
    for name in alone.iter().chain(&ours).chain(&[
        "outlive-exclusive",
        "outlive-local",
        "outlive-table",
        "outlive-member",
    ]) {
        assert!(found.contains(&(name, 1)), "{name} is missing: {found:?}");
    }
    for name in [
        "hand",
        "outlive-arg",
        "outlive-none",
        "outlive-table",
        "outlive-member",
        "outlive-lone",
        "outlive-count",
    ] {
        assert!(found.contains(&(name, 2)) && found.contains(&(name, 4)), "{name}: {found:?}");
    }
    for row in array(&report, "rows") {
        let number = |key: &str| row[key].as_f64().unwrap_or_else(|| panic!("{key} in {row}"));
        assert!(number("min_ns") > 0.0 && number("median_ns") >= number("min_ns"), "{row}");
        assert!(number("ratio_to_hand") > 0.0, "{row}");
        // Three rounds of calls, by each thread; the run fails unless each of them arrived.
        assert!(number("calls") >= 3.0 * number("threads"), "{row}");
    }
    let shapes = array(&report, "tables");
    assert_eq!(shapes.len(), 4);
    for shape in shapes {
        for key in ["hold_release_ns", "hold_revoke_release_ns", "slot_bytes", "host_bytes"] {
            assert!(shape[key].as_f64().unwrap() > 0.0, "{key} in {shape}");
        }
        assert_eq!(shape["heap_bytes"], 0.0, "a small host value stands in its slot: {shape}");
    }
    let in_flight = array(&report["close"], "revoke");
    let counts: Vec<_> = in_flight.iter().map(|row| row["in_flight"].as_u64().unwrap()).collect();
    assert_eq!(counts, [0, 8, 64]);
    assert!(in_flight.iter().all(|row| row["median_ns"].as_f64().unwrap() > 0.0));
    assert_eq!(report["close"]["many"]["tables"], 1000);
    assert!(report["close"]["beside_a_call"]["delay_ns"].is_number());
    assert!(report["processor"].is_object());
    assert!(report["membarrier"].is_boolean() && report["disturbed"].is_boolean());
    let targets = array(&report, "targets");
    assert_eq!(targets.len(), 19);
    for target in targets {
        assert!(target["name"].is_string() && target["wanted"].is_string(), "{target}");
        assert!(target["measured"].is_number() && target["met"].is_boolean());
    }
    for (name, wanted) in [
        ("outlive-arg (hand + 3.5 ns, or 1.5x)", " ns"),
        ("outlive-arg, 2 threads / 1", "at most 1.25x"),
        ("outlive-none, 4 threads / 1", "at most 1.25x"),
        ("outlive-lone (hand + 3.5 ns, or 1.5x)", " ns"),
        ("outlive-table (hand+table + 4.5 ns, or 1.75x)", " ns"),
        ("outlive-table, 4 threads / 1", "at most 1.25x"),
        ("outlive-member (hand+member + 4.5 ns, or 1.75x)", " ns"),
        ("outlive-local (hand + 4.5 ns, or 1.75x)", " ns"),
        ("outlive-exclusive / hand+lock", "at most 1.50x"),
        ("revoke, 8 calls in flight", "at most 50000 ns"),
        ("revoke, 64 calls in flight", "at most 50000 ns"),
    ] {
        let found = targets.iter().find(|target| target["name"] == name);
        let text = found.map(|target| target["wanted"].as_str().unwrap());
        assert!(text.is_some_and(|text| text.ends_with(wanted)), "{name}: {targets:?}");
    }
}

#[test]
fn only_takes_rows_and_what_they_are_compared_with() {
    let report = json(&["calls", "--quick", "--json", "--rounds", "1", "--only", "outlive-count"]);
    let found = names(&report);
    assert!(found.iter().all(|(name, _)| ["hand", "outlive-count"].contains(name)), "{found:?}");
    assert!(found.contains(&("hand", 1)) && found.contains(&("outlive-count", 4)), "{found:?}");
    assert!(report["tables"].is_null() && report["close"].is_null());
    assert_eq!(array(&report, "targets").len(), 0);
}

#[test]
fn the_text_is_a_table_with_the_verdicts_at_its_end() {
    let output =
        bench(&["calls", "--quick", "--rounds", "1", "--only", "outlive-arg,outlive-none"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let (table, targets) = text.split_once("Targets\n").unwrap();
    assert!(table.lines().any(|line| line.starts_with("outlive-arg ") && line.ends_with('x')));
    assert!(!targets.is_empty() && targets.lines().all(|line| line.ends_with("met")), "{text}");
}

#[test]
fn bad_options_are_refused_in_words() {
    for (arguments, word) in [
        (&["calls", "--only", "nobody"][..], "outlive-nested"),
        (&["calls", "--rounds", "0"], "--rounds"),
        (&["calls", "--fast"], "--fast"),
        (&[], "calls"),
    ] {
        let output = bench(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(word), "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
}
