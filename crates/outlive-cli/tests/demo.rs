//! `outlive demo`.
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

use serde_json::Value;

fn outlive(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outlive")).args(arguments).output().unwrap()
}

fn number(phase: &Value, key: &str) -> u64 {
    phase[key].as_u64().unwrap_or_else(|| panic!("{key} in {phase}"))
}

#[test]
fn the_demo_holds_and_eight_clients_move_ten_thousand_frames() {
    let output = outlive(&["demo", "--seconds", "2", "--clients", "8", "--json"]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_str(&stdout).unwrap(); // one object, nothing else
    assert_eq!(report["ok"], true);
    let phases = report["phases"].as_array().unwrap();
    assert_eq!(phases.len(), 6);
    for phase in phases {
        assert!(phase["name"].is_string() && phase["ok"] == true, "{phase}");
        assert!(number(phase, "frames_sent") > 0 && number(phase, "calls") > 0, "{phase}");
    }
    let delivered: u64 = phases.iter().map(|phase| number(phase, "frames_delivered")).sum();
    assert!(delivered >= 10_000, "{delivered}");
}

#[test]
fn each_phase_shows_what_it_is_about() {
    let output = outlive(&["demo", "--seconds", "1", "--clients", "3", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let phases = report["phases"].as_array().unwrap();
    let naive = &phases[0];
    assert!(number(naive, "refused") > 0 && number(naive, "incidents") > 0, "{naive}");
    assert!(naive["detail"].to_string().contains("naive.rs:"), "{naive}");
    for kept in &phases[1..5] {
        assert_eq!(number(kept, "frames_delivered"), number(kept, "frames_sent") * 2, "{kept}");
        assert_eq!((number(kept, "refused"), number(kept, "incidents")), (0, 0), "{kept}");
    }
    let closed = &phases[5];
    assert!(number(closed, "refused") > 0, "{closed}");
    let lines = String::from_utf8(output.stderr).unwrap();
    assert!(lines.lines().any(|line| line.contains("late call: vde_event_handler")), "{lines}");
}

#[test]
fn the_story_ends_with_a_summary() {
    let output = outlive(&["demo", "--seconds", "1", "--clients", "2"]);
    let story = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{story}");
    assert!(
        story.contains("summary: all held") && story.contains("the ledger at the end"),
        "{story}"
    );
}

#[test]
fn options_out_of_range_are_refused_in_words() {
    for wrong in [
        ["demo", "--clients", "0"],
        ["demo", "--clients", "1"],
        ["demo", "--clients", "65"],
        ["demo", "--seconds", "0"],
        ["demo", "--seconds", "soon"],
        ["demo", "--frames", "3"],
    ] {
        let output = outlive(&wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{wrong:?}");
    }
}
