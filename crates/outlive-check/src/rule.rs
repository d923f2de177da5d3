//! The rules, by name.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Wrong, as far as the sources tell.
    Error,
    /// Worth a look; shown with `--all`.
    Hint,
}

/// A rule. Its page says what it finds and why, with a wrong and a right version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The address of a variable, given to C, which keeps it.
    C1,
    /// Go memory that C keeps and nothing in Go does.
    C2,
    /// A Go function value as a C function pointer.
    C3,
    /// User data that is owned while a callback runs, so that a panic frees it, or that is freed while C has it.
    R1,
    /// The address of a value that may move or end, given to C, which keeps it.
    R2,
    /// A closure stored for C that may borrow what ends earlier.
    R3,
    /// Go memory that is kept alive until the function returns, while C keeps it longer.
    H1,
    /// A handle that is deleted while C still has it.
    H2,
    /// A callback in Rust from which a panic aborts the process.
    H3,
    /// A closure for C without `Send`.
    H4,
    /// C memory that a deferred call frees while C keeps it.
    H5,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 11] = [
        Rule::C1,
        Rule::C2,
        Rule::C3,
        Rule::R1,
        Rule::R2,
        Rule::R3,
        Rule::H1,
        Rule::H2,
        Rule::H3,
        Rule::H4,
        Rule::H5,
    ];

    /// How sure the rule is.
    pub fn severity(self) -> Severity {
        match self {
            Rule::C1 | Rule::C2 | Rule::C3 | Rule::R1 | Rule::R2 | Rule::R3 => Severity::Error,
            Rule::H1 | Rule::H2 | Rule::H3 | Rule::H4 | Rule::H5 => Severity::Hint,
        }
    }

    /// Its page, in Markdown.
    pub fn page(self) -> &'static str {
        match self {
            Rule::C1 => include_str!("../pages/C1.md"),
            Rule::C2 => include_str!("../pages/C2.md"),
            Rule::C3 => include_str!("../pages/C3.md"),
            Rule::R1 => include_str!("../pages/R1.md"),
            Rule::R2 => include_str!("../pages/R2.md"),
            Rule::R3 => include_str!("../pages/R3.md"),
            Rule::H1 => include_str!("../pages/H1.md"),
            Rule::H2 => include_str!("../pages/H2.md"),
            Rule::H3 => include_str!("../pages/H3.md"),
            Rule::H4 => include_str!("../pages/H4.md"),
            Rule::H5 => include_str!("../pages/H5.md"),
        }
    }

    /// The page's title: what the rule says, in one line.
    pub fn title(self) -> &'static str {
        let first = self.page().lines().next().unwrap_or("");
        first.trim_start_matches('#').trim().split_once(": ").map_or(first, |(_, title)| title)
    }

    fn name(self) -> &'static str {
        match self {
            Rule::C1 => "C1",
            Rule::C2 => "C2",
            Rule::C3 => "C3",
            Rule::R1 => "R1",
            Rule::R2 => "R2",
            Rule::R3 => "R3",
            Rule::H1 => "H1",
            Rule::H2 => "H2",
            Rule::H3 => "H3",
            Rule::H4 => "H4",
            Rule::H5 => "H5",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Rule::ALL.into_iter().find(|rule| rule.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let names: Vec<_> = Rule::ALL.iter().map(Rule::to_string).collect();
            format!("there is no rule {text}: name one of {}", names.join(", "))
        })
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
