//! One binding of a bug's C library.

use serde::Serialize;

/// A binding, and the program that uses it.
#[derive(Clone, Copy, Debug)]
pub struct Half {
    /// The path of the binding's file in the repository.
    pub file: &'static str,
    pub(crate) text: &'static str,
    pub(crate) run: fn() -> String,
}

/// The lines of a binding that matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The number of the first line, counted from 1.
    pub line: usize,
    /// The lines, without what they are all indented by.
    pub lines: Vec<&'static str>,
}

const BEGIN: &str = "// ANCHOR: bug";
const END: &str = "// ANCHOR_END: bug";

impl Half {
    /// The lines between the anchors in the binding's file.
    pub fn excerpt(&self) -> Excerpt {
        let is_at = |anchor: &str| self.text.lines().position(|line| line.trim() == anchor);
        let begin = is_at(BEGIN).map_or(0, |at| at + 1);
        let end = is_at(END).unwrap_or(begin);
        let lines: Vec<&str> = self.text.lines().take(end).skip(begin).collect();
        let indent_of = |line: &&str| line.len() - line.trim_start().len();
        let indent = lines.iter().filter(|line| !line.is_empty()).map(indent_of).min().unwrap_or(0);
        let lines = lines.into_iter().map(|line| line.get(indent..).unwrap_or("")).collect();
        Excerpt { line: begin + 1, lines }
    }
}

/// The half of this name of a bug: its file, and its function `run`.
macro_rules! half {
    ($bug:literal, $half:ident) => {
        $crate::half::Half {
            file: concat!("examples/bugs/src/bugs/", $bug, "/", stringify!($half), ".rs"),
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/bugs/",
                $bug,
                "/",
                stringify!($half),
                ".rs"
            )),
            run: $half::run,
        }
    };
}

pub(crate) use half;
