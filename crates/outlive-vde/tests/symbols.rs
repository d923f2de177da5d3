//! What the C library defines for the linker to see. It is linked into programs that may have libvde, and functions of
//! any name, in the same process.
#![cfg(feature = "hub")]

mod common;

use std::{collections::BTreeSet, env, process::Command};

/// The global symbols of the archive that is linked into this crate.
fn defined() -> BTreeSet<String> {
    let nm = env::var_os("NM").unwrap_or_else(|| "nm".into());
    let output = Command::new(nm)
        .args(["-g", "--defined-only", concat!(env!("OUT_DIR"), "/libvde_hub.a")])
        .output()
        .expect("nm is needed, of the binutils: set NM");
    common::check(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    let symbol = |line: &str| match line.split_whitespace().collect::<Vec<_>>()[..] {
        [_, _, name] => Some(name.to_owned()),
        _ => None,
    };
    text.lines().filter_map(symbol).collect()
}

/// The functions that the header declares: their names stand before a parenthesis.
fn declared() -> BTreeSet<String> {
    let header = include_str!("../c/vde_hub.h");
    let names = header.split('(').filter_map(|before| {
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')? + 1;
        Some(before[start..].to_owned())
    });
    names.filter(|name| name == "init_vde_context" || name.starts_with("vde_hub_")).collect()
}

#[test]
fn every_global_symbol_has_the_prefix() {
    let defined = defined();
    assert!(defined.contains("init_vde_context"), "{defined:?}");
    let other = |name: &&String| *name != "init_vde_context" && !name.starts_with("vde_hub_");
    let others: Vec<&String> = defined.iter().filter(other).collect();
    assert!(others.is_empty(), "make these static, or give them the prefix: {others:?}");
}

#[test]
fn what_hosts_may_call_is_in_the_header() {
    let shared = |name: &String| name.starts_with("vde_hub__");
    let defined: BTreeSet<String> = defined().into_iter().filter(|name| !shared(name)).collect();
    assert_eq!(defined, declared());
}
