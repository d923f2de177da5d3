//! The command line of `outlive gen`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use outlive_gen::options::State;

#[derive(Debug, ClapArgs)]
pub struct GenArgs {
    #[command(subcommand)]
    pub language: Language,
}

#[derive(Debug, Subcommand)]
pub enum Language {
    /// Write a Rust file with the C declarations and a `#[callbacks]` block
    ///
    /// It compiles as it is; each method does what a refused call does, until you write it. It needs
    /// the crate `outlive`, and `libc` with --errno.
    #[command(after_help = RUST_EXAMPLES)]
    Rust(RustArgs),
    /// Write a Go package: an interface with a method for each callback, and Hold
    ///
    /// It consists of STRUCT.go, STRUCT_export.go and STRUCT_trampolines.c and .h. It needs the module
    /// outlive.dev/go, and the library outlive, found by pkg-config.
    #[command(after_help = GO_EXAMPLES)]
    Go(GoArgs),
}

const RUST_EXAMPLES: &str = "\
Examples:
  outlive gen rust lzma.h --table lzma_allocator --user-data opaque -o src/allocator.rs
  outlive gen rust include/hub.h --table vde_event_handler --state none \\
      --token event_add --token event_del.ev --takes-back event_del -- -DHUB_VERSION=2";

const GO_EXAMPLES: &str = "\
Examples:
  outlive gen go ares.h --table ares_socket_functions --pkg-config libcares \\
      --fallback '*=-1' --errno asocket=ECANCELED -o internal/sockets
  outlive gen go git2.h --table git_remote_callbacks --pkg-config libgit2 --user-data payload \\
      --constant version=GIT_REMOTE_CALLBACKS_VERSION --fallback '*=-1' \\
      --only transfer_progress,update_tips --string update_tips.refname -o progress";

#[derive(Debug, ClapArgs)]
pub struct RustArgs {
    #[command(flatten)]
    pub table: TableArgs,
    /// The file to write; standard output, unless given
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over FILE if it is there, and over what you have written in it
    #[arg(short, long, requires = "output")]
    pub force: bool,
}

#[derive(Debug, ClapArgs)]
pub struct GoArgs {
    #[command(flatten)]
    pub table: TableArgs,
    /// The directory to write into, made if it is not there; called as the package, unless given
    ///
    /// Files that were made before are written over; those of yours are not. A package has one table.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The interface's name; that of the struct without the library's, unless given
    #[arg(long, value_name = "NAME")]
    pub interface: Option<String>,
    /// The package's name; the directory's, unless given
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct TableArgs {
    /// The C header: a path, or a name that is found in the include path
    #[arg(value_name = "HEADER")]
    pub header: String,
    /// The struct of function pointers: its tag, or a typedef's name
    #[arg(long, value_name = "STRUCT")]
    pub table: String,
    /// How a call finds its host value: `arg`, `arg=PARAMETER` or `none`
    ///
    /// `arg`: by the `void *` that C passes, its user data: PARAMETER, a name or a number from 0, and
    /// where a callback has none such, what is called as user data is. `none`: C passes nothing, so that each table has code of its own.
    #[arg(long, value_name = "STATE")]
    pub state: Option<State>,
    /// With --state none: how many tables can be held at once
    #[arg(long, value_name = "N")]
    pub instances: Option<u32>,
    /// The member that carries the user data, where the struct has one
    #[arg(long, value_name = "MEMBER")]
    pub user_data: Option<String>,
    /// The member that C calls with the user data that it will not use again
    #[arg(long, value_name = "MEMBER")]
    pub destroy: Option<String>,
    /// A member with a fixed value, such as a version: a number, or a constant of the header's
    #[arg(long = "constant", value_name = "MEMBER=VALUE")]
    pub constants: Vec<String>,
    /// Members that C writes
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub written_by_c: Vec<String>,
    /// The callbacks to have; all, unless given. `*` at the end stands for any end
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Callbacks not to have: C finds NULL
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Callbacks by which C takes back what it was lent, such as the deletion of an event
    ///
    /// They are served until the release, while others are refused after the end. Implies --keep.
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub takes_back: Vec<String>,
    /// Let the host value live until the release, and not only until the end: C goes on using memory of its
    #[arg(long)]
    pub keep: bool,
    /// A pointer that is a token of the host's: the result of MEMBER, or its PARAMETER
    #[arg(long = "token", value_name = "MEMBER[.PARAMETER]", value_delimiter = ',')]
    pub tokens: Vec<String>,
    /// What a refused call of MEMBER returns; `*=-1`: of all that can
    #[arg(long = "fallback", value_name = "MEMBER=VALUE", value_delimiter = ',')]
    pub fallbacks: Vec<String>,
    /// What a refused call leaves in errno, such as ECANCELED
    #[arg(long = "errno", value_name = "MEMBER=NAME", value_delimiter = ',')]
    pub errnos: Vec<String>,
    /// A pointer to as many elements as another parameter says
    ///
    /// Methods have it as a slice in Go: a copy of const elements, or else C's memory until they return. In Rust it stays a
    /// pointer, beside the number.
    #[arg(long = "slice", value_name = "MEMBER.POINTER=COUNT", value_delimiter = ',')]
    pub slices: Vec<String>,
    /// A `char *` that is a string: a NUL ends it
    ///
    /// Methods have it as `Option<&CStr>` in Rust and as a `string` in Go, which reads it up to the NUL. Without this
    /// option it stays a pointer, because a header does not say whether there is a NUL. Each name may end in `*`: '*.*'
    /// takes every `const char *` of which no other option says what it is.
    #[arg(long = "string", value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub strings: Vec<String>,
    /// A pointer to one struct, of which methods get a copy
    ///
    /// Methods have it as `Option<T>` in Rust and as a `*T` in Go, copied when C calls. Without this option it stays a
    /// pointer. Each name may end in `*`, as for --string: '*.*' takes every pointer to a const struct whose members the
    /// header has.
    #[arg(long = "copy", value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub copies: Vec<String>,
    /// For Go: a pointer to one number, or to where an address goes, which methods use where it is
    ///
    /// Methods have it as a `*T`, which is C's memory until they return: it must be NULL or valid. Without this option it is a
    /// `uintptr`. In Rust it stays a pointer. Each name may end in `*`, as for --string; no `*` takes bytes.
    #[arg(long = "reference", value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub references: Vec<String>,
    /// A pointer that is passed on as it is: what it points to is not read, and no `*` takes it
    #[arg(long, value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub raw: Vec<String>,
    /// A package of pkg-config's that has the header
    #[arg(long = "pkg-config", value_name = "PACKAGE", value_delimiter = ',')]
    pub packages: Vec<String>,
    /// What stands behind #include in Go packages: <hub.h> or "../c/hub.h"
    #[arg(long, value_name = "HEADER")]
    pub include: Option<String>,
    /// Options for the C compiler, such as -I and -D, or -include HEADER for one that is needed first
    #[arg(last = true, value_name = "OPTION")]
    pub compiler: Vec<String>,
}
