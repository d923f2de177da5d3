//! Comments of C, without their marks.

/// The text of a comment, or of several that stand together. `None` where nothing is left.
pub fn text(raw: &str) -> Option<String> {
    let bare: Vec<&str> = raw.lines().map(without_marks).collect();
    let is_box = is_box(&bare);
    let mut lines: Vec<String> = bare.into_iter().map(|line| words(line, is_box)).collect();
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

/// A line without what makes it a comment.
fn without_marks(raw: &str) -> &str {
    let line = raw.trim();
    let (line, opened) = match (line.strip_prefix("/*"), line.strip_prefix("//")) {
        (Some(rest), _) => (rest.trim_start_matches('*'), rest != "/"),
        (_, Some(rest)) => (rest.trim_start_matches('/'), true),
        _ => (line, false),
    };
    // Doxygen's, and that of a comment behind what it is on.
    let line = if opened {
        let line = line.strip_prefix('!').unwrap_or(line);
        line.strip_prefix('<').unwrap_or(line)
    } else {
        line
    };
    let line = line.strip_suffix("*/").map_or(line, |rest| rest.trim_end_matches('*'));
    // A line with nothing but the end of the comment.
    let line = if line.trim() == "/" && !opened { "" } else { line };
    // The star in front of each line of a block.
    match line.trim_start().strip_prefix('*') {
        Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => rest,
        _ => line,
    }
}

/// Whether the comment is a box, whose lines all end in a star.
fn is_box(lines: &[&str]) -> bool {
    let mut inner = lines.iter().map(|line| line.trim()).filter(|line| !is_rule(line));
    let first = inner.next().is_some_and(|line| line.ends_with('*'));
    lines.len() > 1 && first && inner.all(|line| line.ends_with('*'))
}

/// A line that was drawn.
fn is_rule(line: &str) -> bool {
    line.chars().all(|c| " *-=_#~+/".contains(c))
}

/// What a line says.
fn words(line: &str, is_box: bool) -> String {
    let line = line.trim();
    let line = if is_box { line.trim_end_matches('*').trim_end() } else { line };
    if is_rule(line) { String::new() } else { without_tags(&without_commands(line)) }
}

/// A text without the tags of HTML that doxygen knows and that say how it looks.
fn without_tags(line: &str) -> String {
    const TAGS: &[&str] = &[
        "b", "i", "em", "tt", "code", "strong", "p", "br", "ul", "ol", "li", "pre", "dl", "dt",
        "dd",
    ];
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag.find('>').unwrap_or(0);
        let name =
            tag.get(1..end).unwrap_or_default().trim_matches('/').trim().to_ascii_lowercase();
        let length = if TAGS.contains(&name.as_str()) { end + 1 } else { 1 };
        if length == 1 {
            out.push('<');
        }
        rest = &tag[length..];
    }
    out.push_str(rest);
    out.trim().to_owned()
}

/// Doxygen's commands in words.
fn without_commands(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['\\', '@']) {
        let (before, command) = rest.split_at(at);
        let word: String = command[1..].chars().take_while(char::is_ascii_alphabetic).collect();
        let starts = before.is_empty() || before.ends_with(char::is_whitespace);
        if starts && OF_A_LINE.contains(&word.as_str()) {
            return out + before.trim_end();
        }
        out.push_str(before);
        // Groups of members.
        if starts && word.is_empty() && command[1..].starts_with(['{', '}']) {
            rest = command[2..].trim_start();
            continue;
        }
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

/// Commands that say something to doxygen, with the rest of their line.
const OF_A_LINE: &[&str] = &[
    "file",
    "struct",
    "union",
    "enum",
    "typedef",
    "fn",
    "def",
    "var",
    "class",
    "headerfile",
    "ingroup",
    "defgroup",
    "addtogroup",
    "name",
    "page",
    "copydoc",
    "internal",
    "endinternal",
    "code",
    "endcode",
    "verbatim",
    "endverbatim",
    "parblock",
    "endparblock",
    "nosubgrouping",
    "hideinitializer",
];

/// What stands for a command. `None`: it is none, or one that is better left.
fn said(word: &str) -> Option<&'static str> {
    Some(match word {
        "brief" | "short" | "p" | "c" | "a" | "e" | "em" | "b" | "ref" | "details" | "par"
        | "n" | "link" | "endlink" => "",
        "li" | "arg" => "- ",
        "param" => "Parameter ",
        "return" | "returns" | "retval" | "result" => "Returns ",
        "note" | "remark" | "remarks" => "Note: ",
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
    fn what_is_only_drawn_is_left_out() {
        for raw in [
            "/***** Why. *****/",
            "/** Why. **/",
            "/*****************\n * Why.          *\n *****************/",
            "/*!\n * Why.\n **/",
            "/* -----------\n * Why.\n * ======== */",
            "////////////\n// Why.\n////////////",
            "/** @{ Why. */",
            "/** \\defgroup why Reasons\n * Why.\n * @} */",
            "/** <b>Why</b>. */",
            "/// \\struct why\n/// Why.",
            "//! Why.",
            "//!< Why.",
            "/*!< Why. */",
        ] {
            assert_eq!(text(raw).as_deref(), Some("Why."), "{raw}");
        }
        for raw in ["/** @{ */", "/** @} */", "/* ---- */", "/********/", "/**/", "//", "/*\n*/"] {
            assert_eq!(text(raw), None, "{raw}");
        }
    }

    #[test]
    fn marks_that_mean_something_stay() {
        for (raw, said) in [
            ("/* Takes a char * */", "Takes a char *"),
            ("/* if a < b && b > c: x */", "if a < b && b > c: x"),
            ("/* *out is written */", "*out is written"),
            ("/* - one\n * - two */", "- one\n- two"),
            ("/* 1/2 of a path/ */", "1/2 of a path/"),
            ("/* See <hub.h>. */", "See <hub.h>."),
        ] {
            assert_eq!(text(raw).as_deref(), Some(said), "{raw}");
        }
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
