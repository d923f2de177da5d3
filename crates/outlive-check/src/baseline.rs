//! Findings that are known: a file that lists them, one a line.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::finding::Finding;

/// What may stand between a finding and the reason why it stays.
const REASON: &str = " # ";

/// Writes the findings, one a line.
///
/// # Errors
///
/// Where the file cannot be written, in words.
pub fn write(path: &Path, findings: &[Finding]) -> Result<(), String> {
    let mut text =
        String::from("# Findings that stay, one a line; a reason may follow each after ` # `.\n");
    for finding in findings {
        let _ = writeln!(text, "{}", finding.fingerprint());
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Takes out the findings that a file lists, and says how many these were.
///
/// # Errors
///
/// Where the file cannot be read, in words.
pub fn silence(path: &Path, findings: &mut Vec<Finding>) -> Result<usize, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let known: HashSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(REASON).map_or(line, |(finding, _)| finding).trim())
        .collect();
    let before = findings.len();
    findings.retain(|finding| !known.contains(finding.fingerprint().as_str()));
    Ok(before - findings.len())
}
