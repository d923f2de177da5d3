//! What is to be written of a table or a function: its methods, with all that the roles say of them.

use super::answering::Answering;
use super::names::{self, Scope};
use super::options::GoOptions;
use super::types::{Declared, Types, Value, pointee};
use crate::error::{Error, Result, Unmapped};
use crate::model::{Function, Table, Type};
use crate::roles::{Callback, FieldRole, Role, Roles, Value as Constant};
use crate::unit::Unit;

/// All that the files of one table or function are written from.
#[derive(Debug)]
pub struct Plan<'a> {
    pub table: &'a Table,
    pub roles: &'a Roles<'a>,
    pub options: &'a GoOptions,
    /// Whether the package's directives for cgo stand in its file.
    pub is_first: bool,
    /// Whether the package has nothing else.
    pub is_alone: bool,
    /// The interface, or the function's type.
    pub interface: String,
    pub names: Names,
    /// The types that no plan before it needs.
    pub declared: Vec<Declared>,
    pub methods: Vec<Method<'a>>,
    /// Callbacks that stay NULL.
    pub skipped: Vec<&'a str>,
    pub destroy: Option<Destroy<'a>>,
}

/// What the package calls what there is of each table or function.
#[derive(Debug)]
pub struct Names {
    /// The function that holds a value.
    pub hold: String,
    /// The type of what it returns; none where it has no name of its own.
    pub held: Option<String>,
    /// The variable that has the described type.
    pub described: String,
    /// The C function that describes it.
    pub describe: String,
}

/// A callback.
#[derive(Debug)]
pub struct Method<'a> {
    /// The member's name in C.
    pub c: &'a str,
    pub go: String,
    /// The exported function.
    pub symbol: String,
    pub callback: &'a Callback<'a>,
    /// The parameters' names in C.
    pub c_names: Vec<String>,
    pub arguments: Vec<Argument>,
    pub result: Option<Answer>,
}

/// A parameter that goes on to Go.
#[derive(Debug)]
pub struct Argument {
    /// Its name in Go.
    pub go: String,
    /// Its name in C.
    pub c: String,
    pub value: Value,
}

/// What a callback returns.
#[derive(Debug)]
pub struct Answer {
    pub value: Value,
    /// What a refused call returns, in C.
    pub fallback: String,
    /// The same in Go; `None` for zero.
    pub go_fallback: Option<String>,
}

/// The member that C calls at the end.
#[derive(Debug)]
pub struct Destroy<'a> {
    pub c: &'a str,
    pub function: &'a Function,
    pub c_names: Vec<String>,
    pub user_data: usize,
}

/// Plans a package: the tables and functions share its names and types.
pub fn plan<'a>(units: &'a [Unit<'a>], options: &'a GoOptions) -> Result<Vec<Plan<'a>>> {
    if options.package.is_empty() {
        return Err(Error::Option("the Go package needs a name".to_owned()));
    }
    let mut types = Types {
        package: options.package.clone(),
        table: String::new(),
        scope: Scope::default(),
        symbols: Scope::default(),
        declared: Vec::new(),
        fields: fields(units)?,
    };
    let is_only_table = units.iter().filter(|unit| !unit.roles.table.is_function).count() == 1;
    // Before other names: these are what every package with one table has.
    for own in ["Held", "Hold"].iter().filter(|_| is_only_table) {
        types.scope.name(own, "the package's own");
    }
    said_names(units, &mut types)?;
    let mut plans = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        let plan = named(unit, options, at == 0, is_only_table, &mut types)?;
        plans.push(Plan { is_alone: units.len() == 1, ..plan });
    }
    let mut unmapped = Vec::new();
    let mut starts = Vec::new();
    for plan in &mut plans {
        starts.push(types.declared.len());
        types.table.clone_from(&plan.table.name);
        plan.add_methods(&mut types, &mut unmapped);
    }
    if !unmapped.is_empty() {
        return Err(Error::Unmapped(unmapped));
    }
    for (plan, start) in plans.iter_mut().zip(starts).rev() {
        plan.declared = types.declared.split_off(start);
    }
    Ok(plans)
}

