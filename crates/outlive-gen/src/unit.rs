//! A table or a function of one command, of which there may be several.

use crate::roles::Roles;

/// A table, or one function, that is to be written.
#[derive(Clone, Debug)]
pub struct Unit<'a> {
    /// What it is made of.
    pub roles: Roles<'a>,
    /// The name of its type; from the name in C where there is none.
    pub name: Option<String>,
}
