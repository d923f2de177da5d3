//! A bare function pointer that was left without a method: the compiler names the member.
//!
//! Its words carry numbers that change with the library, so these blocks are compiled in a project of
//! their own, and looked at for what matters.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project with one source file, beside the tests' own build.
struct Project(PathBuf);

impl Project {
    fn new(source: &str) -> Project {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let project = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bare_members");
        fs::create_dir_all(project.join("src")).unwrap();
        let outlive = tests.join("../crates/outlive");
        let manifest = format!(
            "[package]\nname = \"bare\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
             [dependencies]\noutlive = {{ path = {outlive:?} }}\n"
        );
        fs::write(project.join("Cargo.toml"), manifest).unwrap();
        fs::copy(tests.join("../Cargo.lock"), project.join("Cargo.lock")).unwrap();
        fs::copy(tests.join("ui/bare").join(source), project.join("src/main.rs")).unwrap();
        Project(project)
    }

    /// What the compiler says of it.
    fn errors(&self) -> Vec<String> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--offline", "--quiet"]).current_dir(&self.0);
        let output = cargo.env("CARGO_TARGET_DIR", self.0.join("target")).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{words}");
        words.lines().filter(|line| line.starts_with("error[")).map(str::to_owned).collect()
    }
}

#[test]
fn a_member_that_cannot_be_zero_and_has_no_method_is_an_error_that_names_it() {
    for (source, words) in [
        ("without_a_method.rs", ".second: encountered null pointer"),
        ("without_a_method_generic.rs", ".second: encountered null pointer"),
        ("no_member_of_c.rs", ".name."),
    ] {
        let errors = Project::new(source).errors();
        let [error] = &errors[..] else { panic!("{source}: {errors:?}") };
        let words = format!("members_without_a_method_or_constant_are_zero{words}");
        assert!(error.contains(&words), "{source}: {error}");
    }
}
