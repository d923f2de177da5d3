//! What the members and parameters of a table are to `outlive`: the header and the options together.

mod completions;
mod fallbacks;
mod fields;
mod limits;
mod model;
mod names;
mod parameters;
mod state;
mod value;

use crate::error::{Error, Result, Unmapped};
use crate::model::{Member, Table, Type};
use crate::options::Options;
pub use model::{Callback, Completion, FieldKind, FieldRole, Found, Role, Roles};
use names::{Names, by_length, is_pattern, pair, wrong, wrong_at};
pub(crate) use state::{USER_DATA, named as user_data_of};
pub use value::Value;

/// How many tables of a context-free type there can be, if nobody says.
pub const INSTANCES: u32 = 64;
const MOST_INSTANCES: u32 = 1024;

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
    let mut callbacks: Vec<Callback<'t>> = members.iter().filter_map(|m| callback(m)).collect();
    let carries = user_data_member.or(destroy).is_some();
    state::find(&names, options, carries, &mut callbacks)?;
    parameters::assign(&names, options, &mut callbacks)?;
    completions::assign(&names, options, &mut callbacks)?;
    let fields = fields::assign(&names, options, &mut callbacks)?;
    ends(&names, options, &mut callbacks)?;
    fallbacks::assign(&names, options, &mut callbacks)?;
    let all = |found: fn(&Found) -> bool| callbacks.iter().all(|callback| found(&callback.found));
    Ok(Roles {
        table,
        instances: instances(options, all(|found| *found == Found::Instance))?,
        by_address: all(|found| matches!(found, Found::Table { .. })),
        callbacks,
        user_data_member,
        destroy: destroy.map(notify).transpose()?,
        constants,
        written_by_c,
        keeps: options.keep || !options.takes_back.is_empty(),
        fields,
        once: options.once,
    })
}

/// Which callbacks C takes back by, and which it calls last.
fn ends(names: &Names<'_>, options: &Options, callbacks: &mut [Callback<'_>]) -> Result<()> {
    for name in &options.takes_back {
        for at in names.callbacks("--takes-back", name, callbacks)? {
            callbacks[at].takes_back = true;
        }
    }
    for name in &options.lasts {
        for at in names.callbacks("--last", name, callbacks)? {
            let callback = &mut callbacks[at];
            if callback.takes_back {
                let why = "--takes-back says that C calls again, and --last that it does not";
                return Err(wrong_at(&callback.member.place, "--last", name, why));
            }
            callback.is_last = true;
        }
    }
    if !options.once {
        return Ok(());
    }
    let why = match callbacks {
        _ if !names.table.is_function => {
            "--once is for a --function, which C calls at most once: \
             which callback of a struct is C's last, --last says"
        }
        [one] if one.takes_back => {
            "--once says that C does not call again, and --takes-back that it does"
        }
        [one] => {
            one.is_last = true;
            return Ok(());
        }
        _ => "--once is for one function",
    };
    Err(Error::Option(why.to_owned()))
}

fn instances(options: &Options, context_free: bool) -> Result<Option<u32>> {
    match options.instances {
        Some(_) if !context_free => Err(Error::Option(
            "--instances is for --state none: with --state arg and --state table there is no limit"
                .into(),
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
        found: Found::UserData,
        gives_token: false,
        fallback: None,
        late: None,
        panicked: None,
        takes_back: false,
        is_last: false,
        completions: Vec::new(),
        wide: Vec::new(),
        wide_result: false,
        errno: None,
    })
}

fn constants<'t>(names: &Names<'t>, options: &Options) -> Result<Vec<(&'t Member, Value)>> {
    let mut constants: Vec<(&Member, Value)> = Vec::new();
    for text in by_length(&options.constants) {
        let (name, value) = pair("--constant", text)?;
        let value = Value::parse(value).map_err(|why| wrong("--constant", text, &why))?;
        for member in names.all("--constant", &[name.to_owned()])? {
            let has_one = constants.iter().any(|(other, _)| other.name == member.name);
            if is_pattern(name) && (has_one || member.function().is_some()) {
                continue;
            }
            if let Some(why) = value.misfit_of_member(&member.ty) {
                return Err(wrong_at(&member.place, "--constant", text, why));
            }
            constants.push((member, value.clone()));
        }
    }
    // In the header's order.
    constants.sort_by_key(|(member, _)| (member.place.line, member.offset));
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
