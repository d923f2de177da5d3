//! The struct of a block without a C struct: a member for each function.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Block;

/// The struct, which nobody else can name. Its members are what `Held::functions` gives, under the names of the methods.
pub(super) fn declaration(block: &Block) -> Option<TokenStream> {
    if !block.is_of_functions {
        return None;
    }
    let name = &block.table;
    let members = block.callbacks.iter().filter_map(|callback| {
        let (member, ty) = (&callback.member, callback.function.as_ref()?);
        Some(quote!(pub #member: #ty))
    });
    Some(quote! {
        #[allow(
            missing_docs,
            missing_debug_implementations,
            non_camel_case_types,
            private_interfaces,
            unreachable_pub,
            reason = "the members are what the block says of them"
        )]
        #[derive(Clone, Copy)]
        #[repr(C)]
        pub struct #name {
            #(#members,)*
        }
    })
}
