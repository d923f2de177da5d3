//! What the command line of `outlive gen` says of one struct or function.

use clap::{ArgAction, Args as ClapArgs};
use outlive_gen::options::State;

/// A struct or function of a file or package.
#[derive(Debug, ClapArgs)]
pub struct ItemArgs {
    /// A struct of function pointers, its tag or a typedef's name; several, if they are given one by one
    ///
    /// NAME is the host's type in Rust, and the interface in Go; that of the struct without the library's, unless given.
    #[arg(long = "table", value_name = "STRUCT[=NAME]")]
    pub tables: Vec<String>,
    /// A typedef of a function or function pointer that C takes by itself; several
    ///
    /// Each has user data of its own. Functions that share one `void *` are the members of a struct in a header of yours,
    /// for --table.
    ///
    /// NAME is the type of what holds a closure in Rust, and of the functions in Go, where NewNAME holds one of them. In
    /// Rust it is a host with one method where an option says what a closure cannot have: text, tokens, --late.
    #[arg(long = "function", value_name = "TYPEDEF[=NAME]")]
    pub functions: Vec<String>,
    /// C calls the function at most once, and that call gives it back; in Go, NewNAMEOnce holds one
    #[arg(long)]
    pub once: bool,
}

#[derive(Debug, ClapArgs)]
pub struct TableArgs {
    /// How a call finds its host value: `arg`, `arg=PARAMETER`, `table`, `table=PARAMETER`, `table=PARAMETER+MEMBER` or `none`
    ///
    /// `arg`: by the `void *` that C passes, its user data: PARAMETER is a name, a number from 0, or `last` for the last
    /// `void *`; of several, as in arg=user,data, the first that a callback has. Where it has none such, it is what is
    /// called as user data is, and that is listed. `table`: by the address of the table, which C passes as
    /// the first parameter of its type or as PARAMETER; with MEMBER the table is a member of what PARAMETER points to. `none`: C passes
    /// nothing, so that each table has code of its own.
    #[arg(long, value_name = "STATE")]
    pub state: Option<State>,
    /// With --state none: how many tables can be held at once
    #[arg(long, value_name = "N")]
    pub instances: Option<u32>,
    /// The member that carries the user data, where the struct has one
    #[arg(long, value_name = "MEMBER")]
    pub user_data: Option<String>,
    /// A C expression that finds the user data, over the parameters' names; `*=EXPR`: for all. In Rust, an expression of Rust's, which stands in `unsafe`
    ///
    /// For user data that is no parameter, but behind one: `done=transfer->user_data`, `*=get_user_data(object)`. A
    /// parameter without a name is arg0, arg1 and so on.
    #[arg(long = "user-data-expr", value_name = "MEMBER=EXPR")]
    pub user_data_expressions: Vec<String>,
    /// The member that C calls with the user data that it will not use again
    #[arg(long, value_name = "MEMBER")]
    pub destroy: Option<String>,
    /// A member with a fixed value, such as a version: a number, a "string", or a constant of the header's
    #[arg(long = "constant", value_name = "MEMBER=VALUE")]
    pub constants: Vec<String>,
    /// Members that C writes
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub written_by_c: Vec<String>,
    /// Members that are no callbacks, and stay zero; '*': all of which no other option says what they are
    ///
    /// Whatever is no callback has to be decided: a --constant, --written-by-c, the --user-data, or zero.
    #[arg(long = "zero", value_name = "MEMBER", value_delimiter = ',')]
    pub zeros: Vec<String>,
    /// The callbacks to have; all, unless given
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Callbacks not to have: C finds NULL
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Callbacks by which C takes back what it was lent, such as the deletion of an event
    ///
    /// They are served until the release, while others are refused after the end. Implies --keep release.
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    pub takes_back: Vec<String>,
    /// Callbacks that C calls last: it uses the table no more after one of them
    ///
    /// A table that was handed over is given back by one, and after a revoke one is no accident. With --keep release they are served
    /// until the release.
    #[arg(long = "last", value_name = "MEMBER", value_delimiter = ',')]
    pub lasts: Vec<String>,
    /// Let the host value live until the release, and not only until the end: C goes on using memory of its
    #[arg(long, value_name = "release", action = ArgAction::Set, required = false)]
    pub keep: bool,
    /// A pointer that is a token of the host's: the result of MEMBER, or its PARAMETER
    #[arg(long = "token", value_name = "MEMBER[.PARAMETER]", value_delimiter = ',')]
    pub tokens: Vec<String>,
    /// What a refused call of MEMBER returns; `*=-1`: of all that can
    #[arg(long = "fallback", value_name = "MEMBER=VALUE", value_delimiter = ',')]
    pub fallbacks: Vec<String>,
    /// What a call of MEMBER returns that comes after the end, instead of the fallback
    #[arg(long = "late", value_name = "MEMBER=VALUE", value_delimiter = ',')]
    pub lates: Vec<String>,
    /// What a call of MEMBER returns whose method panics, instead of the fallback
    #[arg(long = "panicked", value_name = "MEMBER=VALUE", value_delimiter = ',')]
    pub panickeds: Vec<String>,
    /// What a refused call leaves in errno, such as ECANCELED
    #[arg(long = "errno", value_name = "MEMBER=NAME", value_delimiter = ',')]
    pub errnos: Vec<String>,
    /// A pointer to as many elements as another parameter says, before it or behind it
    ///
    /// Methods have it as a slice. In Rust that is an `Option<&[T]>` of const elements, or else an `Option<Buffer<T>>` to
    /// be written; in Go a copy of const elements, or else C's memory until they return. Bytes are behind a `char *` or
    /// `void *`. With MEMBER.PARAMETER.POINTER=COUNT both are members of the struct that PARAMETER points to: copies of
    /// that struct have a slice then, in Go.
    #[arg(long = "slice", value_name = "MEMBER.POINTER=COUNT", value_delimiter = ',')]
    pub slices: Vec<String>,
    /// A `char *` that is a string: a NUL ends it, or COUNT, another parameter, says how long it is
    ///
    /// Methods have it as `Option<&CStr>` in Rust, or with COUNT as `Option<&[u8]>`, and as a `string` in Go. Without
    /// this option it stays a pointer, because a header does not say whether there is a NUL. '*.*' takes every
    /// `const char *` of which no other option says what it is. For Go, MEMBER.PARAMETER.FIELD[=COUNT] names members of
    /// the struct that PARAMETER points to, of which all copies have a string then.
    #[arg(long = "string", value_name = "MEMBER.PARAMETER[=COUNT]", value_delimiter = ',')]
    pub strings: Vec<String>,
    /// A pointer to where the method puts one value: an out parameter
    ///
    /// Methods have it as `Option<Out<T>>` in Rust, and in Go as a `*T`, which is C's memory until they return: it must be
    /// NULL or valid. '*.*' takes pointers to values of several bytes that are not const.
    #[arg(long = "out", value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub outs: Vec<String>,
    /// A pointer to one struct, of which methods get a copy
    ///
    /// Methods have it as `Option<T>` in Rust and as a `*T` in Go, copied when C calls. Without this option it stays a
    /// pointer. '*.*' takes every pointer to a const struct whose members the
    /// header has.
    #[arg(long = "copy", value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub copies: Vec<String>,
    /// For Go: a pointer to one number, or to a pointer to a struct, which methods use where it is
    ///
    /// Methods have it as a `*T`, which is C's memory until they return: it must be NULL or valid. Without this option it is a
    /// `uintptr`. In Rust it stays a pointer. No `*` takes bytes. What a method only writes, --out says for both.
    #[arg(long = "reference", value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub references: Vec<String>,
    /// A pointer that is passed on as it is: what it points to is not read, and no `*` takes it
    #[arg(long, value_name = "MEMBER.PARAMETER", value_delimiter = ',')]
    pub raw: Vec<String>,
    /// For Go: a `size_t` that counts no memory of this process, and is to be a `uint64`: the result of MEMBER, its PARAMETER, or a
    /// member of the struct that PARAMETER points to
    ///
    /// Without this option it is an `int`, as lengths are in Go.
    #[arg(long = "uint64", value_name = "MEMBER[.PARAMETER[.FIELD]]", value_delimiter = ',')]
    pub wide: Vec<String>,
    /// For Go: a function, PARAMETER of MEMBER, by which C is to be answered once; methods get an outlive.Completion
    ///
    /// COOKIE is the parameter that the function is to be called with. Behind it stand the function's other arguments for an
    /// answer that nobody gives, because the call is refused or the method panics: 'start.done=cookie:-1'. With
    /// `,any-thread` C may be answered on any thread.
    #[arg(long = "completion", value_name = "MEMBER.PARAMETER=COOKIE[:VALUE...][,any-thread]")]
    pub completions: Vec<String>,
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command};
    use outlive_gen::options::Options;

    use super::TableArgs;

    #[test]
    fn the_library_knows_each_option_by_its_name() {
        let command = TableArgs::augment_args(Command::new("gen"));
        for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
            let said = Options::default().say(&format!("--{option}"), "1");
            let error = said.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(!error.contains("no such option"), "outlive_gen::words lacks --{option}");
        }
    }
}
