//! `outlive gen`: the Rust or Go side of a table, from its C header.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use outlive_gen::go::{self, GoOptions};
use outlive_gen::header::Header;
use outlive_gen::model::Table;
use outlive_gen::options::Options;
use outlive_gen::proposal::Language;
use outlive_gen::quoted::quoted;
use outlive_gen::roles::Note;
use outlive_gen::rust::RustOptions;
use outlive_gen::unit::Unit;
use outlive_gen::unsaid::HEADING;
use outlive_gen::{read, roles, rust};

use crate::gen_args::{GoArgs, Language as Command, RustArgs, UseMacro};
use crate::header_args::HeaderArgs;
use crate::init;
use crate::listing;
use crate::sections::{Kind, Section, Sections};

/// Writes what was asked for, or nothing at all.
pub fn run(language: Command) -> Result<()> {
    match language {
        Command::Rust(args) => run_rust(*args),
        Command::Go(args) => run_go(*args),
        Command::Init(args) => init::run(args.language, options),
    }
}

fn run_rust(args: RustArgs) -> Result<()> {
    let header = header(args.header);
    let Sections(sections) = args.sections;
    if sections.is_empty() {
        return list(&header, Language::Rust, args.output, args.json);
    }
    let tables = tables(&header, &sections)?;
    let units = units(sections, &tables)?;
    let rust = RustOptions {
        command_line: command_line(),
        sys: args.sys,
        without_macro: args.use_macro == UseMacro::No,
    };
    let text = rust::write(&header, &units, &rust)?;
    match args.output {
        Some(path) => write_new(&path, &text, args.force),
        None => io::stdout().write_all(text.as_bytes()).context("standard output"),
    }?;
    tell(units.iter().flat_map(|unit| &unit.roles.notes));
    Ok(())
}

/// Reads what the command line names.
fn tables(header: &Header, sections: &[Section]) -> Result<Vec<Table>> {
    let tables = sections.iter().map(|section| match section.kind {
        Kind::Table => read::read(header, &section.c),
        Kind::Function => read::read_function(header, &section.c),
    });
    Ok(tables.collect::<Result<_, _>>()?)
}

/// Each with what is said of it.
fn units(sections: Vec<Section>, tables: &[Table]) -> Result<Vec<Unit<'_>>> {
    let units = sections.into_iter().zip(tables).map(|(section, table)| {
        let name = section.name.clone();
        Ok(Unit { roles: roles::assign(table, &options(section))?, name })
    });
    units.collect()
}

/// Says what nobody has said, as the file does.
fn tell<'n>(notes: impl IntoIterator<Item = &'n Note>) {
    let notes: String = notes.into_iter().map(|note| format!("  {note}\n")).collect();
    if !notes.is_empty() {
        // Where nobody reads it, as behind `2>&1 | head`, nothing is lost: the file has it too.
        let _ = write!(io::stderr(), "outlive: {HEADING}\n{notes}");
    }
}

/// Lists what there is, where nothing was named.
fn list(header: &Header, language: Language, output: Option<PathBuf>, json: bool) -> Result<()> {
    if output.is_some() {
        bail!("-o is for what is named: name at least one --table STRUCT or --function TYPEDEF");
    }
    listing::print(header, language, json)
}

/// Writes a file whose methods are then the user's to write, so that it is not written over unasked.
fn write_new(path: &Path, text: &str, force: bool) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    match force {
        true => options.write(true).create(true).truncate(true),
        false => options.write(true).create_new(true),
    };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
        bail!(
            "{} is there, and may have methods of yours: name another file, or add --force",
            path.display()
        );
    }
    written.with_context(|| format!("{}", path.display()))
}

