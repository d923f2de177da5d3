//! Where a header is found, and how libclang is asked to read it.

use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result};

/// A header, and what a compiler needs to read it.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// A path, or a name that is found in the include path.
    pub name: String,
    /// What stands behind `#include` in generated code, with its marks, where it is not made of `name`.
    pub include: Option<String>,
    /// pkg-config's packages.
    pub packages: Vec<String>,
    /// The compiler's options: `-I...`, `-D...`.
    pub arguments: Vec<String>,
}

impl Header {
    /// The header's path, if it was named by one.
    pub fn path(&self) -> Option<&Path> {
        let path = Path::new(&self.name);
        path.is_file().then_some(path)
    }

    /// A file that includes it, in the current directory.
    pub fn including_file(&self) -> String {
        match self.path() {
            Some(path) => format!("#include \"{}\"\n", path.display()),
            None => format!("#include <{}>\n", self.name),
        }
    }

    /// The compiler's options with those of pkg-config.
    pub fn compiler_arguments(&self) -> Result<Vec<String>> {
        let mut arguments = self.arguments.clone();
        if !self.packages.is_empty() {
            arguments.extend(pkg_config(&self.packages)?);
        }
        Ok(arguments)
    }

    /// What libclang gets: C, with all comments, and a compiler's own headers if it has none.
    pub fn clang_arguments(&self) -> Result<Vec<String>> {
        let fixed = [
            "-x",
            "c",
            "-std=gnu11",
            "-fparse-all-comments",
            "-fretain-comments-from-system-headers",
        ];
        let mut arguments: Vec<String> = fixed.map(str::to_owned).into();
        arguments.extend(self.compiler_arguments()?);
        // Debian has libclang without its stddef.h: gcc's does as well, if there is no other.
        if let Some(folder) = compiler_headers() {
            arguments.extend(["-idirafter".to_owned(), folder]);
        }
        Ok(arguments)
    }
}

fn pkg_config(packages: &[String]) -> Result<Vec<String>> {
    let program = std::env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let done = Command::new(&program)
        .arg("--cflags")
        .args(packages)
        .output()
        .map_err(|error| Error::PkgConfig(format!("{}: {error}", program.to_string_lossy())))?;
    if !done.status.success() {
        let why = String::from_utf8_lossy(&done.stderr);
        return Err(Error::PkgConfig(why.trim().to_owned()));
    }
    let flags = String::from_utf8_lossy(&done.stdout);
    Ok(flags.split_whitespace().map(str::to_owned).collect())
}

fn compiler_headers() -> Option<String> {
    let done = Command::new("cc").arg("-print-file-name=include").output().ok()?;
    let folder = String::from_utf8(done.stdout).ok()?.trim().to_owned();
    Path::new(&folder).is_absolute().then_some(folder)
}
