//! What findings look like, and what silences them.

mod common;

use std::path::PathBuf;

use common::{folder, go, outcome};
use outlive_check::{Outcome, Rule, baseline, report};
use serde_json::Value;

const KEEPS: &str = "static void *all; static void keep(void *p) { all = p; }";

fn found() -> Outcome {
    let code = "func f() { h := cgo.NewHandle(5); C.keep(unsafe.Pointer(&h)) }";
    outcome(folder(&[("a b.go", &go(KEEPS, code))]).path())
}

#[test]
fn the_text_has_the_line_the_proof_the_reason_and_the_correction() {
    let text = report::text::render(&found().findings[0], false);
    for part in [
        "error[C1]",
        "a b.go:14:",
        "C.keep(unsafe.Pointer(&h))",
        "^^",
        "all = p",
        "C keeps it here",
        "note: ",
        "help: ",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn the_json_has_all_of_a_finding() {
    let json = report::json::render(&found());
    let finding = &json["findings"][0];
    assert_eq!(finding["rule"], "C1");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["at"]["line"], 14);
    assert!(finding["proof"].as_array().is_some_and(|steps| !steps.is_empty()));
}

/// The schema of SARIF 2.1.0, as the crate `serde-sarif` has it among its sources, where Cargo has put these.
fn schema() -> Value {
    let home = std::env::var_os("CARGO_HOME")
        .map_or_else(|| std::env::home_dir().unwrap().join(".cargo"), PathBuf::from);
    let registries = std::fs::read_dir(home.join("registry/src")).unwrap();
    let schemas = registries
        .flat_map(|registry| std::fs::read_dir(registry.unwrap().path()).unwrap())
        .filter_map(|package| {
            let package = package.unwrap();
            let is_it = package.file_name().to_string_lossy().starts_with("serde-sarif-");
            is_it.then(|| package.path().join("src/schema.json"))
        });
    let text = std::fs::read_to_string(schemas.max().unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_sarif_is_valid_by_its_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut log = report::sarif::render(&found());
    let errors: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "C1");
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        ["uri"];
    assert_eq!(uri, "a%20b.go");
    // The schema does say something.
    log["runs"][0]["results"][0]["level"] = "loud".into();
    assert!(!validator.is_valid(&log));
}

#[test]
fn a_baseline_silences_what_it_lists() {
    let mut outcome = found();
    let folder = folder(&[]);
    let path = folder.path().join("known");
    baseline::write(&path, &outcome.findings).unwrap();
    let with_reason: String = std::fs::read_to_string(&path)
        .unwrap()
        .lines()
        .map(|line| {
            if line.starts_with('#') {
                format!("{line}\n")
            } else {
                format!("{line} # the registry keeps it\n")
            }
        })
        .collect();
    std::fs::write(&path, with_reason).unwrap();
    assert_eq!(baseline::silence(&path, &mut outcome.findings), Ok(1));
    assert!(outcome.findings.is_empty());
    let mut other = found();
    other.findings[0].function = "another".to_owned();
    assert_eq!(baseline::silence(&path, &mut other.findings), Ok(0));
}

#[test]
fn each_rule_has_a_page_with_a_wrong_and_a_right_version() {
    for rule in Rule::ALL {
        let page = rule.page();
        assert!(page.starts_with(&format!("# {rule}: ")), "{rule}");
        assert!(page.contains("\n## Wrong\n") && page.contains("\n## Right\n"), "{rule}");
        assert_eq!(rule.to_string().parse(), Ok(rule));
    }
    assert!("C9".parse::<Rule>().is_err_and(|words| words.contains("C1, C2")));
}
