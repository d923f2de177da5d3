//! Findings as one JSON object.

use serde_json::{Value, json};

use crate::check::Outcome;

/// The whole outcome.
pub fn render(outcome: &Outcome) -> Value {
    json!({
        "version": 1,
        "files": outcome.files,
        "lines": outcome.lines,
        "partly_read": outcome.partly_read.iter().map(|(path, hundredths)| {
            json!({ "path": path, "percent_left_out": hundredths })
        }).collect::<Vec<_>>(),
        "notes": outcome.notes,
        "findings": outcome.findings,
    })
}
