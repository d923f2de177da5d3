//! Comments of C, without their marks.

/// The text of a comment, or of several that stand together. `None` where nothing is left.
pub fn text(raw: &str) -> Option<String> {
    let mut lines: Vec<String> = raw.lines().map(line).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let first = lines.iter().position(|line| !line.is_empty())?;
    let mut text: Vec<String> = Vec::new();
    for line in lines.drain(first..) {
        let repeated = line.is_empty() && text.last().is_some_and(String::is_empty);
        if !repeated {
            text.push(line);
        }
    }
    Some(text.join("\n"))
}

fn line(raw: &str) -> String {
    let mut line = raw.trim();
    for mark in ["/**<", "/*!<", "/**", "/*!", "/*", "///<", "//!<", "///", "//!", "//"] {
        if let Some(rest) = line.strip_prefix(mark) {
            line = rest;
            break;
        }
    }
    let line = line.strip_suffix("*/").unwrap_or(line);
    // The star in front of each line of a block.
    let line = match line.trim_start().strip_prefix('*') {
        Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => rest,
        _ => line,
    };
    without_commands(line.trim())
}

/// Doxygen's commands in words.
fn without_commands(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['\\', '@']) {
        let (before, command) = rest.split_at(at);
        let word: String = command[1..].chars().take_while(char::is_ascii_alphabetic).collect();
        let starts = before.is_empty() || before.ends_with(char::is_whitespace);
        out.push_str(before);
        let Some(said) = said(&word).filter(|_| starts) else {
            out.push_str(&command[..1]);
            rest = &command[1..];
            continue;
        };
        out.push_str(said);
        rest = command[1 + word.len()..].trim_start();
        if let Some(direction) = rest.strip_prefix('[').filter(|_| word == "param") {
            rest = direction.split_once(']').map_or("", |(_, after)| after).trim_start();
        }
    }
    out.push_str(rest);
    out
}

/// What stands for a command. `None`: it is none, or one that is better left.
fn said(word: &str) -> Option<&'static str> {
    Some(match word {
        "brief" | "p" | "c" | "a" | "e" | "em" | "b" | "ref" | "details" => "",
        "param" => "Parameter ",
        "return" | "returns" => "Returns ",
        "note" | "remark" => "Note: ",
        "warning" | "attention" => "Warning: ",
        "see" | "sa" => "See ",
        "since" => "Since ",
        "deprecated" => "Deprecated: ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn marks_of_every_kind_are_left_out() {
        for raw in
            ["/* Why. */", "/** Why. */", "/**< Why. */", "// Why.", "/// Why.", "/*\n * Why.\n */"]
        {
            assert_eq!(text(raw).as_deref(), Some("Why."), "{raw}");
        }
        assert_eq!(text("/* */"), None);
    }

    #[test]
    fn lines_and_paragraphs_stay() {
        let raw = "/**\n * One\n * two.\n *\n *\n * - three\n */";
        assert_eq!(text(raw).unwrap(), "One\ntwo.\n\n- three");
    }

    #[test]
    fn commands_of_doxygen_become_words() {
        assert_eq!(
            text("/** \\param[in] fd what @c to watch */").unwrap(),
            "Parameter fd what to watch"
        );
        assert_eq!(
            text("/** mail a@b.invalid, \\unknown */").unwrap(),
            "mail a@b.invalid, \\unknown"
        );
    }
}
