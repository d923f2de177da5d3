//! Documentation, from C's comments.

use crate::model::Type;
use crate::roles::Callback;

/// The documentation of a callback: its own, or that of its type.
pub fn said_of(callback: &Callback<'_>) -> String {
    let of_type = match &callback.member.ty {
        Type::Typedef { comment, .. } => comment.as_deref(),
        _ => None,
    };
    let said = callback.member.comment.as_deref().or(of_type);
    said.map_or_else(|| format!("The callback `{}`.", callback.name), str::to_owned)
}

/// Lines of documentation.
pub fn docs(text: Option<&str>, indent: &str) -> String {
    let line = |line: &str| format!("{indent}/// {line}").trim_end().to_owned() + "\n";
    // Markdown takes what is indented for code, and brackets for links.
    let plain = |l: &str| l.trim().replace('[', "\\[").replace('<', "\\<");
    text.map_or_else(String::new, |text| text.lines().map(|l| line(&plain(l))).collect())
}
