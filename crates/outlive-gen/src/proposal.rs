//! Options with which a table or a function can be had, where nobody has said any.
//!
//! They are guesses by names and types, for a user to look at: each has its reason.

use crate::error::{Error, Result, Unmapped};
use crate::go::{self, GoOptions, Unit};
use crate::header::Header;
use crate::model::{Function, Member, Table, Type};
use crate::options::Options;
use crate::roles::{self, Roles, is_user_data_name, points_to, user_data_of};
use crate::rust;

/// A language that a backend is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `outlive gen rust`.
    Rust,
    /// `outlive gen go`.
    Go,
}

/// An option with its value, and why it is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `--fallback`.
    pub option: &'static str,
    /// `*=-1`.
    pub value: String,
    /// What speaks for it.
    pub why: String,
}

/// Options for a table or a function.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// What is to be said.
    pub said: Vec<Said>,
    /// Callbacks that the options leave NULL, because there is no mapping for them.
    pub left_out: Vec<Unmapped>,
}

impl Proposal {
    /// The options.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a value is none.
    pub fn options(&self) -> Result<Options> {
        let mut options = Options::default();
        self.said.iter().try_for_each(|one| options.say(one.option, &one.value))?;
        Ok(options)
    }

    fn say(&mut self, option: &'static str, value: impl Into<String>, why: impl Into<String>) {
        self.said.push(Said { option, value: value.into(), why: why.into() });
    }
}

/// Proposes options with which the table can be had in that language.
///
/// # Errors
///
/// [`Error::Unmapped`] if no callback is left that has a mapping, with the reason for each.
pub fn propose(table: &Table, language: Language) -> Result<Proposal> {
    let mut left_out: Vec<Unmapped> = Vec::new();
    // Each turn leaves out what the one before it found: as often, at most, as there are members.
    for _ in 0..=table.members.len() {
        let mut proposal = Proposal { left_out: left_out.clone(), ..Proposal::default() };
        let callbacks = kept(table, &left_out);
        if callbacks.is_empty() {
            return Err(Error::Unmapped(left_out));
        }
        skip(&mut proposal);
        state(table, &callbacks, language, &mut proposal);
        zero(table, &mut proposal);
        fallbacks(&callbacks, &mut proposal);
        let options = proposal.options()?;
        let done = roles::assign(table, &options).and_then(|roles| check(roles, language));
        match done {
            Ok(()) => return Ok(proposal),
            Err(Error::Unmapped(found)) if !table.is_function => left_out.extend(found),
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unmapped(left_out))
}

/// What only the backend refuses.
fn check(roles: Roles<'_>, language: Language) -> Result<()> {
    match language {
        Language::Rust => rust::check(&roles),
        Language::Go => {
            let options = GoOptions::new(&Header::default(), ".".as_ref(), "proposed", "");
            go::write(&[Unit { roles, name: None }], &options).map(|_| ())
        }
    }
}

/// The callbacks that are not left out.
fn kept<'t>(table: &'t Table, left_out: &[Unmapped]) -> Vec<&'t Member> {
    let is_kept = |member: &&Member| {
        let is_out = |one: &Unmapped| Some(member_of(one)) == member.name.as_deref();
        member.function().is_some() && member.name.is_some() && !left_out.iter().any(is_out)
    };
    table.members.iter().filter(is_kept).collect()
}

/// The member's name stands before the parameter's.
fn member_of(unmapped: &Unmapped) -> &str {
    unmapped.what.split(',').next().unwrap_or_default()
}

fn skip(proposal: &mut Proposal) {
    let mut names: Vec<(String, String)> = Vec::new();
    for one in &proposal.left_out {
        let name = member_of(one).to_owned();
        if !names.iter().any(|(other, _)| *other == name) {
            let reason = one.reason.split(" (--").next().unwrap_or_default();
            names.push((name, reason.to_owned()));
        }
    }
    for (name, reason) in names {
        proposal.say("--skip", name, reason);
    }
}

/// How a call finds its host value.
fn state(table: &Table, callbacks: &[&Member], language: Language, proposal: &mut Proposal) {
    let functions = || callbacks.iter().filter_map(|member| member.function());
    let is_by_name = |function: &Function| {
        user_data_of(function, None).is_some_and(|at| function.parameters[at].name.is_some())
    };
    if functions().all(is_by_name) {
        return user_data_member(table, callbacks, proposal);
    }
    let gets_table = |function: &Function| {
        !table.is_function && function.parameters.iter().any(|one| points_to(table, &one.ty.ty))
    };
    if functions().all(gets_table) {
        return proposal.say("--state", "table", "all callbacks get the table itself");
    }
    if functions().all(|function| user_data_of(function, None).is_some()) {
        return user_data_member(table, callbacks, proposal);
    }
    if let Some(which) = same_pointer(callbacks) {
        let why = "the only `void *` that all callbacks get, which C may write to";
        proposal.say("--state", format!("arg={which}"), why);
        return user_data_member(table, callbacks, proposal);
    }
    if let Some(expressions) = expressions(callbacks, language) {
        for (expression, field) in expressions {
            let why =
                format!("the member `{field}` of what the callback gets is called as user data is");
            proposal.say("--user-data-expr", expression, why);
        }
        return;
    }
    let without: Vec<&str> = callbacks
        .iter()
        .filter(|member| member.function().is_some_and(|f| user_data_of(f, None).is_none()))
        .filter_map(|member| member.name.as_deref())
        .collect();
    let why = match without.len() == callbacks.len() {
        true => "C passes no user data".to_owned(),
        false => format!(
            "C passes no user data to {}; `--skip` of these does it, too",
            without.join(", ")
        ),
    };
    proposal.say("--state", "none", why);
}

