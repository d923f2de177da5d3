//! Compiles the measured loop, which is C.

fn main() {
    println!("cargo::rerun-if-changed=c");
    cc::Build::new()
        .file("c/calls.c")
        .opt_level(2)
        .flag("-Wall")
        .flag("-Wextra")
        .warnings_into_errors(true)
        .compile("bench_calls");
}
