//! Compiles the C libraries: `src/bugs/*/*.c`.

use std::fs;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=src/bugs");
    let entries = |folder: PathBuf| {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        entries.map(|entry| entry.expect("a folder can be read").path())
    };
    let folders = entries("src/bugs".into()).filter(|path| path.is_dir());
    let files = folders.flat_map(entries).filter(|path| path.extension().is_some_and(|e| e == "c"));
    cc::Build::new()
        .files(files)
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .warnings_into_errors(true)
        .flag("-pthread")
        .compile("bugs");
}
