//! The command line of `outlive gen`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use crate::header_args::HeaderArgs;
use crate::init::InitArgs;
use crate::sections::Sections;

#[derive(Debug, ClapArgs)]
pub struct GenArgs {
    #[command(subcommand)]
    pub language: Language,
}

#[derive(Debug, Subcommand)]
pub enum Language {
    /// Write a Rust file: the C declarations, a `#[callbacks]` block for each struct, and what holds a closure for each function
    ///
    /// Without --table and --function it lists what the header has, with the options that seem to be needed for each, to be
    /// copied.
    ///
    /// It compiles as it is; each method does what a refused call does, until you write it. It needs
    /// the crate `outlive`, and `libc` with --errno.
    ///
    /// What stands behind a --table or --function is said of that one, up to the next; what stands before the first
    /// one is said of all. Where an option names a MEMBER, that of a --function is the function itself, by its TYPEDEF.
    #[command(after_help = RUST_EXAMPLES)]
    Rust(Box<RustArgs>),
    /// Write a Go package: an interface for each struct, a type for each function, and what holds them
    ///
    /// Without --table and --function it lists what the header has, with the options that seem to be needed for each, to be
    /// copied.
    ///
    /// For each --table and --function it has NAME.go, NAME_export.go and NAME_trampolines.c and .h, and beside them a
    /// copy of outlive.h. It needs the module outlive.dev/go, and a C compiler to be built.
    ///
    /// What stands behind a --table or --function is said of that one, up to the next; what stands before the first
    /// one is said of all. Where an option names a MEMBER, that of a --function is the function itself, by its TYPEDEF.
    #[command(after_help = GO_EXAMPLES)]
    Go(Box<GoArgs>),
    /// Make a crate or a Go module that builds, with a test in which C calls each callback
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
}

const RUST_EXAMPLES: &str = "\
Examples:
  outlive gen rust lzma.h --table lzma_allocator --user-data opaque -o src/allocator.rs
  outlive gen rust include/hub.h --table vde_event_handler --state none \\
      --token event_add --token event_del.ev --takes-back event_del -- -DHUB_VERSION=2
  outlive gen rust hub.h -o src/hub.rs --fallback '*=-1' \\
      --table hub_listener=Listener --last on_close --zero '*' \\
      --function hub_log_cb --string hub_log_cb.text --function hub_done_cb --once";

const INIT_EXAMPLES: &str = "\
Examples:
  outlive gen init rust lzma.h --pkg-config liblzma --table lzma_allocator --proposed -o allocator
  outlive gen init go include/hub.h --table hub_listener --fallback '*=-1' --zero '*' -o hub";

const GO_EXAMPLES: &str = "\
Examples:
  outlive gen go ares.h --table ares_socket_functions --pkg-config libcares \\
      --fallback '*=-1' --errno asocket=ECANCELED -o internal/sockets
  outlive gen go git2.h --table git_remote_callbacks --pkg-config libgit2 --user-data payload \\
      --constant version=GIT_REMOTE_CALLBACKS_VERSION --fallback '*=-1' \\
      --only transfer_progress,update_tips --string update_tips.refname -o progress
  outlive gen go hub.h --pkg-config hub -o hub \\
      --table hub_listener --fallback '*=-1' --last on_close \\
      --function hub_log_cb=Log --string hub_log_cb.text --function hub_done_cb --once";

#[derive(Debug, ClapArgs)]
pub struct RustArgs {
    #[command(flatten)]
    pub header: HeaderArgs,
    /// List what is there as JSON
    #[arg(long, conflicts_with_all = ["tables", "functions"])]
    pub json: bool,
    #[command(flatten)]
    pub sections: Sections,
    /// A module that has the C declarations, such as libgit2_sys or crate::sys; without it the file has its own
    ///
    /// The types of the methods are those of the header, as bindgen calls them. Where those of the module differ, rustc says
    /// so. With a module of another crate, what is the C library's own, such as a `struct timeval`, is the crate libc's.
    #[arg(long, value_name = "PATH")]
    pub sys: Option<String>,
    /// Whether the file uses `#[callbacks]`; `no` writes out what it makes, for a crate without procedural macros
    ///
    /// Write the bodies of the methods only, then; for other parameters run the command again. The crate can depend on outlive
    /// with default-features = false.
    #[arg(long = "macro", value_name = "YES|NO", value_enum, default_value_t = UseMacro::Yes, hide_default_value = true)]
    pub use_macro: UseMacro,
    /// The file to write; standard output, unless given
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over FILE if it is there, and over what you have written in it
    #[arg(short, long, requires = "output")]
    pub force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UseMacro {
    Yes,
    No,
}

#[derive(Debug, ClapArgs)]
pub struct GoArgs {
    #[command(flatten)]
    pub header: HeaderArgs,
    /// The directory to write into, made if it is not there; called as the package, unless given
    ///
    /// Files that were made before are written over; those of yours are not. One command makes all of a package.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The package's name; the directory's, unless given
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// List what is there as JSON
    #[arg(long, conflicts_with_all = ["tables", "functions"])]
    pub json: bool,
    #[command(flatten)]
    pub sections: Sections,
}
