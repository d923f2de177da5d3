//! What the command line of `outlive gen` says of the header.

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub struct HeaderArgs {
    /// The C header: a path, or a name that is found in the include path
    #[arg(value_name = "HEADER")]
    pub header: String,
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
