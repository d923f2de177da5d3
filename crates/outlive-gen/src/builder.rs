//! Generating from a program, such as a `build.rs`.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::go::{self, GoOptions};
use crate::header::Header;
use crate::model::Table;
use crate::options::Options;
use crate::proposal::{Language, propose};
use crate::quoted::quoted;
use crate::roles;
use crate::rust::RustOptions;
use crate::unit::Unit;
use crate::{read, rust};

/// Generates the Rust or Go side of tables and functions of a header, as the command `outlive gen` does.
///
/// What stands behind [`table`](Builder::table) or [`function`](Builder::function) is said of that one, up to the next; what stands before the
/// first one is said of all. The options have the names and values that they have on the command line.
///
/// ```
/// use outlive_gen::Builder;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(
/// #     folder.path().join("hub.h"),
/// #     "struct hub_listener { int (*on_line)(const char *line, void *arg); };",
/// # )?;
/// # let header = folder.path().join("hub.h").display().to_string();
/// # let tried = Builder::new(header.as_str()).table("hub_listener").option("--fallback", "*=0");
/// # if let Err(outlive_gen::error::Error::NoLibclang(_)) = tried.declarations() {
/// #     return Ok(());
/// # }
/// // In a build.rs: `let header = "c/hub.h";`, and `OUT_DIR` for the file.
/// let text = Builder::new(header)
///     .table("hub_listener")
///     .option("--fallback", "*=-1")
///     .option("--string", "on_line.line")
///     .rust()?;
/// assert!(text.contains("fn on_line(&self, line: Option<&CStr>) -> c_int"));
/// # Ok(())
/// # }
/// ```
///
/// The file that [`rust`](Builder::rust) gives has methods for you to write, so that it is made once and then yours. What a `build.rs`
/// makes at each build are the C declarations: [`declarations`](Builder::declarations).
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) header: Header,
    /// The module that has the declarations.
    sys: Option<String>,
    without_macro: bool,
    /// What is said of all.
    all: Vec<(String, String)>,
    pub(crate) items: Vec<Item>,
}

/// A table or a function.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub c: String,
    /// The name of its type.
    pub name: Option<String>,
    pub is_function: bool,
    is_proposed: bool,
    pub said: Vec<(String, String)>,
}

impl Builder {
    /// Begins with a header: a path, or a name that is found in the include path.
    pub fn new(header: impl Into<String>) -> Builder {
        let header = Header { name: header.into(), ..Header::default() };
        Builder { header, sys: None, without_macro: false, all: Vec::new(), items: Vec::new() }
    }

    /// A package of pkg-config's that has the header.
    #[must_use]
    pub fn pkg_config(mut self, package: impl Into<String>) -> Builder {
        self.header.packages.push(package.into());
        self
    }

    /// An option for the C compiler, such as `-Iinclude`.
    #[must_use]
    pub fn compiler_option(mut self, option: impl Into<String>) -> Builder {
        self.header.arguments.push(option.into());
        self
    }

    /// A module that has the C declarations, such as `libgit2_sys` or `crate::sys`: the Rust file has none of its own then.
    #[must_use]
    pub fn sys(mut self, path: impl Into<String>) -> Builder {
        self.sys = Some(path.into());
        self
    }

    /// What `#[callbacks]` makes is written out in the Rust file, so that its crate can depend on `outlive` without the feature
    /// `macros`.
    #[must_use]
    pub fn without_macro(mut self) -> Builder {
        self.without_macro = true;
        self
    }

    /// A struct of function pointers: its tag, or a typedef's name; `STRUCT=NAME` for a type of another name.
    #[must_use]
    pub fn table(self, name: impl Into<String>) -> Builder {
        self.item(name.into(), false)
    }

    /// A typedef of a function or a function pointer; `TYPEDEF=NAME` for a type of another name.
    #[must_use]
    pub fn function(self, name: impl Into<String>) -> Builder {
        self.item(name.into(), true)
    }

    fn item(mut self, said: String, is_function: bool) -> Builder {
        let (c, name) = match said.split_once('=') {
            Some((c, name)) => (c.to_owned(), Some(name.to_owned())),
            None => (said, None),
        };
        self.items.push(Item { c, name, is_function, is_proposed: false, said: Vec::new() });
        self
    }

    /// An option of the command line, with its value: `option("--fallback", "*=-1")`; `--once` has `""`.
    #[must_use]
    pub fn option(mut self, option: impl Into<String>, value: impl Into<String>) -> Builder {
        let said = (option.into(), value.into());
        match self.items.last_mut() {
            Some(item) => item.said.push(said),
            None => self.all.push(said),
        }
        self
    }

    /// All that `options` says, of the last table or function.
    #[must_use]
    pub fn options(self, options: &Options) -> Builder {
        options
            .words()
            .into_iter()
            .fold(self, |builder, (option, value)| builder.option(option, value))
    }

    /// Takes for the last table or function the options that [`propose`] finds, beside what is said: guesses by names and types, which
    /// `outlive gen` lists with their reasons.
    #[must_use]
    pub fn proposed(mut self) -> Builder {
        if let Some(item) = self.items.last_mut() {
            item.is_proposed = true;
        }
        self
    }

