//! H3: a function that C calls, from which a panic aborts the process.

use crate::finding::Draft;
use crate::rule::Rule;
use crate::rules::given::Rust;
use crate::rust::model::RustFn;

/// Finds it.
pub fn check(rust: &Rust<'_>, found: &mut Vec<Draft>) {
    for function in rust.model.functions.iter().filter(|function| function.is_callback) {
        if !function.may_panic || function.catches || calls_one_that_catches(rust, function) {
            continue;
        }
        found.push(Draft {
            rule: Rule::H3,
            message: format!("a panic in `{}` aborts the process", function.name),
            at: function.place,
            label: "C calls this, and nothing in it catches a panic".to_owned(),
            proof: Vec::new(),
            notes: vec!["since Rust 1.81 a panic that reaches C aborts; before, it was undefined behaviour".to_owned()],
            help: "run what may panic under `std::panic::catch_unwind`, and return what C takes for a failure".to_owned(),
            function: function.name.clone(),
        });
    }
}

fn calls_one_that_catches(rust: &Rust<'_>, function: &RustFn) -> bool {
    let functions = &rust.model.functions;
    function
        .calls
        .iter()
        .any(|call| rust.named(&call.callee).iter().any(|&index| functions[index].catches))
}
