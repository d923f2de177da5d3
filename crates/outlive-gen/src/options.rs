//! What the command line says of a table: what the header cannot say.

/// What its members and parameters are. A parameter is `MEMBER.NAME` or, as it may have no name, `MEMBER.NUMBER`,
/// counted from 0. Where several can be meant, each `*` of a name stands for any letters.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How a call finds its host value; found out where it is `None`.
    pub state: Option<State>,
    /// How many tables can be held at once with [`State::None`].
    pub instances: Option<u32>,
    /// The member that carries the user data, too.
    pub user_data: Option<String>,
    /// The member that C calls when it has used the user data for the last time.
    pub destroy: Option<String>,
    /// `MEMBER=VALUE`: members that have a fixed value.
    pub constants: Vec<String>,
    /// Members that C writes.
    pub written_by_c: Vec<String>,
    /// Members that are no callbacks and stay zero. A `*` takes those that nothing else names.
    pub zeros: Vec<String>,
    /// The callbacks that the host has; all, if there are none here.
    pub only: Vec<String>,
    /// Callbacks that the host does not have: C finds NULL.
    pub skip: Vec<String>,
    /// `MEMBER`, for its result, or a parameter: pointers that are tokens of the host's.
    pub tokens: Vec<String>,
    /// The callbacks by which C takes back what it was lent; the value is kept then, too.
    pub takes_back: Vec<String>,
    /// Whether the host value lives until the release, and not only until the end.
    pub keep: bool,
    /// `MEMBER=VALUE`: what a refused call returns.
    pub fallbacks: Vec<String>,
    /// `MEMBER=NAME`: what a refused call leaves in errno.
    pub errnos: Vec<String>,
    /// `MEMBER.POINTER=COUNT`: a pointer to so many elements as another parameter says.
    pub slices: Vec<String>,
    /// Parameters to pass on as the pointers they are. A `*` of other options does not take them.
    pub raw: Vec<String>,
    /// Parameters that are strings: `char *` to bytes that end with a NUL. A `*` takes each `const char *`.
    pub strings: Vec<String>,
    /// Parameters that point to one struct, of which the host gets a copy. A `*` takes const structs.
    pub copies: Vec<String>,
    /// Parameters that point to one number, or to where an address goes, which the host uses where it is.
    pub references: Vec<String>,
    /// Parameters that point to where the host puts one value. A `*` takes pointers to values of several bytes.
    pub outs: Vec<String>,
    /// `MEMBER=EXPR`, C over the parameters: what finds the user data, where it is no parameter.
    pub user_data_expressions: Vec<String>,
    /// The callbacks that C calls last.
    pub lasts: Vec<String>,
    /// Whether C calls the one function at most once.
    pub once: bool,
    /// `MEMBER=VALUE`: what a call returns that comes after the end.
    pub lates: Vec<String>,
    /// `MEMBER=VALUE`: what a call returns whose method has panicked.
    pub panickeds: Vec<String>,
    /// `MEMBER.PARAMETER=COOKIE:WHEN_DROPPED[,any-thread]`: functions that C is to be answered by.
    pub completions: Vec<String>,
    /// Parameters, results and fields of the type `size_t` that count no memory of this process's.
    pub wide: Vec<String>,
}

/// How a call finds its host value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// By a `void *` that C passes: the parameter's name or number, where it is said.
    Argument(Option<String>),
    /// By the address of the table, which C passes.
    Table(Option<TableAt>),
    /// C passes nothing of the host's: the table's own code leads to the value.
    None,
}

/// Which parameter leads to the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableAt {
    /// Its name or number.
    pub parameter: String,
    /// The member of what it points to that is the table; none where it points to the table.
    pub member: Option<String>,
}

impl std::str::FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "none" => Ok(State::None),
            None if text == "arg" => Ok(State::Argument(None)),
            None if text == "table" => Ok(State::Table(None)),
            Some(("arg", which)) if !which.is_empty() => {
                Ok(State::Argument(Some(which.to_owned())))
            }
            Some(("table", which)) if !which.is_empty() => {
                let (parameter, member) = match which.split_once('+') {
                    Some((parameter, member)) => (parameter, Some(member.to_owned())),
                    None => (which, None),
                };
                Ok(State::Table(Some(TableAt { parameter: parameter.to_owned(), member })))
            }
            _ => Err("the state is `arg`, `arg=PARAMETER`, `none`, `table`, `table=PARAMETER` or \
                      `table=PARAMETER+MEMBER`"
                .to_owned()),
        }
    }
}
