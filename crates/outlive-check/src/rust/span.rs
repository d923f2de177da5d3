//! Where a span of `syn` is.

use proc_macro2::Span;

use crate::place::{FileId, Place};

/// The place of a span in its file.
pub fn place(file: FileId, span: Span) -> Place {
    let range = span.byte_range();
    let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
    Place { file, start: at(range.start), end: at(range.end) }
}
