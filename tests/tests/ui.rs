//! Mistakes in a `#[callbacks]` block, with what the compiler says.
//!
//! `TRYBUILD=overwrite cargo test -p outlive-tests --test ui` writes the expected words anew. They
//! are those of one compiler on one architecture (`c_char` is `i8` there), so elsewhere only the
//! blocks without mistakes are compiled.

use std::process::Command;

const WORDS_OF_COMPILER: &str = "rustc 1.95.";

#[test]
fn each_mistake_is_one_error_in_words() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/callbacks/pass/*.rs");
    if cfg!(target_arch = "x86_64") && compiler().starts_with(WORDS_OF_COMPILER) {
        cases.compile_fail("ui/callbacks/*.rs");
        cases.compile_fail("ui/callback/*.rs");
        cases.compile_fail("ui/completion/*.rs");
    } else {
        eprintln!("skipped: the words for the mistakes are those of {WORDS_OF_COMPILER} on x86-64");
    }
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    String::from_utf8(output.stdout).expect("rustc writes text")
}
