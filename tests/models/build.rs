//! Says that the core is compiled for models: without its own unit tests and without the sizes of a real machine.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cfg=outlive_model");
}
