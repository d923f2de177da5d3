//! How a call finds its host value.

use crate::error::{Error, Result};
use crate::model::{Function, Member};
use crate::options::{Options, State};

/// What hosts' own pointers are called.
const USER_DATA: &[&str] = &[
    "userdata",
    "user_data",
    "user",
    "userptr",
    "user_ptr",
    "udata",
    "ud",
    "data",
    "arg",
    "args",
    "param",
    "opaque",
    "payload",
    "ctx",
    "context",
    "cookie",
    "closure",
    "baton",
    "clientp",
    "client_data",
    "cb_data",
    "cbdata",
    "priv",
    "private",
    "private_data",
    "priv_data",
    "priv_ptr",
];

/// For each callback the number of the parameter that is the user data; `None` for all where there is
/// none. `carries`: the table has a member for the user data or its end, so that C does pass it.
pub fn find(members: &[&Member], options: &Options, carries: bool) -> Result<Vec<Option<usize>>> {
    match &options.state {
        Some(State::None) if carries => Err(Error::Option(
            "--user-data and --destroy are for --state arg: C passes no user data with --state none".into(),
        )),
        Some(State::None) => Ok(vec![None; members.len()]),
        Some(State::Argument(which)) => each(members, |function| named(function, which.as_deref())),
        None if options.instances.is_some() && !carries => Ok(vec![None; members.len()]),
        None => each(members, |function| named(function, None)),
    }
}

fn each(
    members: &[&Member],
    find: impl Fn(&Function) -> Option<usize>,
) -> Result<Vec<Option<usize>>> {
    let functions = || members.iter().filter_map(|member| member.function());
    if functions().all(|function| find(function).is_some()) {
        return Ok(functions().map(find).collect());
    }
    let lines: Vec<String> = members.iter().map(|member| candidates(member)).collect();
    Err(Error::Option(format!(
        "which parameter is the user data? Say --state arg=NAME or arg=NUMBER (from 0), or, if C passes \
         nothing of the host's, --state none. The `void *` parameters are\n{}",
        lines.join("\n")
    )))
}

/// The user data's number: the parameter that is said, or else the one that is called as user data is.
/// Where the header has no names it is the last `void *`.
fn named(function: &Function, which: Option<&str>) -> Option<usize> {
    let parameters = &function.parameters;
    let pointer = |at: &usize| parameters.get(*at).is_some_and(|p| p.ty.ty.is_void_pointer());
    if let Some(which) = which {
        let by_name = parameters.iter().position(|p| p.name.as_deref() == Some(which));
        let said = by_name.or_else(|| which.parse().ok()).filter(pointer);
        if said.is_some() {
            return said;
        }
    }
    let is_user_data = |name: &str| USER_DATA.contains(&name.to_lowercase().as_str());
    let all = || (0..parameters.len()).filter(pointer);
    let by_name = all().rev().find(|at| parameters[*at].name.as_deref().is_some_and(is_user_data));
    by_name.or_else(|| all().next_back().filter(|at| parameters[*at].name.is_none()))
}

fn candidates(member: &Member) -> String {
    let name = member.name.as_deref().unwrap_or("?");
    let parameters = member.function().map_or(&[][..], |function| &function.parameters);
    let pointers = parameters.iter().enumerate().filter(|(_, p)| p.ty.ty.is_void_pointer());
    let pointers: Vec<String> = pointers
        .map(|(at, p)| p.name.as_ref().map_or(format!("{at}"), |name| format!("{name} ({at})")))
        .collect();
    let pointers = if pointers.is_empty() { "none".to_owned() } else { pointers.join(", ") };
    format!("  {}: {name}: {pointers}", member.place)
}
