//! Each bug shows, and each is mended: both halves in processes of their own, as `outlive bugs` runs them.

use std::process::Command;
use std::thread::scope;
use std::time::Duration;

use outlive_bugs::{BUGS, Bug, Outcome, Shown, show};

fn run(bug: &Bug, half: &str, limit: Duration) -> Shown {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outlive-bugs"));
    command.args([bug.name, half]);
    show(bug, half == "naive", command, limit).unwrap()
}

/// Runs a half of each bug, all at the same time.
fn run_all(half: &str, limit: Duration) -> Vec<(Bug, Shown)> {
    scope(|scope| {
        let runs = BUGS.map(|bug| (bug, scope.spawn(move || run(&bug, half, limit))));
        runs.into_iter().map(|(bug, run)| (bug, run.join().unwrap())).collect()
    })
}

#[test]
fn each_naive_binding_fails_in_the_way_that_was_reported() {
    // Some of them hang until this is over.
    for (bug, shown) in run_all("naive", Duration::from_secs(10)) {
        assert!(shown.is_as_told, "{}: {shown}", bug.name);
        let bad = [Outcome::Wrong, Outcome::Crashed, Outcome::Hung];
        assert!(bad.contains(&shown.outcome), "{}: {shown}", bug.name);
    }
}

#[test]
fn each_mended_binding_gives_the_right_result_and_leaves_nothing_behind() {
    for (bug, shown) in run_all("mended", Duration::from_secs(60)) {
        assert_eq!(shown.outcome, Outcome::Right, "{}: {shown}", bug.name);
        assert_eq!(shown.detail, bug.right);
        assert!(shown.is_as_told);
    }
}

#[test]
fn a_half_that_is_none_is_an_error_that_names_the_bugs() {
    for words in [&["no_such_bug", "naive"][..], &["dead_stack", "other"], &[]] {
        let output = Command::new(env!("CARGO_BIN_EXE_outlive-bugs")).args(words).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(String::from_utf8_lossy(&output.stderr).contains("dead_stack"), "{output:?}");
    }
}
