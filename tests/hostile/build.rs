//! Compiles the hostile C library, and the shared object that a scenario loads.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=c");
    cc::Build::new()
        .files(["c/keeper.c", "c/threads.c", "c/process.c", "c/store.c"])
        .files(["c/data.c", "c/memory.c", "c/panics.c", "c/exits.c", "c/barrier.c"])
        .file("c/warm.c")
        .define("pthread_create", "keeper_create_thread")
        .files(["c/crowd.c", "c/fibers.c", "c/signals.c", "c/ends.c", "c/child.c"])
        .files(["c/gone.c", "c/racer.c", "c/shapes.c", "c/stream.c", "c/lender.c", "c/filter.c"])
        .files(["c/carrier.c", "c/cursor.c", "c/asker.c", "c/channel.c", "c/heap.c"])
        .file("c/desktop.c")
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .warnings_into_errors(true)
        .flag("-pthread")
        .flag("-fexceptions") // what leaves a callback by force passes through C
        .compile("hostile");
    shared_object("c/plugin.c", "plugin.so");
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
