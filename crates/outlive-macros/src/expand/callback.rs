//! The three closures of a callback: they capture nothing, so the trampoline knows them by type.
//!
//! What is generated has spans that say so, or lints would speak of it. The variables that an error
//! is to point to have the spans of the user's code.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use super::field::with_field;
use super::names::{builder, generated_at, krate_at, local, member_name};
use crate::model::{Argument, Block, Callback, Conversion, Locator, Parameter, TableOffset};

/// What puts the trampoline of one callback into the builder.
pub fn step(block: &Block, index: usize, callback: &Callback) -> TokenStream {
    let builder = builder();
    let name = member_name(&callback.member);
    let span = generated_at(callback.method.span());
    let count = callback.arguments.len();
    let put = match block.locator {
        Locator::Arg | Locator::Table => Ident::new("callback", span),
        Locator::ContextFree { .. } => Ident::new("shared_callback", span),
    };
    let closures = Closures::new(block, index, callback);
    let (locator, body, fallback) = (closures.locator(), closures.body(), closures.fallback());
    let last = callback.last.map(|last| match last.promise {
        None => quote_spanned!(generated_at(last.span)=> #builder.last_call();),
        // At the user's own word `unsafe`: a crate that forbids unsafe code forbids this too.
        Some(promise) => quote_spanned!(promise=> unsafe { #builder.last_call_by_address() };),
    });
    let takes_back = callback.takes_back.then(|| quote_spanned!(span=> #builder.takes_back();));
    with_field(block, &callback.member, |field| {
        let posted = posted(block, callback, field);
        quote_spanned! {span=>
            #builder.#put::<#count, #index, _, _, _, _>(#name, #field, #locator, #body, #fallback);
            #last
            #takes_back
            #posted
        }
    })
}

/// Says that C does not wait for a callback, whose arguments the compiler looks at.
fn posted(block: &Block, callback: &Callback, field: &Ident) -> Option<TokenStream> {
    let span = callback.posted?;
    let (builder, count) = (builder(), callback.arguments.len());
    let checks = callback.parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Value { ty, conversion: Conversion::Plain, span, .. } => {
            let krate = krate_at(block, *span);
            Some(quote_spanned!(*span=> #krate::__private::is_a_number::<#ty>();))
        }
        _ => None,
    });
    let span = generated_at(span);
    Some(quote_spanned! {span=>
        #(#checks)*
        unsafe { #builder.posted::<#count, _>(#field) };
    })
}

/// The closures of one callback. Each gets C's arguments as a tuple, with names that no expression of the user's
/// can name; in a context-free table the user data, which the instance adds, comes last.
struct Closures<'a> {
    block: &'a Block,
    index: usize,
    callback: &'a Callback,
    names: Vec<Ident>,
    /// The user data, if C does not pass it.
    added: Option<Ident>,
}

impl<'a> Closures<'a> {
    fn new(block: &'a Block, index: usize, callback: &'a Callback) -> Self {
        let name = |n| local(&format!("argument_{n}"), Span::mixed_site());
        let names = (0..callback.arguments.len()).map(name).collect();
        let added = match block.locator {
            Locator::Arg | Locator::Table => None,
            Locator::ContextFree { .. } => Some(local("added", Span::mixed_site())),
        };
        Closures { block, index, callback, names, added }
    }

    /// The pattern of the tuple.
    fn pattern(&self, names: &[Ident]) -> TokenStream {
        let added = &self.added;
        let names = names.iter().chain(added);
        quote!((#(#names,)*))
    }

    /// The names that an expression of the user's has for C's arguments: those of the method's parameters.
    fn named(&self) -> Vec<Ident> {
        let named = self.callback.arguments.iter().zip(&self.names);
        let name = |(argument, generated): (&Argument, &Ident)| match argument {
            Argument::Value(Some(name)) => name.clone(),
            Argument::Value(None) | Argument::Locating => generated.clone(),
        };
        named.map(name).collect()
    }

    /// Finds the number that leads to the host value: the user data, or the table's address.
    fn locator(&self) -> TokenStream {
        let krate = &self.block.krate;
        if let Some(added) = &self.added {
            let pattern = self.pattern(&self.names);
            return quote!(|#pattern| #krate::__private::user_data(#added));
        }
        if let Some(expression) = &self.callback.user_data {
            let (pattern, index) = (self.pattern(&self.named()), self.index);
            // The user's expression, for an error to point to it.
            let krate_there = krate_at(self.block, expression.span());
            let found =
                quote_spanned!(expression.span()=> #krate_there::__private::found(#expression));
            return quote!(|#pattern| #krate::__private::located::<Self, #index>(|| #found));
        }
        let span = self.callback.method.span();
        let krate = krate_at(self.block, span);
        let mut names = self.names.clone();
        let locating = local("locating", span);
        let is_locating = |argument: &Argument| matches!(argument, Argument::Locating);
        if let Some(position) = self.callback.arguments.iter().position(is_locating) {
            names[position] = locating.clone();
        }
        let pattern = self.pattern(&names);
        if self.block.locator == Locator::Arg {
            return quote_spanned!(span=> |#pattern| #krate::__private::user_data(#locating));
        }
        let offset = self.table_offset();
        quote_spanned!(span=> |#pattern| #krate::__private::table_address(#locating, #offset))
    }

    /// From what the parameter points to, to the table.
    fn table_offset(&self) -> TokenStream {
        let krate = &self.block.krate;
        let Some(TableOffset { is_before, bytes }) = &self.block.table_offset else {
            return quote!(#krate::__private::Offset::NONE);
        };
        let make = Ident::new(if *is_before { "before" } else { "after" }, Span::mixed_site());
        quote!(const { #krate::__private::Offset::#make(#bytes) })
    }

    /// Converts the arguments, calls the method and converts its result.
    fn body(&self) -> TokenStream {
        let callback = self.callback;
        let [host, call, returns] =
            ["host", "call", "returns"].map(|n| local(n, Span::mixed_site()));
        let values: Vec<_> = self
            .names
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
            Parameter::Value { position, ty, conversion, count, span } => {
                let (position, name) = values[*position];
                match count {
                    None => self.convert(name, position, ty, *conversion, *span),
                    Some(count) => self.convert_counted(name, position, ty, count, *span),
                }
            }
        });
        let method = &callback.method;
        let result = local("result", callback.result);
        let pattern = self.pattern(&self.names);
        quote_spanned! {generated_at(method.span())=>
            |#host, #call, #returns, #pattern| {
                let #result = Self::#method(#host, #(#parameters),*);
                #returns.value(#result)
            }
        }
    }

    /// What C gets for a call that was not served: an expression of the user's, which may name the raw arguments.
    fn fallback(&self) -> TokenStream {
        let Closures { block, callback, .. } = self;
        let pattern = self.pattern(&self.named());
        let (krate, why) = (&block.krate, local("why", Span::mixed_site()));
        let value = self.unserved(&why);
        match &callback.errno {
            None => quote!(|#pattern, #why| #value),
            // The fallback stands where its type is known, for an error to point to it.
            Some(errno) => {
                quote!(|#pattern, #why| #krate::__private::with_errno(#value, #errno))
            }
        }
    }

    /// What C gets, by what kept the call from being served.
    fn unserved(&self, why: &Ident) -> TokenStream {
        let Closures { block, index, callback, .. } = self;
        let krate = &block.krate;
        let value = match &callback.fallback {
            Some(fallback) => fallback.to_token_stream(),
            None if callback.aborts => {
                quote!(#krate::__private::abort_unserved::<Self, #index>())
            }
            None => {
                let span = callback.method.span();
                let krate = krate_at(block, span);
                quote_spanned!(span=> #krate::__private::refused())
            }
        };
        let arm = |kind: &str, value: &Option<Expr>| {
            let kind = Ident::new(kind, Span::mixed_site());
            value.as_ref().map(|value| quote!(#krate::__private::Unserved::#kind => #value,))
        };
        let (late, panicked) = (arm("Late", &callback.late), arm("Panicked", &callback.panicked));
        if late.is_none() && panicked.is_none() {
            return value;
        }
        quote!(match #why { #late #panicked _ => #value })
    }

    /// One argument of the method; a bad one leaves the closure.
    fn convert(
        &self,
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
        match conversion {
            Conversion::Borrowed => self.promised(converted),
            _ => quote_spanned!(span=> #converted?),
        }
    }

    /// One argument that is many values. The user's expression stands outside of our `unsafe`.
    fn convert_counted(
        &self,
        name: &Ident,
        position: usize,
        ty: &Type,
        count: &Expr,
        span: Span,
    ) -> TokenStream {
        let number = local("count", count.span());
        let value = self.length(count, position);
        let converted =
            self.promised(quote_spanned!(span=> #name.counted::<#ty>(#number, #position)));
        quote!({
            let #number = #value;
            #converted
        })
    }

    /// A conversion that `unsafe(borrow)` promises to be sound.
    fn promised(&self, converted: TokenStream) -> TokenStream {
        match self.block.borrow {
            // At the user's own word `unsafe`: a crate that forbids unsafe code forbids this too.
            Some(promise) => quote_spanned!(promise=> unsafe { #converted }?),
            None => quote!(#converted?),
        }
    }

    /// The length of an argument: an expression of the user's, which may name the raw arguments; a `return` in it leaves it
    /// alone, and a panic is a bad argument.
    fn length(&self, expression: &Expr, position: usize) -> TokenStream {
        let krate = &self.block.krate;
        let named = self.callback.arguments.iter().zip(&self.names);
        let (names, raws): (Vec<_>, Vec<_>) = named
            .filter_map(|(argument, raw)| match argument {
                Argument::Value(Some(name)) => Some((name, raw)),
                Argument::Value(None) | Argument::Locating => None,
            })
            .unzip();
        quote!({
            let (#(#names,)*) = (#(#raws.value(),)*);
            #krate::__private::length(#position, || #expression)?
        })
    }
}
