//! What `corpus.toml` says.

use std::path::Path;

use anyhow::{Context, Result};
use outlive_gen::error::Error;
use outlive_gen::header::Header;
use outlive_gen::model::Table;
use outlive_gen::read;
use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// In the order of the table that is printed.
    pub entry: Vec<Entry>,
}

/// A callback table, or a type of functions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A name for it: that of a Rust module and a Go package.
    pub name: String,
    /// Debian's package that has the header.
    pub package: String,
    /// As it stands behind `#include`.
    pub header: String,
    /// Packages of pkg-config's.
    #[serde(default)]
    pub pkg_config: Vec<String>,
    /// Options for the C compiler.
    #[serde(default)]
    pub compiler: Vec<String>,
    /// The struct.
    pub table: Option<String>,
    /// The typedef of a function.
    pub function: Option<String>,
    /// What it needs beyond the options that are proposed: each an option and its value.
    #[serde(default)]
    pub options: Vec<(String, String)>,
}

impl Corpus {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Corpus> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Debian's packages, each once.
    pub fn packages(&self) -> Vec<&str> {
        let mut packages: Vec<&str> =
            self.entry.iter().map(|entry| entry.package.as_str()).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }
}

impl Entry {
    /// Its header.
    pub fn header(&self) -> Header {
        Header {
            name: self.header.clone(),
            include: None,
            packages: self.pkg_config.clone(),
            arguments: self.compiler.clone(),
        }
    }

    /// The struct or the typedef.
    pub fn c_name(&self) -> &str {
        self.table.as_deref().or(self.function.as_deref()).unwrap_or_default()
    }

    /// What the header says of it; `None` if the header is not there.
    pub fn read(&self) -> Result<Option<Table>, Error> {
        let header = self.header();
        let table = match &self.table {
            Some(name) => read::read(&header, name),
            None => read::read_function(&header, self.c_name()),
        };
        match table {
            Ok(table) => Ok(Some(table)),
            Err(Error::PkgConfig(_)) => Ok(None),
            Err(Error::Header(said)) if said.contains("file not found") => Ok(None),
            Err(error) => Err(error),
        }
    }
}
