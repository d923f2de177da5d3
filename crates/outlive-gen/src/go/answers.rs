//! Functions that C passes to be called once: what an answer is in Go.

use super::answering::Answering;
use super::names;
use super::types::{Call, Declared, Types, Value};
use crate::model::{Spelled, Type};
use crate::roles::{Completion, Value as Constant};

impl Types {
    /// What a parameter is that is a function to be called once.
    pub fn answering(
        &mut self,
        c: &Spelled,
        completion: &Completion,
        cookie: String,
        wanted: &str,
    ) -> Result<Answering, String> {
        let Some(Value::Code { go: code, cgo }) = self.code(c, wanted) else {
            return Err("it is no function pointer".to_owned());
        };
        let taken = self.taken(&code).ok_or("Go cannot call this function")?;
        let others = || taken.iter().enumerate().filter(|(at, _)| *at != completion.cookie_at);
        let fields: Vec<(String, String)> =
            others().map(|(_, (name, go))| (names::exported(name), go.clone())).collect();
        let function = c.ty.function().ok_or("it is no function pointer")?;
        let types = others().map(|(at, _)| &function.parameters[at].ty.ty);
        let values: Vec<String> = types
            .zip(&fields)
            .zip(&completion.when_dropped)
            .map(|((ty, (_, go)), value)| literal(value, ty, go))
            .collect();
        let (go, when_dropped, given) = match &fields[..] {
            [] => ("struct{}".to_owned(), "struct{}{}".to_owned(), Vec::new()),
            [(_, go)] => (go.clone(), values.concat(), vec!["answer".to_owned()]),
            _ => {
                let go = self.scope.name(&format!("{code}Answer"), &format!("answer of {cgo}"));
                let given = fields.iter().map(|(name, _)| format!("answer.{name}")).collect();
                let values = fields.iter().zip(values).map(|((name, _), v)| format!("{name}: {v}"));
                let when_dropped = format!("{go}{{{}}}", values.collect::<Vec<_>>().join(", "));
                self.declare_answer(&go, &code, fields);
                (go, when_dropped, given)
            }
        };
        Ok(Answering {
            code,
            go,
            when_dropped,
            any_thread: completion.any_thread,
            cookie,
            given,
            cookie_at: completion.cookie_at,
        })
    }

    /// The names and types of what a function takes, if Go can call it.
    fn taken(&self, code: &str) -> Option<Vec<(String, String)>> {
        let Call { parameters, .. } = self.declared.iter().find_map(|one| match one {
            Declared::Code(of) if of.go == code => of.call.as_ref(),
            _ => None,
        })?;
        Some(parameters.iter().map(|one| (one.name.clone(), one.go.clone())).collect())
    }

    fn declare_answer(&mut self, go: &str, code: &str, fields: Vec<(String, String)>) {
        let is_known =
            |one: &Declared| matches!(one, Declared::Answer { go: known, .. } if known == go);
        if self.declared.iter().any(is_known) {
            return;
        }
        let (go, code) = (go.to_owned(), code.to_owned());
        self.declared.push(Declared::Answer { go, code, fields });
    }
}

/// A value as Go writes it where a `go` is wanted.
fn literal(value: &Constant, ty: &Type, go: &str) -> String {
    let is_bool = matches!(ty.resolved(), Type::Bool);
    match value {
        Constant::Integer(value) if is_bool => (*value != 0).to_string(),
        Constant::Integer(value) => value.to_string(),
        Constant::Float(text) => text.clone(),
        Constant::Name(name) if is_bool => format!("C.{name} != 0"),
        Constant::Name(name) => format!("{go}(C.{name})"),
        // A function pointer has no other value, and no argument is a string: both are refused before.
        Constant::Null | Constant::Text(_) => "0".to_owned(),
    }
}
