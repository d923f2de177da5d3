//! Finds where C keeps what its Go or Rust host lets go, from sources alone: nothing is built, and nothing of the
//! repository is run.

pub mod baseline;
mod c;
mod finding;
mod flow;
mod go;
mod ir;
mod library;
mod place;
mod proof;
pub mod report;
mod rule;
mod rules;
mod rust;
mod silence;
mod source;
mod syntax;

mod check;

pub use check::{Outcome, check};
pub use finding::{Excerpt, Finding, Step};
pub use rule::{Rule, Severity};
