//! The headers of the tests.

#![allow(dead_code)]

use std::path::{Path, PathBuf};

use outlive_gen::error::Error;
use outlive_gen::header::Header;
use outlive_gen::model::{Member, Table};
use outlive_gen::options::Options;
use outlive_gen::{read, roles};

/// Whether there is a libclang; the tests that need it are skipped where there is none.
pub fn no_libclang() -> bool {
    let missing = matches!(read::read(&tricky(), "tricky"), Err(Error::NoLibclang(_)));
    if missing {
        eprintln!("skipped: no libclang; ci/install.sh installs it");
    }
    missing
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/headers")
}

/// `tests/headers/tricky.h`, with all that it needs.
pub fn tricky() -> Header {
    Header {
        name: folder().join("tricky.h").display().to_string(),
        arguments: vec![
            format!("-I{}", folder().join("include").display()),
            "-DTRICKY_LEVEL=2".into(),
        ],
        ..Header::default()
    }
}

/// `tests/headers/NAME`, which needs nothing.
pub fn plain(name: &str) -> Header {
    Header { name: folder().join(name).display().to_string(), ..Header::default() }
}

/// The header with every way in which C finds a host; `go/internal/gen/shapes` has what calls it.
pub fn shapes() -> Header {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../go/internal/gen/shapes/shapes.h");
    Header { name: path.to_owned(), ..Header::default() }
}

/// The table of `tests/headers/encoding.h`, whose pointers to `char` are strings or not.
pub fn read_encoding() -> Table {
    read::read(&plain("encoding.h"), "encoding").unwrap()
}

/// Options with which it can be had.
pub fn encoding_options() -> Options {
    Options {
        user_data: Some("data".into()),
        destroy: Some("release".into()),
        fallbacks: names(&["*=-1"]),
        zeros: names(&["map"]),
        ..Options::default()
    }
}

pub fn read_tricky(table: &str) -> Table {
    read::read(&tricky(), table).unwrap()
}

pub fn member<'t>(table: &'t Table, name: &str) -> &'t Member {
    table.members.iter().find(|member| member.name.as_deref() == Some(name)).unwrap()
}

/// The error for these options, in words.
pub fn refused(table: &Table, options: &Options) -> String {
    roles::assign(table, options).map(|_| ()).unwrap_err().to_string()
}

pub fn words(error: Error) -> String {
    error.to_string()
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
