//! The three closures of a callback: they capture nothing, so the trampoline knows them by type.
//!
//! What is generated has spans that say so, or lints would speak of it. The variables that an error
//! is to point to have the spans of the user's code.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;

use super::{builder, generated_at, krate_at, local, member_name, with_field};
use crate::model::{Argument, Block, Callback, Conversion, Parameter};

/// What puts the trampoline of one callback into the builder.
pub fn step(block: &Block, index: usize, callback: &Callback) -> TokenStream {
    let builder = builder();
    let name = member_name(&callback.member);
    let span = generated_at(callback.method.span());
    let bind = format_ident!("bind_{}", callback.arguments.len(), span = span);
    let body = body(callback);
    let fallback = fallback(block, callback);
    with_field(block, &callback.member, |field| match user_data(block, callback) {
        Some(user_data) => quote_spanned! {span=>
            #builder.callback::<#index>(#name).#bind(#field, #user_data, #body, #fallback)
        },
        None => quote_spanned! {span=>
            #builder.callback::<#index>(#name).instance::<__OUTLIVE_INSTANCE>()
                .#bind(#field, #body, #fallback)
        },
    })
}

/// Finds the number that leads to the host value, where C passes it.
fn user_data(block: &Block, callback: &Callback) -> Option<TokenStream> {
    let span = callback.method.span();
    let krate = krate_at(block, span);
    let mut names = argument_names(callback);
    let position = callback.arguments.iter().position(|a| matches!(a, Argument::UserData))?;
    let user_data = local("user_data", span);
    names[position] = user_data.clone();
    Some(quote_spanned! {span=>
        |#(#names),*| #krate::raw::bind::UserData::bits(#user_data)
    })
}

/// Converts the arguments, calls the method and converts its result.
fn body(callback: &Callback) -> TokenStream {
    let names = argument_names(callback);
    let [host, call, returns] = ["host", "call", "returns"].map(|n| local(n, Span::mixed_site()));
    let values: Vec<_> = names
        .iter()
        .zip(&callback.arguments)
        .enumerate()
        .filter(|(_, (_, argument))| matches!(argument, Argument::Value(_)))
        .map(|(position, (name, _))| (position, name))
        .collect();
    let parameters = callback.parameters.iter().map(|parameter| match parameter {
        Parameter::Call(span) => {
            local("call", Span::mixed_site().located_at(*span)).into_token_stream()
        }
        Parameter::Value { position, ty, conversion, span } => {
            let (position, name) = values[*position];
            convert(name, position, ty, *conversion, *span)
        }
    });
    let method = &callback.method;
    let result = local("result", callback.result);
    quote_spanned! {generated_at(method.span())=>
        |#host, #call, #returns, #(#names),*| {
            let #result = Self::#method(#host, #(#parameters),*);
            #returns.value(#result)
        }
    }
}

/// One argument of the method; a bad one leaves the closure.
fn convert(
    name: &Ident,
    position: usize,
    ty: &Type,
    conversion: Conversion,
    span: Span,
) -> TokenStream {
    let method = match conversion {
        Conversion::Plain => "argument",
        Conversion::Token => "token",
        Conversion::Checked => "checked",
        Conversion::Borrowed => "borrowed",
    };
    let method = Ident::new(method, span);
    let converted = quote_spanned!(span=> #name.#method::<#ty>(#position));
    if conversion == Conversion::Borrowed {
        // The span is the expansion's own: the user's code has no `unsafe` here.
        quote!(unsafe { #converted }?)
    } else {
        quote_spanned!(span=> #converted?)
    }
}

/// What a refused call returns: an expression of the user's, which may name the raw arguments.
fn fallback(block: &Block, callback: &Callback) -> TokenStream {
    let generated = argument_names(callback);
    let names =
        callback.arguments.iter().zip(generated).map(|(argument, generated)| match argument {
            Argument::Value(Some(name)) => name.clone(),
            Argument::Value(None) | Argument::UserData => generated,
        });
    let value = match &callback.fallback {
        Some(fallback) => fallback.to_token_stream(),
        None => {
            let span = callback.method.span();
            let krate = krate_at(block, span);
            quote_spanned!(span=> #krate::raw::bind::refused())
        }
    };
    match &callback.errno {
        None => quote!(|#(#names),*| #value),
        Some(errno) => {
            // The fallback stands where its type is known, for an error to point to it.
            let krate = &block.krate;
            quote!(|#(#names),*| #krate::raw::bind::with_errno(#value, #errno))
        }
    }
}

/// Names for C's arguments that no expression of the user's can name.
fn argument_names(callback: &Callback) -> Vec<Ident> {
    let count = callback.arguments.len();
    (0..count).map(|n| local(&format!("argument_{n}"), Span::mixed_site())).collect()
}
