//! A parameter that an expression of the options uses is not unused, whether the method's body uses it or not.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, FnArg, Ident, Pat, Signature, parse_quote};

/// Has the compiler not warn of the parameters that an expression names.
pub fn note(signature: &mut Signature, expression: &Expr) {
    let tokens = expression.to_token_stream();
    for input in &mut signature.inputs {
        let FnArg::Typed(input) = input else { continue };
        let Pat::Ident(pattern) = &*input.pat else { continue };
        if names(tokens.clone(), &pattern.ident) {
            let reason = "an expression of the block uses it";
            input.attrs.push(parse_quote!(#[allow(unused_variables, reason = #reason)]));
        }
    }
}

fn names(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => names(group.stream(), name),
        _ => false,
    })
}
