//! What a generated file takes from elsewhere.

use std::collections::BTreeSet;

use super::sys::{Sys, written};

/// The names that are used.
#[derive(Debug, Default)]
pub struct Imports {
    core: BTreeSet<String>,
    outlive: BTreeSet<&'static str>,
}

impl Imports {
    /// Takes a name of `core::ffi`.
    pub fn of_core(&mut self, name: &str) {
        self.core.insert(name.to_owned());
    }

    /// Takes a name of `outlive`.
    pub fn of_outlive(&mut self, name: &'static str) {
        self.outlive.insert(name);
    }

    /// Does not take the macro.
    pub fn without_macro(&mut self) {
        self.outlive.remove("callbacks");
    }

    /// A type of the declarations as one writes it, with all that it needs.
    pub fn written(&mut self, sys: &Sys, ty: &syn::Type) -> String {
        let (text, names) = written(&sys.qualified(ty));
        self.core.extend(names);
        text
    }

    /// The lines of the file.
    pub fn text(&self) -> String {
        let core = line("core::ffi", self.core.iter().map(String::as_str));
        core + &line("outlive", self.sorted())
    }

    /// Capitals first, as rustfmt has them.
    fn sorted(&self) -> impl Iterator<Item = &str> {
        let of = |types: bool| {
            self.outlive
                .iter()
                .copied()
                .filter(move |name| name.starts_with(char::is_uppercase) == types)
        };
        of(true).chain(of(false))
    }
}

fn line<'n>(path: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names[..] {
        [] => String::new(),
        [one] => format!("use {path}::{one};\n\n"),
        _ => format!("use {path}::{{{}}};\n\n", names.join(", ")),
    }
}
