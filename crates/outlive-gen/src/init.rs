//! What a crate or a Go module begins with: all that it needs to build, and tests in which C calls each callback.

use std::path::Path;

use crate::builder::{Builder, Item};
use crate::calls;
use crate::error::Result;
use crate::go;
use crate::proposal::Language;
use crate::rust::{self, ALLOWED};
use crate::unit::Unit;

/// Names of files, with slashes, and their texts.
type Files = Vec<(String, String)>;

/// Where a crate or module finds outlive.
#[derive(Clone, Debug)]
pub enum Source {
    /// In a clone of its repository, at this path.
    Clone(String),
    /// Where packages are published.
    Published,
}

impl Builder {
    /// The files of a crate: `Cargo.toml`, a `build.rs` that makes the C declarations, the callbacks, which are then the user's,
    /// and a test in which C calls each. `directory` is where they are to be: relative paths lead from there.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the header or the options, in words that name the header's line and the option.
    pub fn new_crate(&self, directory: &Path, name: &str, source: &Source) -> Result<Files> {
        let resolved = self.resolved(Language::Rust)?.sys("crate::sys");
        let callbacks = resolved.rust()?;
        let tests =
            resolved.with_units(Language::Rust, |units| rust::tests("crate::callbacks", units))?;
        let include = resolved.including(&directory.join("c"));
        let calls = resolved.with_units(Language::Rust, |units| Ok(source_of(&include, units)))?;
        let manifest = manifest(name, source, callbacks.contains("libc::"));
        let files = [
            ("Cargo.toml", manifest),
            ("build.rs", resolved.moved_to(directory).build_script()),
            ("src/lib.rs", root()),
            ("src/callbacks.rs", callbacks),
            ("src/calls.rs", tests),
            ("c/calls.c", calls),
        ];
        Ok(files.map(|(name, text)| (name.to_owned(), text)).into())
    }

    /// The files of a Go module, or of a package in one: the package, hosts that do nothing yet, which are then the user's, and a test
    /// in which C calls each callback. `go.mod` is among them where `module` has a name for it.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the header or the options, in words that name the header's line and the option.
    pub fn new_module(
        &self,
        directory: &Path,
        package: &str,
        module: Option<(&str, &Source)>,
    ) -> Result<Files> {
        let resolved = self.resolved(Language::Go)?;
        let mut files = resolved.go(directory, package)?;
        let options = resolved.go_options(directory, package);
        files.extend(resolved.with_units(Language::Go, |units| go::scaffold(units, &options))?);
        files.extend(module.map(|(name, source)| ("go.mod".to_owned(), go_module(name, source))));
        Ok(files)
    }

    /// The lines that include the header, in a file of that folder.
    fn including(&self, folder: &Path) -> String {
        match self.header.path() {
            Some(path) => format!("#include \"{}\"\n", go::relative(path, folder)),
            None => self.header.including_file(),
        }
    }

    /// The same, as a program in that directory says it.
    fn moved_to(&self, directory: &Path) -> Builder {
        let mut moved = self.clone();
        if let Some(path) = self.header.path() {
            moved.header.name = go::relative(path, directory);
        }
        for argument in &mut moved.header.arguments {
            let folder = argument.strip_prefix("-I").map(Path::new);
            if let Some(folder) = folder.filter(|folder| folder.is_relative()) {
                *argument = format!("-I{}", go::relative(folder, directory));
            }
        }
        moved
    }

    fn build_script(&self) -> String {
        let mut chain = String::new();
        let mut call = |method: &str, arguments: &[&str]| {
            let quoted: Vec<String> =
                arguments.iter().map(|argument| format!("{argument:?}")).collect();
            chain += &format!("\n        .{method}({})", quoted.join(", "));
        };
        self.header.packages.iter().for_each(|package| call("pkg_config", &[package]));
        self.header.arguments.iter().for_each(|option| call("compiler_option", &[option]));
        for Item { c, name, is_function, said, .. } in &self.items {
            let named = name.as_ref().map_or(c.clone(), |name| format!("{c}={name}"));
            call(if *is_function { "function" } else { "table" }, &[&named]);
            said.iter().for_each(|(option, value)| call("option", &[option, value]));
        }
        format!(
            "//! Makes the C declarations from the header, and compiles the C that the tests are called by.\n\n\
             use std::env;\nuse std::error::Error;\nuse std::path::Path;\n\nuse outlive_gen::Builder;\n\n\
             fn main() -> Result<(), Box<dyn Error>> {{\n    let builder = Builder::new({:?}){chain};\n    \
             builder.write_declarations(&Path::new(&env::var(\"OUT_DIR\")?).join(\"sys.rs\"))?;\n    \
             println!(\"cargo::rerun-if-changed=c/calls.c\");\n    \
             let mut calls = cc::Build::new();\n    calls.file(\"c/calls.c\").flags(builder.compiler_options()?);\n    \
             calls.try_compile(\"calls\")?;\n    Ok(())\n}}\n",
            self.header.name
        )
    }
}

fn source_of(include: &str, units: &[Unit<'_>]) -> String {
    let roles: Vec<_> = units.iter().map(|unit| &unit.roles).collect();
    calls::source(include, &roles)
}

fn manifest(name: &str, source: &Source, has_errno: bool) -> String {
    let crates = |name: &str| match source {
        Source::Clone(path) => {
            format!("{name} = {{ path = {:?} }}\n", format!("{path}/crates/{name}"))
        }
        Source::Published => format!("{name} = {:?}\n", env!("CARGO_PKG_VERSION")),
    };
    let libc = if has_errno { "libc = \"0.2\"\n" } else { "" };
    format!(
        "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{libc}{}\n\
         [build-dependencies]\ncc = \"1\"\n{}",
        crates("outlive"),
        crates("outlive-gen")
    )
}

fn root() -> String {
    format!(
        "//! Callbacks that C calls.\n\npub mod callbacks;\n\n#[cfg(test)]\nmod calls;\n\n\
         /// The C declarations, which build.rs makes.\n{ALLOWED}pub mod sys {{\n    \
         include!(concat!(env!(\"OUT_DIR\"), \"/sys.rs\"));\n}}\n"
    )
}

fn go_module(name: &str, source: &Source) -> String {
    let replace = match source {
        Source::Clone(path) => format!("\nreplace outlive.dev/go => {path}/go\n"),
        Source::Published => String::new(),
    };
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    let version = if replace.is_empty() { version } else { "v0.0.0" };
    format!("module {name}\n\ngo 1.24\n\nrequire outlive.dev/go {version}\n{replace}")
}
