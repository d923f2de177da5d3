//! `// outlive:kept-by EXPR`: what a comment at a finding says keeps the memory.

use std::fs;
use std::path::Path;

use crate::finding::Finding;

/// What begins the words that silence a finding.
const MARK: &str = "outlive:kept-by";

/// Whether a comment on the finding's lines, or on the line above, says what keeps the memory. Without a reason it
/// silences nothing.
pub fn is_silenced(path: &Path, finding: &Finding) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    let text = String::from_utf8_lossy(&bytes);
    let first = finding.at.line.saturating_sub(2);
    text.lines().skip(first).take(finding.at.end_line - first).any(|line| {
        line.split_once("//")
            .and_then(|(_, comment)| comment.split_once(MARK))
            .is_some_and(|(_, reason)| reason.starts_with(' ') && !reason.trim().is_empty())
    })
}
