//! `outlive gen init`: a crate or a Go module that builds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args as ClapArgs, Subcommand};
use outlive_gen::options::Options;
use outlive_gen::{Builder, Source, go};

use crate::header_args::HeaderArgs;
use crate::sections::{Kind, Section, Sections};

#[derive(Debug, ClapArgs)]
pub struct InitArgs {
    #[command(subcommand)]
    pub language: Language,
}

#[derive(Debug, Subcommand)]
pub enum Language {
    /// Make a crate: build.rs with the C declarations, the callbacks, and a test in which C calls each
    Rust(Box<NewArgs>),
    /// Make a Go module, or a package in the module that DIR is in: hosts, and a test in which C calls each callback
    Go(Box<NewArgs>),
}

#[derive(Debug, ClapArgs)]
pub struct NewArgs {
    #[command(flatten)]
    pub header: HeaderArgs,
    #[command(flatten)]
    pub sections: Sections,
    /// Take the options that `outlive gen rust HEADER` lists for each table and function, beside those that are said
    #[arg(long)]
    pub proposed: bool,
    /// The directory to make, which is not there yet; the crate or module is called as it is
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// The clone of outlive that it depends on; that from which this command was built, unless given
    #[arg(long, value_name = "DIR")]
    pub outlive: Option<PathBuf>,
}

/// Makes the directory with all files, or none.
pub fn run(language: Language, options: impl Fn(Section) -> Options) -> Result<()> {
    let (is_rust, args) = match language {
        Language::Rust(args) => (true, *args),
        Language::Go(args) => (false, *args),
    };
    let directory = &args.output;
    ensure!(!directory.exists(), "{} is there: name a directory that is not", directory.display());
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let source = source(args.outlive)?;
    let builder = builder(args.header, args.sections, args.proposed, options)?;
    let files = match is_rust {
        true => builder.new_crate(directory, &name, &source)?,
        false => {
            let package = go::package_name(&name);
            let module = (!is_in_module(directory)).then_some((name.as_str(), &source));
            builder.new_module(directory, &package, module)?
        }
    };
    write(directory, &files)?;
    let test = if is_rust { "cargo test" } else { "go test" };
    println!("made {}: `{test}` there has C call each callback", directory.display());
    Ok(())
}

fn builder(
    header: HeaderArgs,
    Sections(sections): Sections,
    proposed: bool,
    options: impl Fn(Section) -> Options,
) -> Result<Builder> {
    if sections.is_empty() {
        bail!(
            "name at least one --table STRUCT or --function TYPEDEF: `outlive gen rust {}` lists them",
            header.header
        );
    }
    let mut builder = Builder::new(header.header);
    for package in header.packages {
        builder = builder.pkg_config(package);
    }
    for option in header.compiler {
        builder = builder.compiler_option(option);
    }
    for section in sections {
        let named = match &section.name {
            Some(name) => format!("{}={name}", section.c),
            None => section.c.clone(),
        };
        builder = match section.kind {
            Kind::Table => builder.table(named),
            Kind::Function => builder.function(named),
        };
        builder = if proposed { builder.proposed() } else { builder };
        builder = builder.options(&options(section));
    }
    Ok(builder)
}

/// While nothing is published, packages are found in a clone.
fn source(named: Option<PathBuf>) -> Result<Source> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let has_crates = |folder: &Path| folder.join("crates/outlive/Cargo.toml").is_file();
    let folder = match named {
        Some(folder) if !has_crates(&folder) => {
            bail!("--outlive {}: this is no clone of outlive", folder.display())
        }
        Some(folder) => folder,
        None if has_crates(&built_from) => built_from,
        None => return Ok(Source::Published),
    };
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    Ok(Source::Clone(folder.display().to_string()))
}

/// Whether a Go module has the directory in it.
fn is_in_module(directory: &Path) -> bool {
    let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    directory.ancestors().skip(1).any(|folder| folder.join("go.mod").is_file())
}

fn write(directory: &Path, files: &[(String, String)]) -> Result<()> {
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    let staged = tempfile::tempdir_in(parent).with_context(|| parent.display().to_string())?;
    for (name, text) in files {
        let path = staged.path().join(name);
        let named = || directory.join(name).display().to_string();
        fs::create_dir_all(path.parent().unwrap_or(staged.path())).with_context(named)?;
        fs::write(&path, text).with_context(named)?;
    }
    fs::rename(staged.path(), directory).with_context(|| directory.display().to_string())?;
    // Others than this user may read it: a temporary directory is one's own.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
