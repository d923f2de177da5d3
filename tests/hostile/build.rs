//! Compiles the hostile C library, and the shared object that a scenario loads.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// C that every system compiles; threads are those of pthreads(7), which mingw-w64 has, too.
const EVERYWHERE: &[&str] = &[
    "keeper", "threads", "store", "data", "memory", "panics", "warm", "crowd", "ends", "racer",
    "shapes", "stream", "lender", "filter", "carrier", "cursor", "asker", "channel", "heap",
    "desktop", "gone",
];
/// Children, signals, system calls.
const UNIX: &[&str] = &[
    "process",
    "child",
    "writes",
    "handler",
    "exits",
    "barrier",
    "signals",
    "gone_unix",
    "fibers",
];
const WINDOWS: &[&str] = &["writes", "handler", "gone", "fibers", "threads"];

fn sources(folder: &str, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{folder}/{name}.c")).collect()
}

fn main() {
    println!("cargo::rerun-if-changed=c");
    let is_windows = std::env::var("CARGO_CFG_WINDOWS").is_ok();
    cc::Build::new()
        .files(sources("c", EVERYWHERE))
        .files(if is_windows { sources("c/windows", WINDOWS) } else { sources("c", UNIX) })
        .define("pthread_create", "keeper_create_thread")
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .warnings_into_errors(true)
        .flag("-pthread")
        .flag("-fexceptions") // what leaves a callback by force passes through C
        .compile("hostile");
    if is_windows {
        shared_object("c/windows/plugin.c", "plugin.dll");
    } else {
        shared_object("c/plugin.c", "plugin.so");
    }
}

/// Compiles one file into a shared object of its own.
fn shared_object(source: &str, name: &str) {
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    let compiler = cc::Build::new()
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .warnings_into_errors(true)
        .flag("-pthread")
        .pic(true)
        .get_compiler();
    let mut command = Command::new(compiler.path());
    // A sanitizer's runtime is the program's, of which there can be but one.
    command.args(compiler.args().iter().filter(|arg| !is_sanitizer(arg)));
    command.args(["-shared", "-fvisibility=hidden", "-o"]);
    command.arg(Path::new(&out).join(name)).arg(source);
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} failed");
}

fn is_sanitizer(flag: &OsStr) -> bool {
    flag.to_string_lossy().starts_with("-fsanitize")
}
