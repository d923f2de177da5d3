//! What a header has, and what is proposed to have it.

mod common;

use std::fs;

use common::{no_libclang, shapes};
use outlive_gen::error::Error;
use outlive_gen::header::Header;
use outlive_gen::listing::{self, Listed, Listing};
use outlive_gen::proposal::{Language, Proposal, propose};
use outlive_gen::roles;

const HUB: &str = "\
#include <stddef.h>
#include \"hub_types.h\"
typedef int (*hub_line)(const char *line, void *arg);
typedef void hub_done(int status, void *arg);
typedef struct hub hub;
struct hub_table {
    int version;
    hub_line on_line;
    void (*on_log)(const char *format, ...);
    void *user_data;
};
typedef struct {
    int (*next)(hub *h, char *context);
} hub_bare;
struct hub_point { int x; };
struct hub_variadic { int (*log)(const char *format, ...); };
struct hub_object { int (*go)(struct hub_object *self); void (*stop)(struct hub_object *me); };
struct hub_transfer { int length; void *user_data; };
typedef void (*hub_transferred)(struct hub_transfer *transfer);
void hub_set(hub *h, const struct hub_table *table, void *arg);
void hub_on_line(hub *h, hub_line line, void *arg, void (*free_arg)(void *));
void hub_ask(hub *h, hub_done *done, void *cookie);
void hub_bare_set(hub_bare bare);
";

fn hub() -> (tempfile::TempDir, Header) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hub.h"), HUB).unwrap();
    let types =
        "enum hub_level { HUB_OK, HUB_ERROR };\ntypedef enum hub_level (*hub_judge)(void *arg);\n";
    fs::write(folder.path().join("hub_types.h"), types).unwrap();
    let name = folder.path().join("hub.h").display().to_string();
    (folder, Header { name, ..Header::default() })
}

fn names(all: &[Listed]) -> Vec<&str> {
    all.iter().map(|one| one.table.name.as_str()).collect()
}

fn named<'l>(listing: &'l Listing, name: &str) -> &'l Listed {
    let all = listing.tables.iter().chain(&listing.functions);
    all.into_iter().find(|one| one.table.name == name).unwrap()
}

fn setters(listed: &Listed) -> Vec<(String, String, Option<String>)> {
    let setter = |one: &listing::Setter| {
        (one.name.clone(), one.parameter(one.at), one.user_data.map(|at| one.parameter(at)))
    };
    listed.setters.iter().map(setter).collect()
}

fn words(proposal: &Proposal) -> Vec<(&str, &str)> {
    proposal.said.iter().map(|one| (one.option, one.value.as_str())).collect()
}

#[test]
fn tables_functions_and_what_takes_them_are_listed() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = hub();
    let listing = listing::list(&header).unwrap();
    assert_eq!(names(&listing.tables), ["hub_table", "hub_bare", "hub_variadic", "hub_object"]);
    assert_eq!(names(&listing.functions), ["hub_judge", "hub_line", "hub_done", "hub_transferred"]);
    let owned = |name: &str, parameter: &str, user_data: &str| {
        vec![(name.to_owned(), parameter.to_owned(), Some(user_data.to_owned()))]
    };
    assert_eq!(setters(named(&listing, "hub_table")), owned("hub_set", "table", "arg"));
    assert_eq!(setters(named(&listing, "hub_line")), owned("hub_on_line", "line", "arg"));
    assert_eq!(named(&listing, "hub_line").members, ["struct hub_table.on_line"]);
    assert_eq!(named(&listing, "hub_done").setters[0].name, "hub_ask");
    assert_eq!(named(&listing, "hub_bare").setters[0].name, "hub_bare_set");
    let nameless = &listing.nameless[0];
    assert_eq!(
        (nameless.name.as_str(), nameless.parameter(nameless.at).as_str()),
        ("hub_on_line", "free_arg")
    );
    assert!(named(&listing, "hub_line").table.place.to_string().ends_with("hub.h:3"));
}

#[test]
fn headers_of_other_libraries_are_not_listed() {
    if no_libclang() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.h");
    fs::write(&path, "#include <stdio.h>\n#include <stdlib.h>\n#include <signal.h>\n").unwrap();
    let header = Header { name: path.display().to_string(), ..Header::default() };
    let listing = listing::list(&header).unwrap();
    assert!(listing.tables.is_empty() && listing.functions.is_empty(), "{listing:?}");
    assert!(listing.nameless.is_empty(), "{listing:?}");
}

#[test]
fn what_is_proposed_is_what_the_types_and_names_speak_for() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = hub();
    let listing = listing::list(&header).unwrap();
    let proposed = |name: &str, language| propose(&named(&listing, name).table, language).unwrap();
    let table = proposed("hub_table", Language::Rust);
    for expected in [("--skip", "on_log"), ("--user-data", "user_data"), ("--fallback", "*=-1")] {
        assert!(words(&table).contains(&expected), "{table:?}");
    }
    assert!(table.left_out[0].to_string().contains("on_log: variadic"), "{table:?}");
    let object = proposed("hub_object", Language::Go);
    assert!(words(&object).contains(&("--state", "table")), "{object:?}");
    let bare = proposed("hub_bare", Language::Rust);
    assert!(words(&bare).contains(&("--state", "none")), "{bare:?}");
    let judge = proposed("hub_judge", Language::Go);
    assert!(words(&judge).contains(&("--fallback", "hub_judge=HUB_ERROR")), "{judge:?}");
    for (language, expression) in [
        (Language::Rust, "hub_transferred=(*transfer).user_data"),
        (Language::Go, "hub_transferred=transfer->user_data"),
    ] {
        let transferred = proposed("hub_transferred", language);
        assert!(words(&transferred).contains(&("--user-data-expr", expression)), "{transferred:?}");
    }
}

#[test]
fn what_has_no_mapping_at_all_is_said_with_its_reason() {
    if no_libclang() {
        return;
    }
    let (_folder, header) = hub();
    let listing = listing::list(&header).unwrap();
    let error = propose(&named(&listing, "hub_variadic").table, Language::Rust).unwrap_err();
    assert!(
        matches!(error, Error::Unmapped(_)) && error.to_string().contains("log: variadic"),
        "{error}"
    );
}

#[test]
fn all_that_is_proposed_can_be_said() {
    if no_libclang() {
        return;
    }
    let listing = listing::list(&shapes()).unwrap();
    for language in [Language::Rust, Language::Go] {
        for listed in listing.tables.iter().chain(&listing.functions) {
            let proposal = propose(&listed.table, language).unwrap();
            roles::assign(&listed.table, &proposal.options().unwrap()).unwrap();
        }
    }
}

#[test]
fn an_option_that_does_not_exist_is_refused_by_its_name() {
    let mut options = outlive_gen::options::Options::default();
    let error = options.say("--fall-back", "*=-1").unwrap_err().to_string();
    assert!(error.starts_with("--fall-back *=-1: "), "{error}");
    let error = options.say("--instances", "many").unwrap_err().to_string();
    assert!(error.contains("no number"), "{error}");
}
