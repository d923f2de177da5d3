//! What the files of the bugs are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use outlive_bugs::{BUGS, Half};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(half: &Half) -> String {
    fs::read_to_string(repository().join(half.file)).unwrap()
}

/// The functions with a body that C is to call. A function's type has no name.
fn trampolines(text: &str) -> usize {
    text.matches("extern \"C\" fn ").count() + text.matches("extern \"system\" fn ").count()
}

#[test]
fn no_mended_binding_has_a_trampoline_written_by_hand() {
    for bug in BUGS {
        assert_eq!(trampolines(&text(&bug.mended)), 0, "{}", bug.mended.file);
        assert!(trampolines(&text(&bug.naive)) > 0, "{}", bug.naive.file);
    }
}

#[test]
fn each_excerpt_is_a_part_of_its_file_at_its_line() {
    for half in BUGS.iter().flat_map(|bug| [bug.naive, bug.mended]) {
        let (text, excerpt) = (text(&half), half.excerpt());
        assert!((3..=30).contains(&excerpt.lines.len()), "{}", half.file);
        let lines = text.lines().skip(excerpt.line - 1).zip(&excerpt.lines);
        assert!(
            lines.clone().all(|(line, excerpt)| line.trim() == excerpt.trim()),
            "{}",
            half.file
        );
        assert!(excerpt.lines.iter().any(|line| !line.is_empty() && !line.starts_with(' ')));
    }
}

#[test]
fn each_c_library_is_short() {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(repository().join("examples/bugs/src/bugs")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let files = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
        let sources: Vec<_> =
            files.filter(|file| file.extension().is_some_and(|e| e == "c")).collect();
        assert_eq!(sources.len(), 1, "{path:?}");
        let lines = fs::read_to_string(&sources[0]).unwrap().lines().count();
        assert!(lines <= 60, "{:?} has {lines} lines", sources[0]);
        folders.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(folders, BUGS.iter().map(|bug| bug.name.to_owned()).collect());
}

#[test]
fn each_bug_names_a_public_report() {
    let reports: BTreeSet<&str> = BUGS.iter().map(|bug| bug.report).collect();
    assert_eq!(reports.len(), BUGS.len());
    for bug in BUGS {
        assert!(bug.report.starts_with("https://github.com/"), "{}", bug.report);
        let file = repository().join(format!("examples/bugs/src/bugs/{}.rs", bug.name));
        assert!(fs::read_to_string(file).unwrap().contains(&format!("<{}>", bug.report)));
    }
}
