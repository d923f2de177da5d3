//! Findings for people, for programs, and for code hosts.

pub mod json;
pub mod sarif;
pub mod text;
