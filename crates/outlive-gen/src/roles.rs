//! What the members and parameters of a table are to `outlive`: the header and the options together.

mod limits;
mod parameters;
mod state;
mod value;

use crate::error::{Error, Result, Unmapped};
use crate::model::{Function, Member, Table, Type};
use crate::options::Options;
pub use value::Value;

/// How many tables of a context-free type there can be, if nobody says.
pub const INSTANCES: u32 = 64;
const MOST_INSTANCES: u32 = 1024;

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

/// Finds the roles, or says all that cannot be mapped.
pub fn assign<'t>(table: &'t Table, options: &Options) -> Result<Roles<'t>> {
    let names = Names { table };
    let destroy =
        options.destroy.as_deref().map(|name| names.one("--destroy", name)).transpose()?;
    let constants = constants(&names, options)?;
    let written_by_c = names.all("--written-by-c", &options.written_by_c)?;
    let only = names.all("--only", &options.only)?;
    let skip = names.all("--skip", &options.skip)?;
    let is = |members: &[&Member], member: &Member| members.iter().any(|m| m.name == member.name);
    let set: Vec<&Member> = constants.iter().map(|(member, _)| *member).collect();
    let chosen = |member: &&Member| {
        let other = is(&skip, member) || is(&set, member) || is(&written_by_c, member);
        !other
            && destroy.is_none_or(|d| d.name != member.name)
            && (only.is_empty() || is(&only, member))
    };
    let chosen: Vec<&Member> = table.members.iter().filter(chosen).collect();
    let mut unmapped: Vec<Unmapped> = chosen.iter().filter_map(|m| limits::member(m)).collect();
    let members: Vec<&Member> = chosen.into_iter().filter(|m| m.function().is_some()).collect();
    if members.is_empty() && unmapped.is_empty() {
        return Err(Error::Option(format!("no callback of `{}` is left", table.name)));
    }
    unmapped.extend(members.iter().flat_map(|member| limits::callback(member)));
    if !unmapped.is_empty() {
        return Err(Error::Unmapped(unmapped));
    }
    let user_data_member =
        options.user_data.as_deref().map(|name| names.one("--user-data", name)).transpose()?;
    let state = state::find(&members, options, user_data_member.or(destroy).is_some())?;
    let mut callbacks: Vec<Callback<'t>> = members.iter().filter_map(|m| callback(m)).collect();
    for (callback, user_data) in callbacks.iter_mut().zip(&state) {
        if let Some(user_data) = user_data {
            callback.parameters[*user_data] = Role::UserData;
        }
    }
    parameters::assign(&names, options, &mut callbacks)?;
    value::fallbacks(&names, options, &mut callbacks)?;
    Ok(Roles {
        table,
        callbacks,
        instances: instances(options, state.iter().all(Option::is_none))?,
        user_data_member,
        destroy: destroy.map(notify).transpose()?,
        constants,
        written_by_c,
    })
}

fn instances(options: &Options, context_free: bool) -> Result<Option<u32>> {
    match options.instances {
        Some(_) if !context_free => Err(Error::Option(
            "--instances is for --state none: with --state arg there is no limit".into(),
        )),
        Some(n) if n == 0 || n > MOST_INSTANCES => Err(Error::Option(format!(
            "--instances is a number from 1 to {MOST_INSTANCES}: each has code of its own"
        ))),
        n => Ok(context_free.then(|| n.unwrap_or(INSTANCES))),
    }
}

fn callback(member: &Member) -> Option<Callback<'_>> {
    let (name, function) = (member.name.as_deref()?, member.function()?);
    let parameters = vec![Role::Plain; function.parameters.len()];
    Some(Callback {
        name,
        member,
        function,
        parameters,
        gives_token: false,
        fallback: None,
        errno: None,
    })
}

fn constants<'t>(names: &Names<'t>, options: &Options) -> Result<Vec<(&'t Member, Value)>> {
    let mut constants = Vec::new();
    for text in &options.constants {
        let (member, value) = pair("--constant", text)?;
        let member = names.one("--constant", member)?;
        constants
            .push((member, Value::parse(value).map_err(|why| wrong("--constant", text, &why))?));
    }
    Ok(constants)
}

