//! C3: a Go function value given as a C function pointer.

use crate::finding::Draft;
use crate::go::FunctionValue;
use crate::rule::Rule;

/// Words each of them.
pub fn check(values: &[(String, FunctionValue)], found: &mut Vec<Draft>) {
    for (function, value) in values {
        found.push(Draft {
            rule: Rule::C3,
            message: format!("the Go function `{}` is given to C as a C function pointer", value.name),
            at: value.place,
            label: "this is no address that C can call".to_owned(),
            proof: Vec::new(),
            notes: vec![
                "a Go function value points to a closure of Go's, not to code, and Go's code has another calling \
                 convention than C's: C's first call crashes"
                    .to_owned(),
            ],
            help: format!(
                "mark a top-level function with `//export {0}`, declare it in the preamble, and give C `C.{0}`; a \
                 closure goes to it through the user data, as a `cgo.Handle`",
                value.name
            ),
            function: function.clone(),
        });
    }
}