/// Gives out the names that are said, before those that are made of names in C.
fn said_names(units: &[Unit<'_>], types: &mut Types) -> Result<()> {
    for unit in units {
        let Some(name) = &unit.name else { continue };
        let Table { name: c, place, c_name, .. } = unit.roles.table;
        let wrong = |why: &str| Err(Error::Option(format!("{c}={name}: {why} ({place})")));
        if !names::is_exported(name) {
            return wrong(
                "this is no name that other packages see: it begins with a capital letter, and has letters and digits",
            );
        }
        if types.scope.name(name, &format!("{c_name} itself")) != *name {
            return wrong("the package has another of this name: say another one behind the =");
        }
    }
    Ok(())
}

/// What is said of members of structs, by all together: each struct is one type of the package.
fn fields(units: &[Unit<'_>]) -> Result<Vec<FieldRole>> {
    let mut all: Vec<FieldRole> = Vec::new();
    for role in units.iter().flat_map(|unit| &unit.roles.fields) {
        let other = all.iter().find(|one| one.record == role.record && one.field == role.field);
        match other {
            Some(other) if other != role => {
                return Err(Error::Option(format!(
                    "{} of {} is said to be two things, and is one in a package",
                    role.field, role.record
                )));
            }
            Some(_) => {}
            None => all.push(role.clone()),
        }
    }
    Ok(all)
}

/// A plan that has its names, and no methods yet.
fn named<'a>(
    unit: &'a Unit<'a>,
    options: &'a GoOptions,
    is_first: bool,
    is_only_table: bool,
    types: &mut Types,
) -> Result<Plan<'a>> {
    let roles = &unit.roles;
    let table = roles.table;
    let wanted = names::exported_in(&options.package, &table.name);
    let wanted = unit.name.as_ref().unwrap_or(&wanted);
    let own = format!("{} itself", table.c_name);
    let interface = types.scope.name(wanted, &own);
    let (hold, held) = match table.is_function {
        true if roles.once => (format!("New{interface}Once"), None),
        true => (format!("New{interface}"), None),
        false if is_only_table => ("Hold".to_owned(), Some("Held".to_owned())),
        false => (format!("Hold{interface}"), Some(format!("Held{interface}"))),
    };
    let mut name = |name: String| match name.as_str() {
        "Hold" | "Held" => name,
        _ => types.scope.name(&name, &format!("{name} of {own}")),
    };
    let (hold, held) = (name(hold), held.map(&mut name));
    let described = name(format!("typeOf{interface}"));
    let describe = format!("{}_describe", names::linked(&options.package, &table.name));
    let describe = types.symbols.name(&describe, &format!("description of {own}"));
    let destroy = roles.destroy.and_then(|(member, user_data)| {
        let (c, function) = (member.name.as_deref()?, member.function()?);
        Some(Destroy { c, function, c_names: c_names(function), user_data })
    });
    Ok(Plan {
        table,
        roles,
        options,
        is_first,
        is_alone: false,
        interface,
        names: Names { hold, held, described, describe },
        declared: Vec::new(),
        methods: Vec::new(),
        skipped: skipped(roles),
        destroy,
    })
}

/// The callbacks that have no role.
fn skipped<'a>(roles: &'a Roles<'a>) -> Vec<&'a str> {
    let mut taken: Vec<&str> = roles.callbacks.iter().map(|callback| callback.name).collect();
    let others = roles.constants.iter().map(|(member, _)| *member);
    let others = others.chain(roles.written_by_c.iter().copied());
    let others =
        others.chain(roles.destroy.map(|(member, _)| member)).chain(roles.user_data_member);
    taken.extend(others.filter_map(|member| member.name.as_deref()));
    let callbacks = roles.table.members.iter().filter(|member| member.function().is_some());
    callbacks
        .filter_map(|member| member.name.as_deref())
        .filter(|name| !taken.contains(name))
        .collect()
}

/// What cannot be mapped, and why.
type Failed = (String, String);

impl<'a> Plan<'a> {
    fn add_methods(&mut self, types: &mut Types, unmapped: &mut Vec<Unmapped>) {
        let mut names = Scope::default();
        for callback in &self.roles.callbacks {
            match method(self.table, callback, types, &mut names) {
                Ok(method) => self.methods.push(method),
                Err((what, reason)) => {
                    unmapped.push(Unmapped { place: callback.member.place.clone(), what, reason });
                }
            }
        }
    }
}

fn method<'a>(
    table: &Table,
    callback: &'a Callback<'a>,
    types: &mut Types,
    names: &mut Scope,
) -> std::result::Result<Method<'a>, Failed> {
    let failed = |reason: String| (format!("{}, its result", callback.name), reason);
    let wanted = format!("{}_result", callback.name);
    let result = types.result(&callback.function.result, &wanted).map_err(failed)?;
    let result = result.map(|value| answer(callback, value));
    let c_names = c_names(callback.function);
    let arguments = arguments(callback, &c_names, types)?;
    let go = names.name(&names::exported(callback.name), callback.name);
    let linked = names::linked(&types.package, &table.name);
    let symbol = match table.is_function {
        true => linked,
        false => format!("{linked}_{}", callback.name),
    };
    let symbol = types.symbols.name(&symbol, &format!("{} of {}", callback.name, table.c_name));
    Ok(Method { c: callback.name, go, symbol, callback, c_names, arguments, result })
}

