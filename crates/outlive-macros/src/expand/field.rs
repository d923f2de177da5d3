//! A member of the C struct, in an expression.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names::local;
use crate::model::Block;

/// An expression that uses a member of the C struct, which `step` gets as a variable.
///
/// The variable stands at the member's name in the user's code, for errors to point to it. Its
/// value holds our `unsafe`, so it stays generated code.
pub(super) fn with_field(
    block: &Block,
    member: &Ident,
    step: impl Fn(&Ident) -> TokenStream,
) -> TokenStream {
    let (krate, table) = (&block.krate, &block.table);
    let field = local("field", member.span());
    let step = step(&field);
    quote! {{
        let #field = {
            let __outlive_scratch = ::core::mem::MaybeUninit::<#table>::uninit();
            let __outlive_base = __outlive_scratch.as_ptr();
            unsafe {
                #krate::__private::Field::new(
                    __outlive_base,
                    &raw const (*__outlive_base).#member,
                )
            }
        };
        #step
    }}
}
