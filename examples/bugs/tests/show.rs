//! How the end of a half's process is judged: with shells in the place of halves.
#![cfg(unix)]

use std::process::Command;
use std::time::Duration;

use outlive_bugs::{Bug, Failure, Outcome, Shown, find, show};
use outlive_child::Signal;

/// A bug that fails so.
fn bug(fails: Failure) -> Bug {
    Bug { right: "two", fails, ..find("dead_stack").unwrap() }
}

fn run(fails: Failure, is_naive: bool, script: &str) -> Shown {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script);
    show(&bug(fails), is_naive, command, Duration::from_secs(2)).unwrap()
}

fn naive(fails: Failure, script: &str) -> (Outcome, bool) {
    let shown = run(fails, true, script);
    (shown.outcome, shown.is_as_told)
}

fn mended(script: &str) -> (Outcome, bool) {
    let shown = run(Failure::Sees("one"), false, script);
    (shown.outcome, shown.is_as_told)
}

fn done(saw: &str, alive: usize, held: usize) -> String {
    format!(r#"echo 'outlive-bug: {{"done":{{"saw":"{saw}","alive":{alive},"held":{held}}}}}'"#)
}

const WAITS: &str = r#"echo 'outlive-bug: {"waits":"it"}'; sleep 60"#;

#[test]
fn a_mended_half_is_right_if_it_sees_what_it_should_and_leaves_nothing() {
    assert_eq!(mended(&done("two", 0, 0)), (Outcome::Right, true));
    assert_eq!(mended(&done("one", 0, 0)), (Outcome::Wrong, false));
    assert_eq!(mended(&done("two", 1, 0)), (Outcome::Leaked, false));
    assert_eq!(mended(&done("two", 0, 1)), (Outcome::Leaked, false));
    assert_eq!(mended(&format!("{}; exit 1", done("two", 0, 0))), (Outcome::Crashed, false));
    assert_eq!(mended(&format!("{}; kill -SEGV $$", done("two", 0, 0))), (Outcome::Crashed, false));
    assert_eq!(mended("exit 0"), (Outcome::Crashed, false));
    assert_eq!(mended(WAITS), (Outcome::Hung, false));
}

#[test]
fn a_naive_half_has_to_see_what_is_told() {
    let sees = Failure::Sees("one");
    assert_eq!(naive(sees, &done("one", 0, 0)), (Outcome::Wrong, true));
    assert_eq!(naive(sees, &done("three", 0, 0)), (Outcome::Wrong, false));
    assert_eq!(naive(sees, &done("two", 0, 0)), (Outcome::Right, false));
    assert_eq!(naive(sees, "kill -SEGV $$"), (Outcome::Crashed, false));
}

#[test]
fn a_naive_half_has_to_die_by_the_signal_that_is_told() {
    let killed = Failure::Killed(Signal::Segv);
    assert_eq!(naive(killed, "kill -SEGV $$"), (Outcome::Crashed, true));
    assert_eq!(naive(killed, "kill -ABRT $$"), (Outcome::Crashed, false));
    assert_eq!(naive(killed, &done("two", 0, 0)), (Outcome::Right, false));
}

#[test]
fn a_naive_half_has_to_hang_where_it_is_told() {
    assert_eq!(naive(Failure::WaitsFor("it"), WAITS), (Outcome::Hung, true));
    assert_eq!(naive(Failure::WaitsFor("else"), WAITS), (Outcome::Hung, false));
    assert_eq!(naive(Failure::WaitsFor("it"), "sleep 60"), (Outcome::Hung, false));
    assert_eq!(naive(Failure::WaitsFor("it"), &done("two", 0, 0)), (Outcome::Right, false));
}
