//! Checks small sources in a folder of their own. Each test uses some of it.
#![allow(dead_code)]

use std::fs;
use std::path::Path;

use outlive_check::{Finding, Outcome, Severity, check};
use tempfile::TempDir;

/// Writes the files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Checks a folder.
pub fn outcome(folder: &Path) -> Outcome {
    check(folder, &|_, _| {}).unwrap()
}

/// All findings in these files.
pub fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    outcome(folder(files).path()).findings
}

/// The rules that these files break, hints left out.
pub fn errors(files: &[(&str, &str)]) -> Vec<String> {
    let errors = findings(files).into_iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.rule.to_string()).collect()
}

/// The hints for these files.
pub fn hints(files: &[(&str, &str)]) -> Vec<String> {
    let hints = findings(files).into_iter().filter(|finding| finding.severity == Severity::Hint);
    hints.map(|finding| finding.rule.to_string()).collect()
}

/// A Go file with this preamble and these declarations.
pub fn go(preamble: &str, code: &str) -> String {
    format!(
        "package p\n\n/*\n{preamble}\n*/\nimport \"C\"\n\nimport (\n\t\"runtime\"\n\t\"runtime/cgo\"\n\t\"unsafe\"\n)\n\n{code}\n"
    )
}
