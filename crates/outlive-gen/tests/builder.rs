//! Generating from a program.

mod common;
mod generated;

use std::fs;
use std::path::Path;

use common::no_libclang;
use outlive_gen::Builder;
use outlive_gen::error::Error;
use outlive_gen::proposal::Language;

const HUB: &str = "\
enum hub_level { HUB_LOW, HUB_HIGH };
struct hub_point { int x, y; };
struct hub_listener {
    int version;
    enum hub_level (*on_line)(const char *line, const struct hub_point *at, void *arg);
    void (*on_close)(void *arg);
};
typedef int (*hub_log)(const char *text, void *arg);
";

fn hub() -> (tempfile::TempDir, Builder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.h");
    fs::write(&path, HUB).unwrap();
    let builder = Builder::new(path.display().to_string());
    (folder, builder)
}

#[test]
fn options_stand_behind_what_they_are_about() {
    if no_libclang() {
        return;
    }
    let (_folder, builder) = hub();
    let builder = builder
        .option("--fallback", "*=-1")
        .table("hub_listener=Listener")
        .option("--fallback", "on_line=HUB_LOW")
        .option("--constant", "version=2")
        .function("hub_log");
    let text = builder.rust().unwrap();
    for part in [
        "pub struct Listener;",
        "constant(version = 2)",
        "fallback = sys::HUB_LOW as _",
        "pub fn log<F>(",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let files = builder.go(Path::new("/somewhere"), "hub").unwrap();
    assert!(files.iter().any(|(name, _)| name == "hub_log_trampolines.c"));
}

#[test]
fn declarations_of_another_module_are_used_where_one_is_named() {
    if no_libclang() {
        return;
    }
    let (_folder, builder) = hub();
    let builder =
        builder.sys("crate::sys").table("hub_listener").proposed().function("hub_log").proposed();
    let text = builder.rust().unwrap();
    assert!(text.contains("use crate::sys;\n") && !text.contains("mod sys"), "{text}");
    let allowed = "#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]\n";
    let sys = allowed.to_owned() + &builder.declarations().unwrap();
    generated::check(&[("sys", sys), ("callbacks", text)]);
    let error = builder.sys("not a path").rust().unwrap_err().to_string();
    assert!(error.starts_with("--sys not a path: "), "{error}");
}

#[test]
fn what_is_proposed_can_be_said_in_full() {
    if no_libclang() {
        return;
    }
    let (_folder, builder) = hub();
    let proposed = builder.table("hub_listener").proposed();
    let resolved = proposed.resolved(Language::Rust).unwrap().rust().unwrap();
    assert!(resolved.contains("--table hub_listener --zero '*' --fallback"), "{resolved}");
    let tail = |text: &str| text.split_once("use ").unwrap().1.to_owned();
    assert_eq!(tail(&resolved), tail(&proposed.rust().unwrap()));
}

#[test]
fn a_file_that_is_there_is_left_as_it_is() {
    if no_libclang() {
        return;
    }
    let (folder, builder) = hub();
    let builder = builder.table("hub_listener").proposed();
    let path = folder.path().join("listener.rs");
    builder.write_rust(&path).unwrap();
    fs::write(&path, "mine").unwrap();
    let error = builder.write_rust(&path).unwrap_err();
    assert!(matches!(&error, Error::Io(named, _) if named.contains("listener.rs")), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn errors_name_what_to_do() {
    if no_libclang() {
        return;
    }
    let (_folder, builder) = hub();
    let said = |builder: Builder| builder.rust().unwrap_err().to_string();
    assert!(said(builder.clone()).contains("name at least one table with Builder::table"));
    assert!(said(builder.clone().table("hub_listen")).contains("there are hub_listener"));
    let missing = said(builder.clone().table("hub_listener").option("--zero", "*"));
    assert!(
        missing.contains("what does a refused call return?") && missing.contains("hub.h:5"),
        "{missing}"
    );
    let unknown = said(builder.table("hub_listener").option("--falback", "*=-1"));
    assert!(unknown.contains("--falback *=-1: `outlive gen` has no such option"), "{unknown}");
}

#[test]
fn what_the_macro_makes_can_be_written_out() {
    if no_libclang() {
        return;
    }
    let (_folder, builder) = hub();
    let builder = builder
        .table("hub_listener")
        .option("--fallback", "on_line=HUB_HIGH")
        .option("--constant", "version=2")
        .option("--string", "on_line.line")
        .option("--last", "on_close")
        .function("hub_log")
        .proposed();
    let text = builder.without_macro().rust().unwrap();
    assert!(text.contains("unsafe impl ::outlive::Callbacks for Listener"), "{text}");
    assert!(!text.lines().any(|line| line.trim().starts_with("#[callback")), "{text}");
    assert!(!text.contains("outlive::callbacks"), "{text}");
    let calls = "
#[cfg(test)]
mod tests {
    #[test]
    fn c_calls_the_methods() {
        let held = outlive::Held::new(super::Listener).unwrap();
        let (table, arg) = (held.table(), held.user_data());
        assert_eq!(table.version, 2);
        let on_line = table.on_line.unwrap();
        // SAFETY: The user data is the table's, and NULL is no string.
        assert_eq!(unsafe { on_line(core::ptr::null(), core::ptr::null(), arg) }, super::sys::HUB_HIGH);
        assert_eq!(held.revoke(), outlive::Ended::Now);
        let all = outlive::ledger();
        assert!(all.tables.iter().all(|entry| entry.refused == 0 && entry.panicked == 0));
    }
}
";
    generated::test_without_macros(&[("listener", text + calls)]);
}
