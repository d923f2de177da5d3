//! The Go side of a table: a package with an interface, its trampolines in C, and what is between them.
//!
//! * `STRUCT.go` has the interface, the types of its methods, and `Hold`;
//! * `STRUCT_export.go` the functions that the trampolines call;
//! * `STRUCT_trampolines.h` and `.c` the trampolines, and the table's description.

mod export;
mod interface;
mod names;
mod structs;
mod table;
mod trampolines;
mod types;

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::error::Result;
use crate::header::Header;
use crate::roles::Roles;

pub use names::package_name;

/// What the command line says that only Go needs.
#[derive(Clone, Debug, Default)]
pub struct GoOptions {
    /// The package's name.
    pub package: String,
    /// The interface's name; from the struct's where there is none.
    pub interface: Option<String>,
    /// The header, as it stands after `#include`: `<ares.h>`, `"keeper.h"`.
    pub include: String,
    /// Packages of pkg-config's, besides `outlive`.
    pub pkg_config: Vec<String>,
    /// More flags for the C compiler: `-I...`, `-D...`.
    pub c_flags: Vec<String>,
    /// What made the files: the first line of each says so.
    pub command_line: String,
}

impl GoOptions {
    /// Options for a package in a directory.
    pub fn new(header: &Header, directory: &Path, package: &str, command_line: &str) -> GoOptions {
        let include = header.include.clone().unwrap_or_else(|| match header.path() {
            Some(path) => format!("\"{}\"", relative(path, directory).display()),
            None => format!("<{}>", header.name),
        });
        GoOptions {
            package: package.to_owned(),
            interface: None,
            include,
            pkg_config: header.packages.clone(),
            c_flags: header.arguments.iter().map(|flag| c_flag(flag, directory)).collect(),
            command_line: command_line.to_owned(),
        }
    }
}

/// A flag with a relative path works from the package's directory, wherever that comes to be.
fn c_flag(flag: &str, directory: &Path) -> String {
    let folder = flag.strip_prefix("-I").map(Path::new).filter(|folder| folder.is_relative());
    match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => format!("-I${{SRCDIR}}/{}", relative(folder, directory).display()),
        None => flag.to_owned(),
    }
}

/// A path as it is called in a directory, which need not be there yet.
fn relative(path: &Path, directory: &Path) -> PathBuf {
    let (path, directory) = (parts(path), parts(directory));
    let shared = path.iter().zip(&directory).take_while(|(a, b)| a == b).count();
    let up = directory[shared..].iter().map(|_| OsString::from(".."));
    up.chain(path[shared..].iter().cloned()).collect()
}

/// The names on the way to a path from the root.
fn parts(path: &Path) -> Vec<OsString> {
    let mut parts = Vec::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name.to_owned()),
            _ => {}
        }
    }
    parts
}

/// Writes the package's files: names, and texts.
///
/// # Errors
///
/// [`Error::Unmapped`](crate::error::Error::Unmapped) names all that there is no mapping for.
pub fn write(roles: &Roles<'_>, options: &GoOptions) -> Result<Vec<(String, String)>> {
    let plan = table::plan(roles, options)?;
    let file = names::file_name(&plan.table.name);
    Ok(vec![
        (format!("{file}.go"), interface::text(&plan)),
        (format!("{file}_export.go"), export::text(&plan)),
        (format!("{file}_trampolines.h"), trampolines::header(&plan)),
        (format!("{file}_trampolines.c"), trampolines::source(&plan)),
    ])
}
