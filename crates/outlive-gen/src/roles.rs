//! What the members and parameters of a table are to `outlive`: the header and the options together.

mod completions;
mod fallbacks;
mod fields;
mod lengths;
mod limits;
mod members;
mod model;
mod names;
mod notes;
mod parameters;
mod state;
mod value;

use crate::error::{Error, Result};
use crate::model::{Member, Table};
use crate::options::Options;
use members::Members;
pub use model::{Callback, Completion, FieldKind, FieldRole, Found, Guess, Note, Role, Roles};
use names::{Names, wrong_at};
pub(crate) use state::{is_user_data_name, named as user_data_of, points_to};
pub use value::Value;

/// How many tables of a context-free type there can be, if nobody says.
pub const INSTANCES: u32 = 64;
const MOST_INSTANCES: u32 = 1024;

/// Finds the roles, or says all that cannot be mapped.
pub fn assign<'t>(table: &'t Table, options: &Options) -> Result<Roles<'t>> {
    let names = Names { table };
    let Members { callbacks: members, user_data, destroy, constants, written_by_c } =
        members::decide(&names, options)?;
    let mut callbacks: Vec<Callback<'t>> = members.iter().filter_map(|m| callback(m)).collect();
    let carries = user_data.is_some() || destroy.is_some();
    state::find(&names, options, carries, &mut callbacks)?;
    parameters::assign(&names, options, &mut callbacks)?;
    completions::assign(&names, options, &mut callbacks)?;
    let fields = fields::assign(&names, options, &mut callbacks)?;
    ends(&names, options, &mut callbacks)?;
    fallbacks::assign(&names, options, &mut callbacks)?;
    let all = |found: fn(&Found) -> bool| callbacks.iter().all(|callback| found(&callback.found));
    let mut roles = Roles {
        table,
        instances: instances(options, all(|found| *found == Found::Instance))?,
        by_address: all(|found| matches!(found, Found::Table { .. })),
        callbacks,
        user_data_member: user_data,
        destroy,
        constants,
        written_by_c,
        keeps: options.keep || !options.takes_back.is_empty(),
        fields,
        once: options.once,
        notes: Vec::new(),
    };
    roles.notes = notes::of(&roles, options.instances.is_some());
    Ok(roles)
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
        guess: None,
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