fn arguments(
    callback: &Callback<'_>,
    c_names: &[String],
    types: &mut Types,
) -> std::result::Result<Vec<Argument>, Failed> {
    let mut names = Scope::default();
    let mut arguments = Vec::new();
    for (index, role) in callback.parameters.iter().enumerate() {
        if matches!(role, Role::UserData | Role::Table) {
            continue;
        }
        let c = c_names[index].clone();
        let failed = |reason| (format!("{}, parameter {c}", callback.name), reason);
        let value = argument(callback, index, &c, types).map_err(failed)?;
        let go = names.name(&names::parameter(&c), &index.to_string());
        arguments.push(Argument { go, c, value });
    }
    // A slice takes its length from an argument, by the name that it has got; a completion its cookie.
    let named: Vec<(String, String)> =
        arguments.iter().map(|one| (one.c.clone(), one.go.clone())).collect();
    let go = |c: &str| named.iter().find(|(name, _)| name == c).map(|(_, go)| go.clone());
    for argument in &mut arguments {
        if let Value::Slice { length: other, .. }
        | Value::TextOf { length: other }
        | Value::Answer(Answering { cookie: other, .. }) = &mut argument.value
        {
            *other = go(other).unwrap_or_default();
        }
    }
    Ok(arguments)
}

fn argument(
    callback: &Callback<'_>,
    index: usize,
    c_name: &str,
    types: &mut Types,
) -> std::result::Result<Value, String> {
    let spelled = &callback.function.parameters[index].ty;
    let name_of = |at: usize| c_names(callback.function)[at].clone();
    match callback.parameters[index] {
        Role::Token => Ok(Value::Token),
        Role::String => Ok(Value::Text),
        Role::StringOf(count) => Ok(Value::TextOf { length: name_of(count) }),
        Role::Copy => types.copy(&spelled.ty),
        Role::Reference => types.reference(&spelled.ty),
        Role::Out => types.out(&spelled.ty),
        Role::Slice(count) => {
            let (to, to_const) = pointee(&spelled.ty).ok_or("it is no pointer")?;
            types.slice(to, to_const, name_of(count))
        }
        Role::CountOf(_) => match types.scalar(&spelled.ty)? {
            Value::Scalar { cgo, .. } => Ok(Value::Length { cgo }),
            _ => Err("it counts nothing".to_owned()),
        },
        Role::Answer(number) => {
            let wanted = format!("{}_{c_name}", callback.name);
            let completion = &callback.completions[number];
            let cookie = name_of(completion.cookie);
            types.answering(spelled, completion, cookie, &wanted).map(Value::Answer)
        }
        Role::Cookie(_) => Ok(Value::Cookie),
        Role::Plain | Role::Raw | Role::UserData | Role::Table => {
            let value = types.parameter(spelled, &format!("{}_{c_name}", callback.name))?;
            Ok(if callback.wide.contains(&index) { value.widened() } else { value })
        }
    }
}

fn answer(callback: &Callback<'_>, value: Value) -> Answer {
    let value = if callback.gives_token { Value::Token } else { value };
    let value = if callback.wide_result { value.widened() } else { value };
    let zero = match callback.function.result.ty.resolved() {
        Type::Pointer { .. } => Some(Constant::Null),
        Type::Function(_) | Type::Record(_) => Some(Constant::Integer(0)),
        _ => None,
    };
    let fallback = zero.as_ref().or(callback.fallback.as_ref()).unwrap_or(&Constant::Integer(0));
    let bool = matches!(callback.function.result.ty.resolved(), Type::Bool);
    let go_fallback = match fallback {
        // No result is a string: it is refused before.
        Constant::Null | Constant::Integer(0) | Constant::Text(_) => None,
        Constant::Integer(_) if bool => Some("true".to_owned()),
        Constant::Integer(value) => Some(value.to_string()),
        Constant::Float(text) => Some(text.clone()),
        Constant::Name(name) if bool => Some(format!("C.{name} != 0")),
        Constant::Name(name) => Some(format!("C.{name}")),
    };
    Answer { value, fallback: fallback.c(), go_fallback }
}

/// The parameters' names in C, each once.
pub fn c_names(function: &Function) -> Vec<String> {
    let mut scope = Scope::default();
    let named = |(index, parameter): (usize, &crate::model::Parameter)| {
        let name =
            parameter.name.as_deref().map_or_else(|| format!("arg{index}"), names::c_parameter);
        scope.name(&name, &index.to_string())
    };
    function.parameters.iter().enumerate().map(named).collect()
}