fn run_go(args: GoArgs) -> Result<()> {
    let header = header(args.header);
    let Sections(sections) = args.sections;
    if sections.is_empty() {
        return list(&header, Language::Go, args.output, args.json);
    }
    let tables = tables(&header, &sections)?;
    let units = units(sections, &tables)?;
    go::check(&units, &header)?;
    let first = tables.first().map_or("", |table| table.name.as_str());
    let directory = args.output.unwrap_or_else(|| PathBuf::from(go::package_name(first)));
    let package = match (args.package, directory.file_name()) {
        (Some(package), _) => package,
        (None, Some(name)) => go::package_name(&name.to_string_lossy()),
        (None, None) => go::package_name(first),
    };
    let go = GoOptions::new(&header, &directory, &package, &command_line());
    let files = go::write(&units, &go)?;
    check_package(&directory, &files)?;
    write_all(&directory, &files)?;
    tell(units.iter().flat_map(|unit| &unit.roles.notes));
    Ok(())
}

/// Refuses to write over files of the user's, and to leave some that another command made: the names of a package are
/// given out by one.
fn check_package(directory: &Path, files: &[(String, String)]) -> Result<()> {
    let shown = directory.display();
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| shown.to_string())?,
    };
    for entry in entries {
        let path = entry.with_context(|| shown.to_string())?.path();
        let Some(name) = path.file_name().and_then(OsStr::to_str) else { continue };
        let generated = path.is_file() && is_generated(&path)?;
        match files.iter().any(|(file, _)| file == name) {
            true if !generated => bail!(
                "{} was not made by outlive gen go: move it, or give -o another directory",
                path.display()
            ),
            false if generated && name.ends_with("_export.go") => bail!(
                "{} was made by another command, and one makes all of a package: name all tables and functions in \
                 one, remove what it made before, or give -o another directory",
                path.display()
            ),
            _ => {}
        }
    }
    Ok(())
}

/// Whether the first line of a file says that it was made by `outlive gen go`.
fn is_generated(path: &Path) -> Result<bool> {
    let mut line = Vec::new();
    let file = fs::File::open(path).with_context(|| path.display().to_string())?;
    io::BufReader::new(file.take(200)).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).contains(go::MARK))
}

/// Writes all files, or none.
fn write_all(directory: &Path, files: &[(String, String)]) -> Result<()> {
    let named = |path: &Path| format!("{}", path.display());
    fs::create_dir_all(directory).with_context(|| named(directory))?;
    let staged = tempfile::tempdir_in(directory).with_context(|| named(directory))?;
    for (name, text) in files {
        fs::write(staged.path().join(name), text).with_context(|| named(&directory.join(name)))?;
    }
    for (name, _) in files {
        let to = directory.join(name);
        fs::rename(staged.path().join(name), &to).with_context(|| named(&to))?;
    }
    Ok(())
}

fn header(args: HeaderArgs) -> Header {
    Header {
        name: args.header,
        include: args.include,
        packages: args.packages,
        arguments: args.compiler,
    }
}

fn options(section: Section) -> Options {
    let Section { options: args, once, .. } = section;
    Options {
        state: args.state,
        instances: args.instances,
        user_data: args.user_data,
        user_data_expressions: args.user_data_expressions,
        destroy: args.destroy,
        constants: args.constants,
        written_by_c: args.written_by_c,
        zeros: args.zeros,
        only: args.only,
        skip: args.skip,
        takes_back: args.takes_back,
        lasts: args.lasts,
        once,
        keep: args.keep,
        tokens: args.tokens,
        fallbacks: args.fallbacks,
        lates: args.lates,
        panickeds: args.panickeds,
        errnos: args.errnos,
        slices: args.slices,
        raw: args.raw,
        strings: args.strings,
        copies: args.copies,
        references: args.references,
        outs: args.outs,
        wide: args.wide,
        completions: args.completions,
    }
}

/// The command line as one types it.
fn command_line() -> String {
    let words = std::env::args().skip(1).map(|word| quoted(&word));
    let line = std::iter::once("outlive".to_owned()).chain(words).collect::<Vec<_>>().join(" ");
    line.replace('\n', " ") // It stands in a comment of one line.
}
