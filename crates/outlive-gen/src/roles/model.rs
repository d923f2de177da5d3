//! The roles of a table's members and parameters.

use std::fmt;

use super::value::Value;
use crate::model::{Function, Member, Place, Table};

/// A table with the roles of everything in it. A backend needs nothing else.
#[derive(Clone, Debug)]
pub struct Roles<'t> {
    /// The table.
    pub table: &'t Table,
    /// The callbacks that the host has, in the header's order.
    pub callbacks: Vec<Callback<'t>>,
    /// With state none: how many tables can be held at once.
    pub instances: Option<u32>,
    /// With state table: C passes the address of the table.
    pub by_address: bool,
    /// The member that has the user data, too.
    pub user_data_member: Option<&'t Member>,
    /// C's destroy notify: the member, and which of its parameters is the user data.
    pub destroy: Option<(&'t Member, usize)>,
    /// Members that have the same value in each table.
    pub constants: Vec<(&'t Member, Value)>,
    /// Members that C writes.
    pub written_by_c: Vec<&'t Member>,
    /// Whether the host value lives until the release.
    pub keeps: bool,
    /// What is said of members of structs that the host gets copies of.
    pub fields: Vec<FieldRole>,
    /// Whether C calls the one function at most once.
    pub once: bool,
    /// What nobody has said.
    pub notes: Vec<Note>,
}

/// What neither the header nor an option says: what is taken for granted, or a pointer that is passed on as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The line of the header that it is about.
    pub place: Place,
    /// What is taken for granted.
    pub what: String,
    /// The options that confirm or change it.
    pub option: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.what, self.option)
    }
}

/// Why a parameter is taken for that which leads to the host value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// User data is called so.
    Name,
    /// It is the last `void *`, and nothing has a name.
    Last,
    /// It is the first parameter.
    First,
}

/// A callback that the host has.
#[derive(Clone, Debug)]
pub struct Callback<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its member.
    pub member: &'t Member,
    /// What C calls.
    pub function: &'t Function,
    /// What each parameter is.
    pub parameters: Vec<Role>,
    /// How a call finds its host value.
    pub found: Found,
    /// Why that parameter, where no option says so.
    pub guess: Option<Guess>,
    /// Whether the result is a token.
    pub gives_token: bool,
    /// What a refused call returns, where it is not nothing, NULL or all zero.
    pub fallback: Option<Value>,
    /// What a call returns instead that comes after the end.
    pub late: Option<Value>,
    /// What a call returns instead whose method has panicked.
    pub panicked: Option<Value>,
    /// Whether C takes back by it what it was lent.
    pub takes_back: bool,
    /// Whether C calls it last.
    pub is_last: bool,
    /// The functions by which C is to be answered.
    pub completions: Vec<Completion>,
    /// Parameters of the type `size_t` that count no memory.
    pub wide: Vec<usize>,
    /// Whether the result is such a one.
    pub wide_result: bool,
    /// What a refused call leaves in errno.
    pub errno: Option<String>,
}

/// What a parameter of a callback is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It leads to the host value.
    UserData,
    /// What its type says.
    Plain,
    /// A token of the host's.
    Token,
    /// A pointer to pass on as it is.
    Raw,
    /// A `char *` to a string that ends with a NUL.
    String,
    /// A pointer to one struct, of which the host gets a copy.
    Copy,
    /// A pointer to one number or address, which the host uses where it is, if its language has pointers for that.
    Reference,
    /// A pointer to where the host puts one value.
    Out,
    /// A pointer to as many elements as the parameter of that number says.
    Slice(usize),
    /// The number of elements of the parameter of that number.
    CountOf(usize),
    /// A string of as many bytes as the parameter of that number says.
    StringOf(usize),
    /// It points to the table.
    Table,
    /// The function of the completion of that number.
    Answer(usize),
    /// What that function is called with.
    Cookie(usize),
}

impl Role {
    /// Whether it only leads to the host value, so that no method has it.
    pub fn is_hosts(self) -> bool {
        matches!(self, Role::UserData | Role::Table)
    }
}

/// How a call finds its host value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// By the parameter that is the user data.
    UserData,
    /// By an expression of C's, over the parameters.
    Expression(String),
    /// By the address of the table, in a parameter; or that of what has the table in it, by the name that C has for
    /// its type, in a member.
    Table {
        /// The parameter.
        parameter: usize,
        /// The type and its member.
        inside: Option<(String, String)>,
    },
    /// By its own code.
    Instance,
}

/// A function that C passes, which is to be called once.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The parameter that is the function.
    pub function: usize,
    /// The parameter that is the cookie.
    pub cookie: usize,
    /// The cookie among the function's own parameters.
    pub cookie_at: usize,
    /// Its other arguments, where nobody answers.
    pub when_dropped: Vec<Value>,
    /// Whether any thread may call it.
    pub any_thread: bool,
}

/// What is said of a member of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRole {
    /// The struct, as C spells it.
    pub record: String,
    /// The member.
    pub field: String,
    /// What it is.
    pub kind: FieldKind,
}

/// What a member of a struct is, of which the host gets a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A string that ends with a NUL.
    String,
    /// A string of as many bytes as that member says.
    StringOf(String),
    /// As many elements as that member says.
    Slice(String),
    /// A `size_t` that counts no memory.
    Wide,
}

impl Callback<'_> {
    /// The number of the parameter that is the user data.
    pub fn user_data(&self) -> Option<usize> {
        self.parameters.iter().position(|role| *role == Role::UserData)
    }
}
