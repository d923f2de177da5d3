//! What libclang says of a declaration.

use clang::Entity;

use crate::comment;
use crate::model::Place;

pub(crate) fn own_name(entity: &Entity<'_>) -> Option<String> {
    entity.get_name().filter(|name| !name.is_empty() && !name.contains(['(', ' ']))
}

pub(crate) fn comment_of(entity: &Entity<'_>) -> Option<String> {
    entity.get_comment().as_deref().and_then(comment::text)
}

/// The comment right before a declaration: libclang has none for what a macro declares.
pub(crate) fn comment_before(entity: &Entity<'_>) -> Option<String> {
    let location = entity.get_location()?.get_expansion_location();
    let source = std::fs::read_to_string(location.file?.get_path()).ok()?;
    let before: Vec<&str> = source.lines().take((location.line as usize).checked_sub(1)?).collect();
    if !before.last()?.trim_end().ends_with("*/") {
        return None;
    }
    let start = before.iter().rposition(|line| line.contains("/*"))?;
    let is_own = before[start].trim_start().starts_with("/*");
    comment::text(&before[start..].join("\n")).filter(|_| is_own)
}

pub(crate) fn place(entity: &Entity<'_>) -> Place {
    let location = entity.get_location().map(|location| location.get_presumed_location());
    let (file, line, _) = location.unwrap_or_default();
    Place { file: plain(&file).to_owned(), line }
}

/// A path as one writes it.
pub(crate) fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}
