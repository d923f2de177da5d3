//! The command, as one runs it.

use std::process::{Command, Output};

use serde_json::Value;

pub fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outlive-bench")).args(arguments).output().unwrap()
}

/// The report of a run in which all is well.
pub fn json(arguments: &[&str]) -> Value {
    let output = bench(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.is_empty(), "it says nothing where all is well: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The elements of an array in a report.
pub fn array<'a>(report: &'a Value, key: &str) -> &'a [Value] {
    report[key].as_array().unwrap_or_else(|| panic!("{key} in {report}"))
}
