//! What a rule found, with all that a reader needs.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::ir::Side;
use crate::place::{Files, Place};
use crate::rule::{Rule, Severity};

/// A part of a file, with the lines that it is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The file.
    pub path: PathBuf,
    /// The first line, from 1.
    pub line: usize,
    /// The first column, from 1, in characters.
    pub column: usize,
    /// The line of the end, from 1.
    pub end_line: usize,
    /// The column after the end, from 1.
    pub end_column: usize,
    /// The lines themselves.
    pub text: String,
    /// The part, in bytes of `text`.
    pub span: Range<usize>,
}

/// A step of the proof: where the pointer goes, or what keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Where; none for an entry of the table of known libraries.
    pub at: Option<Excerpt>,
    /// What happens there.
    pub text: String,
}

/// A finding.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Which rule is broken.
    pub rule: Rule,
    /// How sure the rule is.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The host's line.
    pub at: Excerpt,
    /// What stands below the underlined expression.
    pub label: String,
    /// How C comes to keep the pointer.
    pub proof: Vec<Step>,
    /// What holds the memory on the host's side, until when, and when C may call late.
    pub notes: Vec<String>,
    /// The smallest correction, in the host's own means.
    pub help: String,
    /// The function it is in.
    pub function: String,
}

impl Finding {
    /// What a baseline knows it by: it survives changes of other lines.
    pub fn fingerprint(&self) -> String {
        let words: Vec<&str> = self.at.text[self.at.span.clone()].split_whitespace().collect();
        format!("{} {} {} {}", self.rule, self.at.path.display(), self.function, words.join(" "))
    }
}

/// A finding before its files are read again.
#[derive(Debug)]
pub struct Draft {
    pub rule: Rule,
    pub message: String,
    pub at: Place,
    pub label: String,
    pub proof: Vec<(Option<(Place, Side)>, String)>,
    pub notes: Vec<String>,
    pub help: String,
    pub function: String,
}

impl Draft {
    /// Reads the lines that it speaks of; `None` where a file is gone.
    pub fn finish(self, files: &Files, root: &Path) -> Option<Finding> {
        let at = excerpt(files, self.at, root)?;
        let proof = self.proof.into_iter().map(|(place, text)| Step {
            at: place.and_then(|(place, _)| excerpt(files, place, root)),
            text,
        });
        Some(Finding {
            severity: self.rule.severity(),
            rule: self.rule,
            message: self.message,
            at,
            label: self.label,
            proof: proof.collect(),
            notes: self.notes,
            help: self.help,
            function: self.function,
        })
    }
}

/// An expression that goes on for longer than this is shown by its first line.
const MOST_LINES: usize = 4;

fn excerpt(files: &Files, place: Place, root: &Path) -> Option<Excerpt> {
    let path = files.path(place.file);
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (start, mut end) = (place.start as usize, (place.end as usize).min(text.len()));
    if start > end || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
        return None;
    }
    if text[start..end].lines().count() > MOST_LINES {
        end = start + text[start..].find('\n').unwrap_or(0);
    }
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let last = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let line = text[..first].matches('\n').count() + 1;
    let end_first = text[..end].rfind('\n').map_or(0, |at| at + 1);
    Some(Excerpt {
        path: path.strip_prefix(root).unwrap_or(path).to_owned(),
        line,
        column: text[first..start].chars().count() + 1,
        end_line: line + text[first..end].matches('\n').count(),
        end_column: text[end_first..end].chars().count() + 1,
        text: text[first..last].trim_end_matches('\r').to_owned(),
        span: start - first..end - first,
    })
}
