//! Names and places of what is generated.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::model::Block;

/// The path of the `outlive` crate, for an error to point to `span`.
pub(super) fn krate_at(block: &Block, span: Span) -> TokenStream {
    block
        .krate
        .to_token_stream()
        .into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}

/// The place of `span`, but known as generated, so that lints of the user's do not look at it.
pub(super) fn generated_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// A variable of the expansion's at `span`. Its name is one that no constant of the user's has: a
/// constant would be taken for a pattern.
pub(super) fn local(name: &str, span: Span) -> Ident {
    format_ident!("__outlive_{name}", span = span)
}

/// The builder's variable, which no expression of the user's can name.
pub(super) fn builder() -> Ident {
    local("builder", Span::mixed_site())
}

pub(super) fn member_name(member: &Ident) -> LitStr {
    LitStr::new(&member.unraw().to_string(), Span::call_site())
}
