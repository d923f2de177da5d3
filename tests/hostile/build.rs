//! Compiles the hostile C library.

fn main() {
    println!("cargo::rerun-if-changed=c");
    cc::Build::new()
        .files(["c/keeper.c", "c/threads.c", "c/process.c", "c/store.c"])
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .warnings_into_errors(true)
        .flag("-pthread")
        .compile("hostile");
}
