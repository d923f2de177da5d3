//! The command `loop`.
#![cfg(target_os = "linux")]

mod command;

use std::fs;
use std::path::PathBuf;

use command::{array, bench, json};

const WORKLOADS: [&str; 7] = ["ring", "once", "churn", "idle", "retime", "echo", "timers"];

fn drawing(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_quick_run_reports_every_loop_with_every_workload_and_draws_them() {
    let file = drawing("loop.svg");
    let report = json(&["loop", "--quick", "--json", "--svg", file.to_str().unwrap()]);
    let skipped: Vec<_> =
        array(&report, "skipped").iter().map(|name| name.as_str().unwrap()).collect();
    for workload in WORKLOADS {
        for name in ["libevent", "libev", "libuv", "outlive"] {
            let is_this =
                |row: &&serde_json::Value| row["workload"] == workload && row["loop"] == name;
            let row = array(&report, "rows").iter().find(is_this);
            assert_eq!(row.is_none(), skipped.contains(&name), "{workload} {name}: {report}");
            let Some(row) = row else { continue };
            assert!(row["median_ns"].as_f64().is_some_and(|ns| ns > 0.0), "{row}");
            assert_eq!(row["in_vain"], 0, "{row}");
            assert_eq!((&row["n"], &row["active"]), (&20.into(), &4.into()));
        }
    }
    let floor = |name| array(&report, "rows").iter().filter(|row| row["loop"] == name).count();
    assert_eq!((floor("bare"), floor("epoll")), (6, 4));
    assert_eq!(array(&report, "targets").len(), WORKLOADS.len());
    let svg = fs::read_to_string(file).unwrap();
    assert!(WORKLOADS.iter().all(|workload| svg.contains(&format!("{workload}: "))));
}

#[test]
fn a_ring_takes_a_read_and_a_write_and_a_part_of_a_wait_for_each_event() {
    let report = json(&["loop", "--quick", "--json", "--only", "ring"]);
    for row in array(&report, "rows") {
        // Null where strace is not there.
        let Some(calls) = row["syscalls"].as_f64() else { continue };
        let most = if row["loop"] == "bare" { 2.01 } else { 3.01 };
        assert!((1.99..=most).contains(&calls), "{row}");
    }
}

#[test]
fn bad_options_are_refused_in_words() {
    for (arguments, word) in
        [(&["loop", "--only", "nobody"][..], "retime"), (&["loop", "--rounds", "0"], "--rounds")]
    {
        let output = bench(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(word), "{arguments:?}: {errors}");
    }
}
