//! How generated files begin: with what neither the header nor an option says.

use crate::roles::Note;

/// What stands before the notes, in files and on the terminal.
pub const HEADING: &str =
    "Neither the header nor an option says the following; the options behind each line do.";

/// A comment of the lines, for Rust and Go; nothing where there are none.
pub fn comment(notes: &[Note]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let lines = notes.iter().map(|note| format!("// * {}\n", one_line(note)));
    format!("// {HEADING}\n//\n{}\n", lines.collect::<String>())
}

fn one_line(note: &Note) -> String {
    note.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
