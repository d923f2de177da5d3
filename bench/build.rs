//! Compiles the measured loops, and the threads, which are C's; and on Linux the event loops of C libraries, as far as
//! these are installed.

fn main() {
    println!("cargo::rerun-if-changed=c");
    let is_windows = std::env::var("CARGO_CFG_WINDOWS").is_ok();
    let files: &[_] =
        if is_windows { &["c/calls.c"] } else { &["c/calls.c", "c/exit.c", "c/threads.c"] };
    build(files).compile("bench_calls");
    for (library, link) in [("libevent", "event_core"), ("libev", "ev"), ("libuv", "uv")] {
        println!("cargo::rustc-check-cfg=cfg(has_{library})");
        if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
            event_loop(library, link);
        }
    }
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        build(&["c/loops/world.c", "c/loops/epoll.c"]).compile("bench_loops");
    }
}

fn build(files: &[&str]) -> cc::Build {
    let mut build = cc::Build::new();
    build
        .files(files)
        .std("c11")
        .define("_GNU_SOURCE", None)
        .opt_level(2)
        .flag("-Wall")
        .flag("-Wextra")
        .warnings_into_errors(true);
    build
}

/// Compiles what has a library behind the table, if its header is there.
fn event_loop(library: &str, link: &str) {
    let mut build = build(&[&format!("c/loops/{library}.c")]);
    // Without the header this fails, and the loop is left out by name.
    if build.cargo_warnings(false).try_compile(&format!("bench_{library}")).is_ok() {
        println!("cargo::rustc-link-lib={link}");
        println!("cargo::rustc-cfg=has_{library}");
    }
}
