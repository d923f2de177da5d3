//! Findings as rustc writes errors.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::check::Outcome;
use crate::finding::{Excerpt, Finding};
use crate::rule::Severity;

/// One finding, with colours where `colour`.
pub fn render(finding: &Finding, colour: bool) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Hint => Level::WARNING.with_name("hint"),
    };
    let mut main = level
        .primary_title(finding.message.as_str())
        .id(finding.rule.to_string())
        .element(snippet(&finding.at, &finding.label, AnnotationKind::Primary));
    let mut previous = Some(&finding.at);
    for step in &finding.proof {
        main = match &step.at {
            // The same line again says nothing.
            Some(at)
                if previous.is_some_and(|previous| {
                    (&previous.path, previous.line) == (&at.path, at.line)
                }) =>
            {
                main
            }
            Some(at) => main.element(snippet(at, &step.text, AnnotationKind::Context)),
            None => main.element(Element::from(Level::NOTE.message(step.text.as_str()))),
        };
        previous = step.at.as_ref();
    }
    for note in &finding.notes {
        main = main.element(Element::from(Level::NOTE.message(note.as_str())));
    }
    let help = Group::with_title(Level::HELP.secondary_title(finding.help.as_str()));
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[main, help])
}

/// What was read and found, in a few lines.
pub fn summary(outcome: &Outcome) -> String {
    let mut lines = outcome.notes.clone();
    let mut worst = outcome.partly_read.clone();
    worst.retain(|(_, hundredths)| *hundredths >= 10);
    worst.sort_by_key(|(_, hundredths)| std::cmp::Reverse(*hundredths));
    for (path, hundredths) in worst.iter().take(5) {
        lines.push(format!(
            "{}: read in part: {hundredths} % of it made no sense to the parser",
            path.display()
        ));
    }
    if worst.len() > 5 {
        lines.push(format!(
            "... and {} more files were read in part (`--json` lists them)",
            worst.len() - 5
        ));
    }
    let silenced = if outcome.silenced > 0 {
        format!(", {} silenced", outcome.silenced)
    } else {
        String::new()
    };
    lines.push(format!(
        "{} files, {} lines read: {} findings{silenced}",
        outcome.files,
        outcome.lines,
        outcome.findings.len()
    ));
    lines.join("\n")
}

fn snippet<'a>(at: &'a Excerpt, label: &'a str, kind: AnnotationKind) -> Element<'a> {
    let path = at.path.to_string_lossy().into_owned();
    let annotation = kind.span(at.span.clone()).label(label);
    Snippet::source(at.text.as_str()).line_start(at.line).path(path).annotation(annotation).into()
}
