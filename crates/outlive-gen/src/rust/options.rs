//! What the command line says that only Rust needs.

use crate::error::{Error, Result};

/// What the command line says that only Rust needs.
#[derive(Clone, Debug, Default)]
pub struct RustOptions {
    /// What made the file, which says so.
    pub command_line: String,
    /// The path of a module that has the C declarations, such as `libgit2_sys` or `crate::sys`; none: the file has its own.
    pub sys: Option<String>,
    /// Whether what `#[callbacks]` makes is written out, for a crate without the macro.
    pub without_macro: bool,
}

impl RustOptions {
    /// Options for a file with declarations of its own.
    pub fn new(command_line: &str) -> RustOptions {
        RustOptions { command_line: command_line.to_owned(), ..RustOptions::default() }
    }

    /// Whether the declarations are those of another crate, which has C's own types from the crate libc.
    pub(super) fn is_of_another_crate(&self) -> bool {
        let first = self.sys.as_deref().and_then(|path| path.split("::").next());
        first.is_some_and(|first| !["crate", "self", "super"].contains(&first.trim()))
    }

    /// The line that has the declarations of another module, if there is one.
    pub(super) fn import(&self) -> Result<Option<String>> {
        let Some(path) = &self.sys else { return Ok(None) };
        let parsed: syn::Path = syn::parse_str(path).map_err(|_| {
            Error::Option(format!(
                "--sys {path}: a path in Rust is such as `libgit2_sys` or `crate::sys`"
            ))
        })?;
        let is_sys = parsed.segments.last().is_some_and(|last| last.ident == "sys");
        let renamed = if is_sys && parsed.segments.len() > 1 { "" } else { " as sys" };
        Ok(Some(format!("use {path}{renamed};\n\n")))
    }
}
