//! Compiles the measured loops, and the threads, which are C's.

fn main() {
    println!("cargo::rerun-if-changed=c");
    let is_windows = std::env::var("CARGO_CFG_WINDOWS").is_ok();
    let files: &[_] =
        if is_windows { &["c/calls.c"] } else { &["c/calls.c", "c/exit.c", "c/threads.c"] };
    cc::Build::new()
        .files(files)
        .opt_level(2)
        .flag("-Wall")
        .flag("-Wextra")
        .warnings_into_errors(true)
        .compile("bench_calls");
}
