//! What is to be written of a table: its methods, with all that the roles say of them.

use super::names::{self, Scope};
use super::options::GoOptions;
use super::types::{Types, Value, pointee};
use crate::error::{Error, Result, Unmapped};
use crate::model::{Function, Table, Type};
use crate::roles::{Callback, Role, Roles, Value as Constant};

/// All that the files are written from.
#[derive(Debug)]
pub struct Plan<'a> {
    pub table: &'a Table,
    pub roles: &'a Roles<'a>,
    pub options: &'a GoOptions,
    pub interface: String,
    pub types: Types,
    pub methods: Vec<Method<'a>>,
    /// Callbacks that stay NULL.
    pub skipped: Vec<&'a str>,
    pub destroy: Option<Destroy<'a>>,
}

/// A callback.
#[derive(Debug)]
pub struct Method<'a> {
    /// The member's name in C.
    pub c: &'a str,
    pub go: String,
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

/// Plans a table's package.
pub fn plan<'a>(roles: &'a Roles<'a>, options: &'a GoOptions) -> Result<Plan<'a>> {
    let table = roles.table;
    if options.package.is_empty() {
        return Err(Error::Option("the Go package needs a name".to_owned()));
    }
    let mut scope = Scope::default();
    for own in ["Held", "Hold"] {
        scope.name(own, "the package's own");
    }
    let wanted = names::exported_in(&options.package, &table.name);
    let interface = scope.name(options.interface.as_ref().unwrap_or(&wanted), "the interface");
    let types = Types {
        package: options.package.clone(),
        table: table.name.clone(),
        scope,
        declared: Vec::new(),
    };
    let destroy = roles.destroy.and_then(|(member, user_data)| {
        let (c, function) = (member.name.as_deref()?, member.function()?);
        Some(Destroy { c, function, c_names: c_names(function), user_data })
    });
    let methods = Vec::new();
    let skipped = skipped(roles);
    let mut plan = Plan { table, roles, options, interface, types, methods, skipped, destroy };
    let mut unmapped = Vec::new();
    let mut names = Scope::default();
    for callback in &roles.callbacks {
        match plan.method(callback, &mut names) {
            Ok(method) => plan.methods.push(method),
            Err((what, reason)) => {
                unmapped.push(Unmapped { place: callback.member.place.clone(), what, reason });
            }
        }
    }
    if unmapped.is_empty() { Ok(plan) } else { Err(Error::Unmapped(unmapped)) }
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
    fn method(
        &mut self,
        callback: &'a Callback<'a>,
        names: &mut Scope,
    ) -> std::result::Result<Method<'a>, Failed> {
        let failed = |reason: String| (format!("{}, its result", callback.name), reason);
        let wanted = format!("{}_result", callback.name);
        let result = self.types.result(&callback.function.result, &wanted).map_err(failed)?;
        let result = result.map(|value| answer(callback, value));
        let c_names = c_names(callback.function);
        let arguments = self.arguments(callback, &c_names)?;
        let go = names.name(&names::exported(callback.name), callback.name);
        Ok(Method { c: callback.name, go, callback, c_names, arguments, result })
    }

    fn arguments(
        &mut self,
        callback: &Callback<'_>,
        c_names: &[String],
    ) -> std::result::Result<Vec<Argument>, Failed> {
        let mut names = Scope::default();
        let mut arguments = Vec::new();
        for (index, role) in callback.parameters.iter().enumerate() {
            if *role == Role::UserData {
                continue;
            }
            let c = c_names[index].clone();
            let failed = |reason| (format!("{}, parameter {c}", callback.name), reason);
            let value = self.argument(callback, index, &c).map_err(failed)?;
            let go = names.name(&names::parameter(&c), &index.to_string());
            arguments.push(Argument { go, c, value });
        }
        // A slice takes its length from an argument, by the name that it has got.
        let lengths: Vec<(String, String)> =
            arguments.iter().map(|one| (one.c.clone(), one.go.clone())).collect();
        for argument in &mut arguments {
            if let Value::Slice { length, .. } = &mut argument.value {
                if let Some((_, go)) = lengths.iter().find(|(c, _)| c == length) {
                    length.clone_from(go);
                }
            }
        }
        Ok(arguments)
    }

    fn argument(
        &mut self,
        callback: &Callback<'_>,
        index: usize,
        c_name: &str,
    ) -> std::result::Result<Value, String> {
        let spelled = &callback.function.parameters[index].ty;
        match callback.parameters[index] {
            Role::Token => Ok(Value::Token),
            Role::String => Ok(Value::Text),
            Role::Copy => self.types.copy(&spelled.ty),
            Role::Reference => self.types.reference(&spelled.ty),
            Role::Slice(count) => {
                let length = c_names(callback.function)[count].clone();
                let (to, to_const) = pointee(&spelled.ty).ok_or("it is no pointer")?;
                self.types.slice(to, to_const, length)
            }
            Role::CountOf(_) => match self.types.scalar(&spelled.ty)? {
                Value::Scalar { cgo, .. } => Ok(Value::Length { cgo }),
                _ => Err("it counts nothing".to_owned()),
            },
            Role::Plain | Role::Raw | Role::UserData => {
                self.types.parameter(spelled, &format!("{}_{c_name}", callback.name))
            }
        }
    }
}

fn answer(callback: &Callback<'_>, value: Value) -> Answer {
    let value = if callback.gives_token { Value::Token } else { value };
    let zero = if matches!(callback.function.result.ty.resolved(), Type::Pointer { .. }) {
        Constant::Null
    } else {
        Constant::Integer(0)
    };
    let fallback = callback.fallback.as_ref().unwrap_or(&zero);
    let bool = matches!(callback.function.result.ty.resolved(), Type::Bool);
    let go_fallback = match fallback {
        Constant::Null | Constant::Integer(0) => None,
        Constant::Integer(_) if bool => Some("true".to_owned()),
        Constant::Integer(value) => Some(value.to_string()),
        Constant::Float(text) => Some(text.clone()),
        Constant::Name(name) if bool => Some(format!("C.{name} != 0")),
        Constant::Name(name) => Some(format!("C.{name}")),
    };
    Answer { value, fallback: fallback.c(), go_fallback }
}

/// The parameters' names in C, each once.
fn c_names(function: &Function) -> Vec<String> {
    let mut scope = Scope::default();
    let named = |(index, parameter): (usize, &crate::model::Parameter)| {
        let name =
            parameter.name.as_deref().map_or_else(|| format!("arg{index}"), names::c_parameter);
        scope.name(&name, &index.to_string())
    };
    function.parameters.iter().enumerate().map(named).collect()
}
