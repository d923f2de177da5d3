//! The `#[callbacks]` attribute of the `outlive` crate.
//!
//! A block goes through four steps: [`parse`] reads the options as they are written, [`check`] makes
//! the [`model`] of a block and finds its mistakes, all of them, and [`expand`] writes the
//! implementation of `Callbacks`. The trampolines themselves are not generated: they are generic
//! functions of `outlive`.

mod check;
mod errors;
mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use errors::Errors;
use parse::BlockOptions;

/// Documented below.
#[proc_macro_attribute]
pub fn callbacks(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    expand_callbacks(options.into(), item.into()).into()
}

fn expand_callbacks(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut item = match syn::parse2::<ItemImpl>(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = syn::Error::new(
                error.span(),
                format!("`#[callbacks]` stands on an `impl` block: {error}"),
            )
            .to_compile_error();
            return quote!(#error #item);
        }
    };
    let mut errors = Errors::default();
    let options = BlockOptions::parse(options, &mut errors);
    let block = check::check(options, &mut item, &mut errors);
    let mistakes = errors.into_compile_errors();
    let implementation = match (&block, &mistakes) {
        (Some(block), None) => Some(expand::expand(block)),
        (Some(block), Some(_)) => Some(expand::placeholder(block)),
        (None, _) => None,
    };
    quote!(#item #mistakes #implementation)
}