/// The destroy notify's member, and its parameter that is the user data.
fn notify(member: &Member) -> Result<(&Member, usize)> {
    let wrong = |why: &str| Error::Option(format!("{}: --destroy: {why}", member.place));
    let function = member.function().ok_or_else(|| wrong("this is no function pointer"))?;
    if !matches!(function.result.ty.resolved(), Type::Void) || function.variadic {
        return Err(wrong("a destroy notify returns nothing and takes the user data"));
    }
    let at = function.parameters.iter().rposition(|p| p.ty.ty.is_void_pointer());
    Ok((member, at.ok_or_else(|| wrong("it has no `void *` for the user data"))?))
}

fn pair<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    text.split_once('=').ok_or_else(|| wrong(option, text, "it is NAME=VALUE"))
}

fn wrong(option: &str, text: &str, why: &str) -> Error {
    Error::Option(format!("{option} {text}: {why}"))
}

/// A parameter by its name or number.
fn position(callback: &Callback<'_>, which: &str) -> Option<usize> {
    let parameters = &callback.function.parameters;
    let by_number = || which.parse().ok().filter(|at| *at < parameters.len());
    parameters.iter().position(|p| p.name.as_deref() == Some(which)).or_else(by_number)
}

fn no_parameter(option: &str, text: &str, callback: &Callback<'_>) -> Error {
    let known = callback.function.parameters.iter().enumerate();
    let known: Vec<String> =
        known.map(|(at, p)| p.name.clone().unwrap_or_else(|| at.to_string())).collect();
    let name = callback.name;
    wrong(option, text, &format!("the parameters of `{name}` are {}", known.join(", ")))
}

/// Finds what options name.
struct Names<'t> {
    table: &'t Table,
}

impl<'t> Names<'t> {
    fn one(&self, option: &str, name: &str) -> Result<&'t Member> {
        let members = &self.table.members;
        let found = members.iter().find(|member| member.name.as_deref() == Some(name));
        found.ok_or_else(|| self.no_member(option, name))
    }

    fn no_member(&self, option: &str, name: &str) -> Error {
        let members = &self.table.members;
        let known: Vec<&str> = members.iter().filter_map(|m| m.name.as_deref()).collect();
        let known = known.join(", ");
        wrong(option, name, &format!("there is no such member; there are {known}"))
    }

    fn all(&self, option: &str, names: &[String]) -> Result<Vec<&'t Member>> {
        let mut found = Vec::new();
        for name in names {
            if !name.contains('*') {
                found.push(self.one(option, name)?);
                continue;
            }
            let named = |m: &&Member| m.name.as_deref().is_some_and(|n| starts(name, n));
            let before = found.len();
            found.extend(self.table.members.iter().filter(named));
            if found.len() == before {
                return Err(self.no_member(option, name));
            }
        }
        Ok(found)
    }

    fn callback<'c, 'm>(
        &self,
        option: &str,
        name: &str,
        callbacks: &'c mut [Callback<'m>],
    ) -> Result<&'c mut Callback<'m>> {
        let found = callbacks.iter().position(|callback| callback.name == name);
        let Some(found) = found else {
            self.one(option, name)?;
            return Err(wrong(option, name, "this is no callback of the host's"));
        };
        Ok(&mut callbacks[found])
    }

    fn parameter<'c, 'm>(
        &self,
        option: &str,
        text: &str,
        callbacks: &'c mut [Callback<'m>],
    ) -> Result<(&'c mut Callback<'m>, usize)> {
        let (member, which) = member_and_parameter(option, text)?;
        let callback = self.callback(option, member, callbacks)?;
        let at = position(callback, which).ok_or_else(|| no_parameter(option, text, callback))?;
        if callback.parameters[at] == Role::UserData {
            return Err(wrong(option, text, "this is the user data"));
        }
        Ok((callback, at))
    }
}

/// Whether this is the name, or what stands before a `*` at its end begins it.
fn starts(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

fn member_and_parameter<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    text.split_once('.').ok_or_else(|| wrong(option, text, "it is MEMBER.PARAMETER"))
}