/// The member that carries the user data.
fn user_data_member(table: &Table, callbacks: &[&Member], proposal: &mut Proposal) {
    let is_it = |member: &&Member| {
        let name = member.name.as_deref().unwrap_or_default();
        let is_pointer = member.ty.is_void_pointer()
            && member.ty.pointee().is_some_and(|(_, to_const)| !to_const);
        is_pointer && !member.nested && is_user_data_name(name)
    };
    if callbacks.is_empty() || table.is_function {
        return;
    }
    if let Some(name) = table.members.iter().find(is_it).and_then(|member| member.name.clone()) {
        proposal.say("--user-data", name, "a `void *` that is called as user data is");
    }
}

/// The name or number of a `void *` that is each callback's only one.
fn same_pointer(callbacks: &[&Member]) -> Option<String> {
    let is_writable =
        |ty: &Type| ty.is_void_pointer() && ty.pointee().is_some_and(|(_, to_const)| !to_const);
    let is_only = |member: &&Member| -> bool {
        let parameters = member.function().map(|function| &function.parameters);
        parameters.is_some_and(|all| all.iter().filter(|one| is_writable(&one.ty.ty)).count() == 1)
    };
    if !callbacks.iter().all(is_only) {
        return None;
    }
    same_parameter(callbacks, is_writable)
}

/// The name or number of a parameter of such a type that all callbacks have.
fn same_parameter(callbacks: &[&Member], is_it: impl Fn(&Type) -> bool) -> Option<String> {
    let functions = || callbacks.iter().filter_map(|member| member.function());
    let first = functions().next()?;
    let mut candidates: Vec<String> = Vec::new();
    for (at, parameter) in first.parameters.iter().enumerate().filter(|(_, one)| is_it(&one.ty.ty))
    {
        candidates.extend(parameter.name.clone());
        candidates.push(at.to_string());
    }
    candidates.into_iter().find(|which| {
        functions().all(|function| {
            let by_name = function.parameters.iter().find(|one| one.name.as_ref() == Some(which));
            let number = which.parse().ok().and_then(|at: usize| function.parameters.get(at));
            by_name.or(number).is_some_and(|one| is_it(&one.ty.ty))
        })
    })
}

/// For each callback that gets no user data, the member of what it gets that seems to be it. `None` unless all have one.
fn expressions(callbacks: &[&Member], language: Language) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    for member in callbacks {
        let (function, callback) = (member.function()?, member.name.as_deref()?);
        if user_data_of(function, None).is_some() {
            continue;
        }
        let (at, parameter, field) =
            function.parameters.iter().enumerate().find_map(|(at, parameter)| {
                let (to, _) = parameter.ty.ty.pointee()?;
                let Type::Record(record) = to.resolved() else { return None };
                let is_it = |name: &&str| is_user_data_name(name);
                let fields = record.fields.iter().filter(|field| field.ty.is_void_pointer());
                let field = fields.filter_map(|field| field.name.as_deref()).find(is_it)?;
                (!record.is_union).then_some((at, parameter, field))
            })?;
        let name = parameter.name.clone().unwrap_or_else(|| format!("arg{at}"));
        let expression = match language {
            Language::Rust => format!("{callback}=(*{name}).{field}"),
            Language::Go => format!("{callback}={name}->{field}"),
        };
        found.push((expression, field.to_owned()));
    }
    Some(found)
}

/// Members that are no callbacks, and of which nothing else is said.
fn zero(table: &Table, proposal: &mut Proposal) {
    let is_named = |name: &str| proposal.said.iter().any(|one| one.value == name);
    let mut others = table.members.iter().filter(|member| member.function().is_none());
    if others.any(|member| !is_named(member.name.as_deref().unwrap_or_default())) {
        let why = "what is in the members that are no callbacks is not in the header";
        proposal.say("--zero", "*", why);
    }
}

/// What refused calls return.
fn fallbacks(callbacks: &[&Member], proposal: &mut Proposal) {
    let mut minus_one = false;
    let mut others = Vec::new();
    for member in callbacks {
        let (Some(function), Some(name)) = (member.function(), member.name.as_deref()) else {
            continue;
        };
        match refused(&function.result.ty) {
            Some((value, _)) if value == "-1" => minus_one = true,
            Some((value, why)) => others.push((format!("{name}={value}"), why)),
            None => {}
        }
    }
    if minus_one {
        proposal.say("--fallback", "*=-1", "a failure, if the library says it so");
    }
    for (value, why) in others {
        proposal.say("--fallback", value, why);
    }
}

/// A value that could say that a call was refused.
fn refused(ty: &Type) -> Option<(String, &'static str)> {
    match ty.resolved() {
        Type::Bool => Some(("false".to_owned(), "a failure, if the library says it so")),
        Type::Integer { signed: true, .. } => Some(("-1".to_owned(), "")),
        Type::Integer { .. } | Type::Float { .. } => {
            Some(("0".to_owned(), "nothing, or so little"))
        }
        Type::Enum(of) => {
            let is_failure = |name: &str| {
                let name = name.to_uppercase();
                ["ERR", "FAIL", "NOT_YET", "ABORT", "CANCEL", "REFUSE", "INVALID"]
                    .iter()
                    .any(|word| name.contains(word))
            };
            let named = of.constants.iter().find(|one| is_failure(&one.name));
            let zero = || of.constants.iter().find(|one| one.value == 0);
            match named.or_else(zero).or(of.constants.first()) {
                Some(constant) => {
                    Some((constant.name.clone(), "the constant that may say it, by its name"))
                }
                None => Some(("0".to_owned(), "the enum has no constants")),
            }
        }
        _ => None,
    }
}
