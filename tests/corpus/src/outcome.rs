//! How it went with an entry.

use serde::Serialize;

/// One language's half.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "came", content = "why")]
pub enum Came {
    /// It compiled, and C called each callback.
    Works,
    /// The tool refused, with this reason.
    Refused(String),
    /// A compiler refused what was generated.
    NotCompiled(String),
    /// It compiled, and C's calls did not arrive.
    NotCalled(String),
    /// It was not tried.
    Untried,
}

/// An entry of the corpus.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Debian's package.
    pub package: String,
    /// The struct or typedef.
    pub c: String,
    /// Why it was skipped, if its header is not there.
    pub skipped: Option<String>,
    /// Whether it has options beyond those that are proposed.
    pub needs: Vec<String>,
    /// The options that are proposed for Rust.
    pub proposed: Vec<String>,
    /// The callbacks without a mapping, which stay NULL, each with the reason.
    pub left_out: Vec<String>,
    /// The Rust half.
    pub rust: Came,
    /// The Go half.
    pub go: Came,
}

impl Outcome {
    /// Whether both halves compile and are called.
    pub fn works(&self) -> bool {
        matches!((&self.rust, &self.go), (Came::Works, Came::Works))
    }

    /// Whether they do so with the options that are proposed alone.
    pub fn works_at_first(&self) -> bool {
        self.works() && self.needs.is_empty()
    }
}