    /// The Rust file: the C declarations and a `#[callbacks]` block.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the header or the options, in words that name the header's line and the option.
    pub fn rust(&self) -> Result<String> {
        self.with_units(Language::Rust, |units| {
            let options = RustOptions {
                command_line: self.command("rust"),
                sys: self.sys.clone(),
                without_macro: self.without_macro,
            };
            rust::write(&self.header, units, &options)
        })
    }

    /// The same with the options in full: those that were said of all, and those that are proposed, with each.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the header or the options.
    pub fn resolved(&self, language: Language) -> Result<Builder> {
        let mut resolved = Builder { all: Vec::new(), ..self.clone() };
        for item in &mut resolved.items {
            let options = item.options(&item.read(&self.header)?, language, &self.all)?;
            let words = options.words().into_iter();
            item.said = words.map(|(option, value)| (option.to_owned(), value)).collect();
            item.is_proposed = false;
        }
        Ok(resolved)
    }

    /// The C declarations of the Rust file alone, for a module `sys` of your crate.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the header or the options, in words that name the header's line and the option.
    pub fn declarations(&self) -> Result<String> {
        self.with_units(Language::Rust, |units| rust::declarations(&self.header, units))
    }

    /// Writes what [`declarations`](Builder::declarations) gives into a file, for `include!`, and has cargo run the `build.rs` again when
    /// the header changes.
    ///
    /// # Errors
    ///
    /// As [`declarations`](Builder::declarations), and [`Error::Io`] if the file cannot be written.
    pub fn write_declarations(&self, path: &Path) -> Result<()> {
        if let Some(header) = self.header.path() {
            println!("cargo::rerun-if-changed={}", header.display());
        }
        let text = self.declarations()?;
        fs::write(path, text).map_err(|error| Error::Io(path.display().to_string(), error))
    }

    /// The C compiler's options for code that includes the header: those that were said, and pkg-config's.
    ///
    /// # Errors
    ///
    /// [`Error::PkgConfig`] if a package is not there.
    pub fn compiler_options(&self) -> Result<Vec<String>> {
        self.header.compiler_arguments()
    }

    /// The files of a Go package, each with its name. `directory` is where they are to be, relative paths lead from there.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the header or the options, in words that name the header's line and the option.
    pub fn go(&self, directory: &Path, package: &str) -> Result<Vec<(String, String)>> {
        self.with_units(Language::Go, |units| {
            go::check(units, &self.header)?;
            go::write(units, &self.go_options(directory, package))
        })
    }

    pub(crate) fn go_options(&self, directory: &Path, package: &str) -> GoOptions {
        GoOptions::new(&self.header, directory, package, &self.command("go"))
    }

    /// Writes what [`rust`](Builder::rust) gives into a file that is not there yet.
    ///
    /// # Errors
    ///
    /// As [`rust`](Builder::rust), and [`Error::Io`] if the file is there: it may have methods of yours.
    pub fn write_rust(&self, path: &Path) -> Result<()> {
        let text = self.rust()?;
        let named = |error| Error::Io(path.display().to_string(), error);
        let mut file = fs::File::create_new(path).map_err(named)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(named)
    }

    pub(crate) fn with_units<T>(
        &self,
        language: Language,
        write: impl FnOnce(&[Unit<'_>]) -> Result<T>,
    ) -> Result<T> {
        if self.items.is_empty() {
            let why =
                "name at least one table with Builder::table, or a function with Builder::function";
            return Err(Error::Option(why.to_owned()));
        }
        let tables = self.items.iter().map(|item| item.read(&self.header));
        let tables = tables.collect::<Result<Vec<Table>>>()?;
        let units = self.items.iter().zip(&tables).map(|(item, table)| {
            let options = item.options(table, language, &self.all)?;
            Ok(Unit { roles: roles::assign(table, &options)?, name: item.name.clone() })
        });
        write(&units.collect::<Result<Vec<_>>>()?)
    }

    /// The command line that does the same.
    fn command(&self, language: &str) -> String {
        let mut words = vec!["outlive", "gen", language, &self.header.name];
        self.header.packages.iter().for_each(|package| words.extend(["--pkg-config", package]));
        let pairs = |said: &'_ [(String, String)]| -> Vec<String> {
            said.iter().flat_map(|(option, value)| [option.clone(), value.clone()]).collect()
        };
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        words.extend(pairs(&self.all));
        for item in &self.items {
            let kind = if item.is_function { "--function" } else { "--table" };
            let name = item.name.iter().map(|name| format!("={name}")).collect::<String>();
            words.extend([kind.to_owned(), format!("{}{name}", item.c)]);
            words.extend(pairs(&item.said));
        }
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        words.join(" ").replace('\n', " ")
    }
}

impl Item {
    fn read(&self, header: &Header) -> Result<Table> {
        match self.is_function {
            true => read::read_function(header, &self.c),
            false => read::read(header, &self.c),
        }
    }

    fn options(
        &self,
        table: &Table,
        language: Language,
        all: &[(String, String)],
    ) -> Result<Options> {
        let mut options = match self.is_proposed {
            true => propose(table, language)?.options()?,
            false => Options::default(),
        };
        all.iter().chain(&self.said).try_for_each(|(option, value)| options.say(option, value))?;
        Ok(options)
    }
}
