//! How the end of a scenario's process is judged: with shells in the place of scenarios.

use std::fs;
use std::process::Command;
use std::time::Duration;

use outlive_child::Signal;
use outlive_hostile::need::Need;
use outlive_hostile::scenario::{Expected, Scenario, Stage, Variant, Verdict};
use outlive_hostile::{Options, Outcome, Proof, prove, wait};

fn scenario(expected: Expected, needs: &'static [Need]) -> &'static Scenario {
    fn never(_: &Stage) -> Verdict {
        unreachable!("the scenario runs in its own process")
    }
    let scenario =
        Scenario { name: "shell", guarantee: "G0", about: "", expected, needs, run: never };
    Box::leak(Box::new(scenario))
}

/// A command that prints what a scenario's process says of itself.
fn says(outcome: &str, detail: &str) -> String {
    format!(r#"echo 'outlive-scenario: {{"outcome":"{outcome}","detail":"{detail}"}}'"#)
}

fn run(expected: Expected, script: impl Fn(Variant) -> String) -> Proof {
    let options = Options { control: false, limit: Duration::from_secs(2) };
    prove(scenario(expected, &[]), options, |variant| shell(&script(variant))).unwrap()
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script);
    command
}

fn outcome(expected: Expected, script: &str) -> Outcome {
    run(expected, |_| script.to_owned()).outcome
}

const ABORTS: Expected = Expected::Dies { signal: Signal::Abort, saying: "by name" };

#[test]
fn a_process_that_says_so_and_exits_has_survived() {
    assert_eq!(outcome(Expected::Survives, &says("survived", "")), Outcome::Survived);
}

#[test]
fn what_a_process_found_is_its_outcome() {
    let proof = run(Expected::Survives, |_| says("misdirected", "5000007"));
    assert_eq!((proof.outcome, proof.detail.as_str()), (Outcome::Misdirected, "5000007"));
}

#[test]
fn a_process_that_says_nothing_has_crashed() {
    assert_eq!(outcome(Expected::Survives, "exit 0"), Outcome::Crashed);
}

#[test]
fn a_signal_after_the_report_is_a_crash() {
    let script = format!("{}; kill -SEGV $$", says("survived", ""));
    assert_eq!(outcome(Expected::Survives, &script), Outcome::Crashed);
}

#[test]
fn the_last_report_counts() {
    let script = format!("{}; {}", says("survived", ""), says("wrong", "at exit"));
    assert_eq!(outcome(Expected::Survives, &script), Outcome::Wrong);
}

#[test]
fn a_process_that_does_not_end_hangs_and_takes_its_children_with_it() {
    let mark = 86_400 + std::process::id();
    let proof = run(Expected::Survives, |_| format!("sleep {mark} & sleep {mark}"));
    assert_eq!(proof.outcome, Outcome::Hung);
    // What was killed may take a moment to go.
    wait::until(|| !is_running(&format!("sleep\0{mark}\0")));
}

/// Whether there is a process with this command line.
fn is_running(command: &str) -> bool {
    let mut processes = fs::read_dir("/proc").unwrap().flatten();
    processes.any(|process| {
        fs::read(process.path().join("cmdline")).is_ok_and(|line| line == command.as_bytes())
    })
}

#[test]
fn a_death_is_as_expected_by_its_signal_and_its_words() {
    assert_eq!(outcome(ABORTS, "echo 'ended by name' >&2; kill -ABRT $$"), Outcome::Survived);
    assert_eq!(outcome(ABORTS, "kill -ABRT $$"), Outcome::Crashed);
    assert_eq!(outcome(ABORTS, "echo 'ended by name' >&2; kill -SEGV $$"), Outcome::Crashed);
    assert_eq!(outcome(ABORTS, &says("survived", "")), Outcome::Wrong);
}

#[test]
fn a_process_that_cannot_do_its_work_is_skipped() {
    for expected in [Expected::Survives, ABORTS] {
        let proof = run(expected, |_| says("skipped", "the system refuses it"));
        assert_eq!(
            (proof.outcome, proof.detail.as_str()),
            (Outcome::Skipped, "the system refuses it")
        );
    }
}

#[test]
fn what_was_done_in_one_run_only_is_skipped_and_what_fails_in_one_fails() {
    let outcome_of = |first: &str, second: &str| {
        run(Expected::Survives, |variant| says(if variant.reuse { second } else { first }, "why"))
            .outcome
    };
    assert_eq!(outcome_of("survived", "skipped"), Outcome::Skipped);
    assert_eq!(outcome_of("skipped", "survived"), Outcome::Skipped);
    assert_eq!(outcome_of("skipped", "wrong"), Outcome::Wrong);
    assert_eq!(outcome_of("wrong", "skipped"), Outcome::Wrong);
}

#[test]
fn what_needs_something_that_is_missing_is_skipped_without_a_process() {
    let needs_the_library = |control| {
        let options = Options { control, limit: Duration::from_secs(2) };
        let scenario = scenario(Expected::Survives, &[Need::Library]);
        prove(scenario, options, |_| shell(&says("survived", ""))).unwrap()
    };
    assert_eq!(needs_the_library(false).outcome, Outcome::Survived);
    let skipped = needs_the_library(true);
    assert_eq!(skipped.outcome, Outcome::Skipped);
    assert_eq!(Some(skipped.detail.as_str()), Need::Library.missing(true));
}

#[test]
fn what_is_skipped_does_not_bite() {
    assert!(!Outcome::Skipped.bites());
}

#[test]
fn the_worse_of_the_two_runs_counts() {
    let proof = run(Expected::Survives, |variant| {
        if variant.reuse { says("misdirected", "x") } else { says("survived", "") }
    });
    assert_eq!(proof.outcome, Outcome::Misdirected);
    assert_eq!(proof.detail, "memory used again, warm threads: x");
}
