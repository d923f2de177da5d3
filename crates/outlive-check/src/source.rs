//! Finds the files to read: never through symbolic links, and nothing that `.gitignore` leaves out.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// The languages that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    C,
    ObjectiveC,
    Go,
    Rust,
    /// `go.mod`
    Module,
}

/// A file to read.
#[derive(Debug)]
pub struct Source {
    pub path: PathBuf,
    pub language: Language,
}

/// Files larger than this are generated, and are named instead of read.
const LARGEST: u64 = 16 << 20;

fn language(path: &Path) -> Option<Language> {
    if path.file_name().is_some_and(|name| name == "go.mod") {
        return Some(Language::Module);
    }
    match path.extension()?.to_str()? {
        "c" | "h" => Some(Language::C),
        "m" => Some(Language::ObjectiveC),
        "go" => Some(Language::Go),
        "rs" => Some(Language::Rust),
        _ => None,
    }
}

/// The sources below `path`, and what could not be looked at.
///
/// # Errors
///
/// Where there is nothing at `path`, or it cannot be read.
pub fn walk(path: &Path, notes: &mut Vec<String>) -> Result<Vec<Source>, String> {
    fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut sources = Vec::new();
    for entry in WalkBuilder::new(path)
        .follow_links(false)
        .require_git(false)
        .sort_by_file_path(Ord::cmp)
        .build()
    {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                notes.push(error.to_string());
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        if let Some(language) = language(entry.path()) {
            sources.push(Source { path: entry.into_path(), language });
        }
    }
    Ok(sources)
}

/// The text of a file; `Err` says why it is not read.
///
/// # Errors
///
/// What the system says, or that the file is too large or not text.
pub fn read(path: &Path) -> Result<String, String> {
    let named = |what: &str| format!("{}: not read: {what}", path.display());
    let size = fs::metadata(path).map_err(|error| named(&error.to_string()))?.len();
    if size > LARGEST {
        return Err(named(&format!("{} MB are more than {} MB", size >> 20, LARGEST >> 20)));
    }
    let bytes = fs::read(path).map_err(|error| named(&error.to_string()))?;
    if bytes.iter().take(8192).any(|byte| *byte == 0) {
        return Err(named("a binary file"));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}
