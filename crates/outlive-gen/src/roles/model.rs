//! The roles of a table's members and parameters.

use super::value::Value;
use crate::model::{Function, Member, Table};

/// A table with the roles of everything in it. A backend needs nothing else.
#[derive(Clone, Debug)]
pub struct Roles<'t> {
    /// The table.
    pub table: &'t Table,
    /// The callbacks that the host has, in the header's order.
    pub callbacks: Vec<Callback<'t>>,
    /// With state none: how many tables can be held at once.
    pub instances: Option<u32>,
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
    /// Whether the result is a token.
    pub gives_token: bool,
    /// What a refused call returns, where it is not nothing, NULL or all zero.
    pub fallback: Option<Value>,
    /// Whether C takes back by it what it was lent.
    pub takes_back: bool,
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
    /// A pointer to as many elements as the parameter of that number says.
    Slice(usize),
    /// The number of elements of the parameter of that number.
    CountOf(usize),
}

impl Callback<'_> {
    /// The number of the parameter that is the user data.
    pub fn user_data(&self) -> Option<usize> {
        self.parameters.iter().position(|role| *role == Role::UserData)
    }
}
