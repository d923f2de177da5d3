//! What the members and parameters of a table are to `outlive`: what the header cannot say.

/// What the command line says of a table.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// How a call finds its host value.
    pub state: State,
    /// The member that carries the user data, where the table has one.
    pub user_data_member: Option<String>,
    /// The member that C calls when it has used the user data for the last time.
    pub destroy: Option<String>,
    /// Members that have a fixed value, as C writes it.
    pub constants: Vec<(String, String)>,
    /// Members that C writes.
    pub written_by_c: Vec<String>,
    /// The callbacks that the host has, in the header's order; the others stay NULL.
    pub callbacks: Vec<String>,
    /// `void *` results (no parameter) and parameters that are tokens of the host's.
    pub tokens: Vec<(String, Option<String>)>,
    /// What a refused call of a member returns, as C writes it.
    pub fallbacks: Vec<(String, String)>,
}

/// How a call finds its host value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// By a `void *` of each callback: its number in each, by the callback's name.
    Argument(Vec<(String, usize)>),
    /// By the table's own code, of which there are so many instances.
    Instances(u32),
}

impl Default for State {
    fn default() -> Self {
        State::Argument(Vec::new())
    }
}
