//! A parameter that has the length of another is used by that, if by nothing else.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, FnArg, Ident, Pat, Signature, parse_quote};

/// Keeps the compiler from calling a parameter unused that one of the expressions names.
pub fn by<'e>(expressions: impl Iterator<Item = &'e Expr>, signature: &mut Signature) {
    let named: Vec<Ident> = expressions.flat_map(|one| names(one.to_token_stream())).collect();
    for input in &mut signature.inputs {
        let FnArg::Typed(input) = input else { continue };
        if matches!(&*input.pat, Pat::Ident(pattern) if named.contains(&pattern.ident)) {
            input.attrs.push(parse_quote!(#[allow(unused_variables)]));
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
