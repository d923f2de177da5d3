//! Callbacks for which C does not wait, where another thread serves them.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ReturnType, Type};

use crate::errors::Errors;
use crate::model::{Conversion, Parameter};
use crate::parse::CallbackOptions;

/// What is posted has no result, and is no last word of C's.
pub fn check(
    span: Span,
    options: &CallbackOptions,
    delivers: bool,
    output: &ReturnType,
    errors: &mut Errors,
) {
    if !delivers {
        errors.at(
            span,
            "only a call that is delivered can be posted: say `deliver = true` in `#[callbacks(...)]`, too",
        );
    }
    if let ReturnType::Type(_, ty) = output {
        if !matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
            errors.at(ty.span(), "C does not wait for a posted call: it has no result");
        }
    }
    if options.last.is_some() || options.takes_back.is_some() {
        errors.at(
            span,
            "C may free what it takes back, or what its last call was for, when the call returns: it waits for that, \
             so leave `posted` out",
        );
    }
}

/// C may free what its arguments lead to when the call returns.
pub fn check_arguments(parameters: &[Parameter], found: Option<&Expr>, errors: &mut Errors) {
    if let Some(expression) = found {
        errors.at(
            expression.span(),
            "a posted call is served when C has gone on: its user data is an argument of its own, not found by an \
             expression",
        );
    }
    for parameter in parameters {
        let Parameter::Value { conversion, count, span, .. } = parameter else { continue };
        if *conversion == Conversion::Checked {
            errors.at(
                *span,
                "take the number of a posted call as it is, and convert it in the method",
            );
        } else if *conversion == Conversion::Borrowed || count.is_some() {
            errors.at(
                *span,
                "C may free what this leads to before a posted call is served: leave `posted` out, so that it waits",
            );
        }
    }
}
