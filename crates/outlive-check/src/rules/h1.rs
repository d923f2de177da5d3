//! H1: Go memory that is kept alive until some line of a function, while C keeps it longer.

use crate::finding::Draft;
use crate::flow::Flow;
use crate::proof;
use crate::rule::Rule;
use crate::rules::kept;

/// Finds it.
pub fn check(flow: &Flow, found: &mut Vec<Draft>) {
    for kept in kept::all(flow).into_iter().filter(|kept| kept.until_a_line) {
        let function = proof::go_name(flow, kept.function);
        found.push(Draft {
            rule: Rule::H1,
            message: format!("C keeps this longer than `{function}` keeps it alive"),
            at: kept.object.birth,
            label: "alive until a line of this function, at the latest until it returns".to_owned(),
            proof: proof::steps(kept.fact),
            notes: vec![proof::lateness(kept.fact)],
            help: "make sure that C is told to let go before the function returns, or keep it in a field".to_owned(),
            function,
        });
    }
}
