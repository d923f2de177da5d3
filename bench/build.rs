//! Compiles the measured loops, and the threads, which are C's.

fn main() {
    println!("cargo::rerun-if-changed=c");
    cc::Build::new()
        .files(["c/calls.c", "c/exit.c", "c/threads.c"])
        .opt_level(2)
        .flag("-Wall")
        .flag("-Wextra")
        .warnings_into_errors(true)
        .compile("bench_calls");
}
