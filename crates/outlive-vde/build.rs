//! Compiles the C library under `c/`.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=c");
    if env::var_os("CARGO_FEATURE_HUB").is_none() {
        return;
    }
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if !matches!(os.as_str(), "linux" | "android") {
        println!(
            "cargo::error=the hub of outlive-vde needs Linux (accept4, SOCK_NONBLOCK), and the target is {os}: leave \
             the feature `hub` out, and there is the handler alone"
        );
        return;
    }
    // Warnings are errors where the tests compile the same files; a newer compiler's new warning
    // must not keep a user from building.
    cc::Build::new()
        .files(sources())
        .std("c11")
        .define("_GNU_SOURCE", None)
        .flag("-fvisibility=hidden")
        .extra_warnings(true)
        .compile("vde_hub");
}

/// The C files right under `c/` (those of the tests have a folder of their own), in a fixed order.
fn sources() -> Vec<PathBuf> {
    let mut sources: Vec<PathBuf> = fs::read_dir("c")
        .expect("the crate has a folder c")
        .map(|entry| entry.expect("the folder c can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    sources.sort();
    sources
}
