//! SOUNDNESS.md names what exists.

use std::fs;
use std::path::{Path, PathBuf};

use outlive_hostile::find;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(root().join("SOUNDNESS.md")).unwrap()
}

/// What stands in backquotes in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the table under `heading` whose first cell is not its head or rule.
fn rows<'p>(page: &'p str, heading: &str) -> Vec<Vec<&'p str>> {
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).expect("the section is there");
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let lines = section.lines().filter(|line| line.starts_with('|') && !line.contains("---"));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn guarantee_rows(page: &str) -> Vec<Vec<&str>> {
    let rows = rows(page, "How it is checked");
    rows.into_iter().filter(|row| row[0].strip_prefix('G').is_some()).collect()
}

#[test]
fn each_guarantee_names_scenarios_that_are_about_it() {
    let page = page();
    let rows = guarantee_rows(&page);
    let numbers: Vec<String> = (1..=12).map(|number| format!("G{number}")).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), numbers);
    for row in rows {
        let named: Vec<_> = quoted(row[2]).collect();
        assert!(!named.is_empty(), "{} names no scenario", row[0]);
        for name in named {
            let scenario = find(name).unwrap_or_else(|| panic!("no scenario is called {name}"));
            let about: Vec<_> = scenario.guarantee.split(' ').collect();
            assert!(about.contains(&row[0]), "{name} is about {about:?}, not {}", row[0]);
        }
    }
}

#[test]
fn each_model_and_script_that_is_named_is_there() {
    let page = page();
    for row in guarantee_rows(&page) {
        for model in quoted(row[3]) {
            let path = root().join("tests/models/loom/models").join(model);
            assert!(path.is_file(), "{}: no {model}", row[0]);
        }
    }
    for script in quoted(&page).filter(|quoted| quoted.starts_with("ci/")) {
        assert!(root().join(script).is_file(), "no {script}");
    }
}

#[test]
fn each_invariant_stands_where_the_page_says() {
    let page = page();
    let rows = rows(&page, "The invariants");
    let mut seen = 0;
    for row in &rows[1..] {
        let place = row[1].trim_matches('`');
        let place = root().join("crates").join(place);
        let sources = if place.is_dir() { sources(&place) } else { vec![place] };
        let text: String = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        for name in row[0].split(", ") {
            assert!(text.contains(name), "{name} does not stand in {}", row[1]);
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen} invariants");
}

#[test]
fn the_states_and_events_are_those_of_the_source() {
    let life = fs::read_to_string(root().join("crates/outlive-core/src/life.rs")).unwrap();
    let documented = life.lines().filter_map(|line| line.strip_prefix("//! |"));
    let page = page();
    let (_, section) = page.split_once("\n## The life of a registration\n").unwrap();
    let shown = section.lines().filter_map(|line| line.strip_prefix('|'));
    let rows = documented.clone().count();
    assert!(rows > 10, "{rows} rows");
    assert!(shown.take(rows).eq(documented));
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
