//! The Go side of tables and functions: a package with an interface for each struct, a type for each function, their
//! trampolines in C, and what is between them.
//!
//! * `NAME.go` has the interface or type, the types of its methods, and what holds a value;
//! * `NAME_export.go` the functions that the trampolines call;
//! * `NAME_trampolines.h` and `.c` the trampolines, and the table's description;
//! * `outlive_no_cgo.go` says what is missing where Go may not use C;
//! * `outlive.h`, a copy of the library's header, is beside them where the package is not in the module that has it.

mod answering;
mod answers;
mod checks;
mod copies;
mod export;
mod interface;
mod names;
mod options;
mod scaffold;
mod structs;
mod table;
mod trampolines;
mod types;

use std::collections::HashSet;

use crate::error::{Error, Result};

pub use crate::unit::Unit;
pub use checks::check;
pub use names::package_name;
pub use options::{GoOptions, MARK, relative};
pub use scaffold::scaffold;

/// What Go compiles of a package where it may not use C.
const NO_CGO: &str = "outlive_no_cgo.go";

/// What generated C includes.
const OUTLIVE_H: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../outlive-capi/include/outlive.h"));

/// Writes the package's files: names, and texts.
///
/// # Errors
///
/// [`Error::Unmapped`] names all that there is no mapping for.
pub fn write(units: &[Unit<'_>], options: &GoOptions) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let plans = table::plan(units, options)?;
    files.extend(plans.first().map(|plan| (NO_CGO.to_owned(), interface::without_cgo(plan))));
    for plan in &plans {
        let file = names::file_name(&plan.table.name);
        files.extend([
            (format!("{file}.go"), interface::text(plan)),
            (format!("{file}_export.go"), export::text(plan)),
            (format!("{file}_trampolines.h"), trampolines::header(plan)),
            (format!("{file}_trampolines.c"), trampolines::source(plan)),
        ]);
    }
    if options.outlive_h.is_none() {
        files.push(("outlive.h".to_owned(), format!("/* {MARK} */\n{OUTLIVE_H}")));
    }
    let mut seen = HashSet::new();
    match files.iter().find(|(name, _)| !seen.insert(name.to_lowercase())) {
        None => Ok(files),
        Some((name, _)) => Err(Error::Option(format!(
            "two would be written into {name}: name each table and function once"
        ))),
    }
}
