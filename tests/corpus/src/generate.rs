//! One entry in one language: options, and the texts that they give.

use outlive_gen::calls;
use outlive_gen::error::Result;
use outlive_gen::go::{self, GoOptions};
use outlive_gen::header::Header;
use outlive_gen::model::Table;
use outlive_gen::options::Options;
use outlive_gen::proposal::{Language, Proposal, propose};
use outlive_gen::rust::RustOptions;
use outlive_gen::unit::Unit;
use outlive_gen::{roles, rust};

use crate::entry::Entry;

/// What is to be compiled for an entry.
#[derive(Debug)]
pub struct Generated {
    /// The options that were proposed.
    pub proposal: Proposal,
    /// Names and texts of files.
    pub files: Vec<(String, String)>,
}

/// Generates the entry with the options that are proposed, and with those that it says itself.
pub fn generate(
    entry: &Entry,
    table: &Table,
    language: Language,
    without_macro: bool,
) -> Result<Generated> {
    let proposal = propose(table, language)?;
    let mut options = proposal.options()?;
    entry.options.iter().try_for_each(|(option, value)| options.say(option, value))?;
    let header = entry.header();
    let files = match language {
        Language::Rust => rust_files(entry, &header, table, &options, without_macro)?,
        Language::Go => go_files(entry, &header, table, &options)?,
    };
    Ok(Generated { proposal, files })
}

fn rust_files(
    entry: &Entry,
    header: &Header,
    table: &Table,
    options: &Options,
    without_macro: bool,
) -> Result<Vec<(String, String)>> {
    let name = &entry.name;
    let units = [Unit { roles: roles::assign(table, options)?, name: None }];
    let rust_options = RustOptions { without_macro, ..RustOptions::new("outlive gen rust") };
    let source = calls::source(&header.including_file(), &[&units[0].roles]);
    Ok(vec![
        (format!("{name}.rs"), rust::write(header, &units, &rust_options)?),
        (format!("{name}_test.rs"), rust::tests(&format!("crate::{name}"), &units)?),
        (format!("{name}.c"), source),
    ])
}

fn go_files(
    entry: &Entry,
    header: &Header,
    table: &Table,
    options: &Options,
) -> Result<Vec<(String, String)>> {
    let roles = roles::assign(table, options)?;
    let units = [Unit { roles, name: None }];
    go::check(&units, header)?;
    let options = GoOptions::new(header, entry.name.as_ref(), &entry.name, "outlive gen go");
    let mut files = go::write(&units, &options)?;
    files.extend(go::scaffold(&units, &options)?);
    Ok(files)
}
