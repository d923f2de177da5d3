//! Findings in SARIF 2.1.0, which code hosts read.

use serde_json::{Value, json};

use crate::check::Outcome;
use crate::finding::{Excerpt, Finding};
use crate::rule::{Rule, Severity};

/// The outcome as the log of one run.
pub fn render(outcome: &Outcome) -> Value {
    let rules: Vec<Value> = Rule::ALL.into_iter().map(rule).collect();
    let results: Vec<Value> = outcome.findings.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "outlive check",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Hint => "note",
    }
}

fn rule(rule: Rule) -> Value {
    json!({
        "id": rule.to_string(),
        "shortDescription": { "text": rule.title() },
        "help": { "text": rule.page(), "markdown": rule.page() },
        "defaultConfiguration": { "level": level(rule.severity()) },
    })
}

fn result(finding: &Finding) -> Value {
    let mut text = finding.message.clone();
    for line in finding
        .proof
        .iter()
        .filter(|step| step.at.is_none())
        .map(|step| &step.text)
        .chain(&finding.notes)
    {
        text.push_str(".\n");
        text.push_str(line);
    }
    text.push_str(".\nHelp: ");
    text.push_str(&finding.help);
    let index = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    let steps: Vec<Value> = finding
        .proof
        .iter()
        .filter_map(|step| step.at.as_ref().map(|at| location(at, Some(&step.text))))
        .collect();
    json!({
        "ruleId": finding.rule.to_string(),
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [location(&finding.at, None)],
        "relatedLocations": steps,
        "partialFingerprints": { "outliveCheck/v1": finding.fingerprint() },
    })
}

fn location(at: &Excerpt, text: Option<&str>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(at) },
            "region": {
                "startLine": at.line,
                "startColumn": at.column,
                "endLine": at.end_line,
                "endColumn": at.end_column,
            },
        },
    });
    if let Some(text) = text {
        location["message"] = json!({ "text": text });
    }
    location
}

/// A relative reference, as RFC 3986 has it.
fn uri(at: &Excerpt) -> String {
    let mut uri = String::new();
    for byte in at.path.to_string_lossy().replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
