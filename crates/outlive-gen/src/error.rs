//! What can go wrong, all of it before a file is written.

use std::fmt;

use crate::model::Place;

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no libclang to read the header with.
    #[error(
        "no libclang, which reads the header: install it (Debian: apt install libclang-dev; Windows: winget install LLVM.LLVM; macOS: xcode-select --install), or name its folder in LIBCLANG_PATH\n  {0}"
    )]
    NoLibclang(String),
    /// pkg-config does not know a package, or is not there.
    #[error("pkg-config: {0}")]
    PkgConfig(String),
    /// The header has errors of its own, or is not found.
    #[error("the header does not compile:\n{0}")]
    Header(String),
    /// There is no such struct.
    #[error("{header} has no struct or typedef `{table}`{}", similar(.names))]
    NoStruct {
        /// The header.
        header: String,
        /// What was asked for.
        table: String,
        /// Structs with similar names, or with callbacks.
        names: Vec<String>,
    },
    /// There is no such typedef of a function.
    #[error("{header} has no typedef `{name}` of a function or a function pointer{}", similar(.names))]
    NoFunction {
        /// The header.
        header: String,
        /// What was asked for.
        name: String,
        /// Typedefs of functions with similar names.
        names: Vec<String>,
    },
    /// What was asked for is there, and is something else.
    #[error("{place}: `{name}` is {is}, and no {wanted}{hint}")]
    Other {
        /// Its declaration.
        place: Place,
        /// What was asked for.
        name: String,
        /// What it is.
        is: String,
        /// What it was to be.
        wanted: &'static str,
        /// What to write instead, behind a colon, or nothing.
        hint: String,
    },
    /// The header declares the struct, and has no members for it.
    #[error("{place}: `{table}` is only declared: name the header that defines it")]
    Incomplete {
        /// The declaration.
        place: Place,
        /// The struct.
        table: String,
    },
    /// Nothing that C could call.
    #[error("{place}: `{table}` has no function pointers, so that it is no callback table")]
    NoCallbacks {
        /// The definition.
        place: Place,
        /// The struct.
        table: String,
    },
    /// What an option says cannot be.
    #[error("{0}")]
    Option(String),
    /// Callbacks and members for which there is no mapping.
    #[error("this cannot be mapped:\n{}", lines(.0))]
    Unmapped(Vec<Unmapped>),
    /// An error of the system's with a file or a program.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// bindgen could not write the C declarations.
    #[error("bindgen: {0}")]
    Bindgen(String),
}

/// Something in the header without a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmapped {
    /// Its line.
    pub place: Place,
    /// The member, and the parameter where it is one.
    pub what: String,
    /// Why, and what to do.
    pub reason: String,
}

impl fmt::Display for Unmapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.what, self.reason)
    }
}

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;

fn similar(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; there are {}", names.join(", ")) }
}

fn lines(unmapped: &[Unmapped]) -> String {
    unmapped.iter().map(|one| format!("  {one}")).collect::<Vec<_>>().join("\n")
}
