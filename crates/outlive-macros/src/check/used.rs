//! A parameter that an expression of the options uses is not unused, whether the method's body uses it or not.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, FnArg, Ident, Pat, Signature, parse_quote};

/// Has the compiler not warn of the parameters that one of the expressions names.
pub fn by<'e>(expressions: impl Iterator<Item = &'e Expr>, signature: &mut Signature) {
    let named: Vec<Ident> = expressions.flat_map(|one| names(one.to_token_stream())).collect();
    for input in &mut signature.inputs {
        let FnArg::Typed(input) = input else { continue };
        if matches!(&*input.pat, Pat::Ident(pattern) if named.contains(&pattern.ident)) {
            let reason = "an expression of the block uses it";
            input.attrs.push(parse_quote!(#[allow(unused_variables, reason = #reason)]));
        }
    }
}

fn names(tokens: TokenStream) -> Vec<Ident> {
    let each = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(name) => vec![name],
        TokenTree::Group(group) => names(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    each.collect()
}
