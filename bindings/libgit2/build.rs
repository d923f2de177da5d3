//! Compiles what the test `layout` asks of the header.

fn main() {
    println!("cargo:rerun-if-changed=tests/layout.c");
    let root = std::env::var("DEP_GIT2_ROOT").expect("libgit2-sys says where its headers are");
    cc::Build::new()
        .file("tests/layout.c")
        .include(format!("{root}/include"))
        .warnings_into_errors(true)
        .compile("layout");
}
