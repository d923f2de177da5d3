//! The Go side of a table: a package with an interface, its trampolines in C, and what is between them.
//!
//! * `STRUCT.go` has the interface, the types of its methods, and `Hold`;
//! * `STRUCT_export.go` the functions that the trampolines call;
//! * `STRUCT_trampolines.h` and `.c` the trampolines, and the table's description.

mod copies;
mod export;
mod interface;
mod names;
mod options;
mod structs;
mod table;
mod trampolines;
mod types;

use crate::error::Result;
use crate::roles::Roles;

pub use names::package_name;
pub use options::{GoOptions, MARK};

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
