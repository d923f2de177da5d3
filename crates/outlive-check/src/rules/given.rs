//! What R1, R2, R3 and H4 have in common: whether a call gives a value to C, and whether C keeps it.

use std::collections::HashMap;

use crate::flow::{Fact, Flow};
use crate::proof;
use crate::rust::model::{Called, Model, RustFn, Value};

/// The Rust functions and what C does with what they give it.
pub struct Rust<'a> {
    pub model: &'a Model,
    pub flow: &'a Flow,
    by_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Rust<'a> {
    pub fn new(model: &'a Model, flow: &'a Flow) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, function) in model.functions.iter().enumerate() {
            by_name.entry(&function.name).or_default().push(index);
        }
        Rust { model, flow, by_name }
    }

    /// The functions of this name.
    pub fn named(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a call is one of C: it is declared in an `extern` block or known, or it gets a function that C can call.
    pub fn is_foreign(&self, call: &Called) -> bool {
        let name = call.callee.as_str();
        if !self.named(name).is_empty() && !self.model.foreign.contains(name) {
            return false;
        }
        self.model.foreign.contains(name) || self.flow.knows(name) || self.passes_callback(call)
    }

    /// Whether one of the arguments is a function that C can call.
    pub fn passes_callback(&self, call: &Called) -> bool {
        call.args.iter().any(|arg| arg.names.iter().any(|name| self.model.callbacks.contains(name)))
    }

    /// Why C keeps an argument, if its source or the table of libraries says that it does.
    pub fn kept(&self, call: &Called, arg: usize) -> Option<Fact> {
        proof::kept_by_c(&self.flow.c_facts(&call.callee, arg)).cloned()
    }

    /// Whether C lets go of the argument when the call is over, as its source or the table says.
    pub fn is_only_during(&self, call: &Called, arg: usize) -> bool {
        self.flow.knows(&call.callee) && self.kept(call, arg).is_none()
    }

    /// Whether a value is a raw pointer that nobody drops.
    pub fn is_given_up(&self, function: &RustFn, value: &Value) -> bool {
        let by_name = || match &value.address {
            Some((crate::rust::model::Address::Boxed(name), _)) => {
                function.forgotten.contains(name)
            }
            _ => false,
        };
        value.given_up
            || by_name()
            || value.results.iter().any(|(name, args)| self.boxes(name, args))
    }

    fn boxes(&self, name: &str, args: &[std::collections::BTreeSet<usize>]) -> bool {
        self.named(name).iter().any(|&index| {
            let boxes = &self.model.functions[index].boxes;
            args.iter().enumerate().any(|(arg, params)| !params.is_empty() && boxes.contains(&arg))
        })
    }
}
