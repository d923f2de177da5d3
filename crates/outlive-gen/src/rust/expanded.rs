//! A block without the macro: what `#[callbacks]` makes, written out.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{File, ItemImpl, Meta};

use crate::error::{Error, Result};

/// What stands before what was written out.
const ABOUT: &str = "\
/// What `#[callbacks]` of outlive makes of the methods above: the description of the table, with its trampolines.
///
/// The bodies of the methods are yours to write. It names their parameters' types, so that others do not compile: run the
/// command again for these.
#[rustfmt::skip]
#[allow(unused_imports, missing_docs, non_snake_case, non_camel_case_types, clippy::all, clippy::pedantic)]
#[allow(clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block, clippy::missing_safety_doc)]
const _: () = {
";

/// The part of a file with the block of a host, if it has one, without the macro.
pub fn without_macro(part: &str) -> Result<String> {
    let Some(at) = part.find("\n#[callbacks(") else { return Ok(part.to_owned()) };
    let (before, text) = part.split_at(at + 1);
    let odd = |error: syn::Error| Error::Option(format!("--macro=no: {error}"));
    let mut block: ItemImpl = syn::parse_str(text).map_err(odd)?;
    let attribute = block.attrs.remove(0);
    let Meta::List(options) = attribute.meta else { return Ok(part.to_owned()) };
    let expanded = outlive_expansion::callbacks(options.tokens, block.to_token_stream());
    let file: File = syn::parse2(expanded).map_err(odd)?;
    // The methods first, without what was for the macro; then what is made of them.
    let mut items = file.items.into_iter().map(ToTokens::into_token_stream);
    let methods = written(items.next().unwrap_or_default()).map_err(odd)?;
    let made = written(items.collect()).map_err(odd)?;
    let made = made
        .lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") });
    Ok(format!("{before}{methods}\n{ABOUT}{}}};\n", made.collect::<String>()))
}

fn written(tokens: TokenStream) -> syn::Result<String> {
    Ok(prettyplease::unparse(&syn::parse2(tokens)?))
}
