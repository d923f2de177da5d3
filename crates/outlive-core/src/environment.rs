//! What the environment asks for.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::report::write_line;

/// A variable of the environment, with the words that it may be.
pub(crate) struct Variable {
    name: &'static str,
    words: &'static [&'static str],
    is_told: AtomicBool,
}

/// How calls and closes are ordered.
pub(crate) static GATE: Variable =
    Variable::new("OUTLIVE_GATE", &["asymmetric", "fenced", "counted"]);
/// What an incident does.
pub(crate) static ON_INCIDENT: Variable =
    Variable::new("OUTLIVE_ON_INCIDENT", &["report", "abort"]);
/// When the tables that are held are listed.
pub(crate) static REPORT: Variable = Variable::new("OUTLIVE_REPORT", &["exit"]);

impl Variable {
    const fn new(name: &'static str, words: &'static [&'static str]) -> Self {
        Variable { name, words, is_told: AtomicBool::new(false) }
    }

    /// The word that it is. Anything else is told on stderr, once, and stands for nothing.
    pub(crate) fn word(&self) -> Option<&'static str> {
        let value = std::env::var_os(self.name).filter(|value| !value.is_empty())?;
        let word = self.words.iter().copied().find(|word| value == *word);
        if word.is_none() && !self.is_told.swap(true, Ordering::Relaxed) {
            let (value, words) = (value.to_string_lossy(), self.words.join(" or "));
            write_line(&format_args!("{}={value} has no meaning: it may be {words}", self.name));
        }
        word
    }
}
