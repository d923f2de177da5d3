//! Writes the implementation of `Callbacks` for a checked block.

mod callback;
mod key;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Ident, LitStr, Type, parse_quote};

use crate::model::{Block, Panic, State};

/// The implementation, behind an anonymous constant so that no name of ours is seen outside.
pub fn expand(block: &Block) -> TokenStream {
    let implementation = implementation(block);
    let instance_trait = instance_trait(block);
    let instances = instances_static(block);
    let evaluated = evaluated(block);
    quote! {
        #[allow(
            deprecated,
            non_snake_case,
            unused_variables,
            clippy::undocumented_unsafe_blocks,
            clippy::multiple_unsafe_ops_per_block,
            clippy::redundant_closure,
            clippy::unit_arg,
            reason = "the raw parts answer to the invariants that the outlive crate names"
        )]
        const _: () = {
            #instances
            #instance_trait
            #implementation
            #evaluated

        };
    }
}

/// An implementation without a table, for a block with mistakes: uses of the host type then add no
/// errors of their own.
pub fn placeholder(block: &Block) -> TokenStream {
    let Block { krate, table, host, .. } = block;
    let (generics, _, conditions) = block.generics.split_for_impl();
    let (state, key) = (state(block), key::of(host));
    quote! {
        const _: () = {
            #[automatically_derived]
            unsafe impl #generics #krate::raw::Callbacks for #host #conditions {
                type Table = #table;
                type State = #state;
                type Key = #key;
                const INFO: &'static #krate::raw::TableInfo = &#krate::raw::bind::NO_TABLE;
                const TABLES: &'static [&'static #table] = &[];
                const SHARED: &'static [*const ()] = &[];
                fn instances() -> &'static [#krate::raw::Instance] {
                    &[]
                }
            }
        };
    }
}

fn implementation(block: &Block) -> TokenStream {
    let Block { krate, table, host, count, .. } = block;
    let (generics, _, conditions) = block.generics.split_for_impl();
    let (state, key) = (state(block), key::of(host));
    let name = name_of(table);
    let tables = tables(block);
    let (instances, shared) = match block.state {
        State::Arg => (quote!(&[]), quote!(&[])),
        State::NoState { .. } => {
            (quote!(&__OUTLIVE_INSTANCES), quote!(&<Self as __OutliveInstance<0>>::BUILT.shared()))
        }
    };
    let panic = match block.panic {
        Panic::Fallback => quote!(Fallback),
        Panic::Abort => quote!(Abort),
        Panic::Resume => quote!(Resume),
    };
    let written_by_c = !block.written_by_c.is_empty();
    quote! {
        #[automatically_derived]
        unsafe impl #generics #krate::raw::Callbacks for #host #conditions {
            type Table = #table;
            type State = #state;
            type Key = #key;
            const INFO: &'static #krate::raw::TableInfo = &#krate::raw::TableInfo {
                table: #name,
                host: #krate::raw::HostName::Of(::core::any::type_name::<Self>),
                layout: ::core::alloc::Layout::new::<#table>(),
                members: <Self as __OutliveInstance<0>>::MEMBERS,
                panic: #krate::raw::PanicPolicy::#panic,
                count: #count,
                user_data: #krate::raw::bind::user_data_offset(
                    <Self as __OutliveInstance<0>>::MEMBERS,
                ),
                written_by_c: #written_by_c,
            };
            #tables
            const SHARED: &'static [*const ()] = #shared;
            fn instances() -> &'static [#krate::raw::Instance] {
                #instances
            }
        }
    }
}

/// The constant that makes the compiler look at each table: a bare member that was left NULL is
/// an error here, at the struct's name, once for all instances.
fn tables(block: &Block) -> TokenStream {
    let table = &block.table;
    let span = generated_at(table.span());
    let krate = krate_at(block, span);
    let indices = 0..instance_count(block);
    quote_spanned! {span=>
        const TABLES: &'static [&'static #table] = unsafe {
            #krate::raw::bind::valid(&[#(<Self as __OutliveInstance<#indices>>::TABLE),*])
        };
    }
}

/// One table for each instance: the trampolines of a context-free table differ in the instance.
fn instance_trait(block: &Block) -> TokenStream {
    let Block { krate, table, host, .. } = block;
    let generics = with_instance(block);
    let (generics, _, conditions) = generics.split_for_impl();
    let count = member_count(block);
    let steps = steps(block);
    let builder = builder();
    quote! {
        trait __OutliveInstance<const INDEX: usize>: #krate::raw::Callbacks {
            const BUILT: #krate::raw::bind::TableBuilder<Self, #count>;
            const TABLE: &'static ::core::mem::MaybeUninit<<Self as #krate::raw::Callbacks>::Table>;
            const MEMBERS: &'static [#krate::raw::MemberInfo; #count];
        }

        #[automatically_derived]
        impl #generics __OutliveInstance<__OUTLIVE_INSTANCE> for #host #conditions {
            const BUILT: #krate::raw::bind::TableBuilder<Self, #count> = {
                let mut #builder = #krate::raw::bind::TableBuilder::new();
                #(#steps)*
                #builder
            };
            const TABLE: &'static ::core::mem::MaybeUninit<#table> =
                &<Self as __OutliveInstance<__OUTLIVE_INSTANCE>>::BUILT.table();
            const MEMBERS: &'static [#krate::raw::MemberInfo; #count] =
                &<Self as __OutliveInstance<__OUTLIVE_INSTANCE>>::BUILT.members();
        }
    }
}

/// The generics of the impl block, and the number of an instance.
fn with_instance(block: &Block) -> Generics {
    let mut generics = block.generics.clone();
    generics.params.push(parse_quote!(const __OUTLIVE_INSTANCE: usize));
    generics
}

/// What puts the members into the builder, the callbacks first.
fn steps(block: &Block) -> Vec<TokenStream> {
    let builder = builder();
    let mut steps: Vec<_> = block
        .callbacks
        .iter()
        .enumerate()
        .map(|(index, callback)| callback::step(block, index, callback))
        .collect();
    for constant in &block.constants {
        let (name, value) = (member_name(&constant.member), &constant.value);
        steps.push(with_field(
            block,
            &constant.member,
            |field| quote_spanned!(value.span()=> #builder.constant(#name, #field, #value)),
        ));
    }
    for member in &block.written_by_c {
        let name = member_name(member);
        steps.push(with_field(
            block,
            member,
            |field| quote_spanned!(member.span()=> #builder.written_by_c(#name, #field)),
        ));
    }
    if let Some(member) = &block.user_data_member {
        let name = member_name(member);
        steps.push(with_field(
            block,
            member,
            |field| quote_spanned!(member.span()=> #builder.user_data(#name, #field)),
        ));
    }
    if let Some(member) = &block.destroy {
        let name = member_name(member);
        steps.push(with_field(
            block,
            member,
            |field| quote_spanned!(member.span()=> #builder.destroy_notify(#name, #field)),
        ));
    }
    steps
}

/// A statement that uses a member of the C struct, which `step` gets as a variable.
///
/// The variable stands at the member's name in the user's code, for errors to point to it. Its
/// value holds our `unsafe`, so it stays generated code.
fn with_field(block: &Block, member: &Ident, step: impl Fn(&Ident) -> TokenStream) -> TokenStream {
    let (krate, table) = (&block.krate, &block.table);
    let field = local("field", member.span());
    let step = step(&field);
    quote! {{
        let #field = {
            let __outlive_scratch = ::core::mem::MaybeUninit::<#table>::uninit();
            let __outlive_base = __outlive_scratch.as_ptr();
            unsafe { #krate::raw::bind::Field::new(
                    __outlive_base,
                    &raw const (*__outlive_base).#member,
                ) }
        };
        #step;
    }}
}

fn instances_static(block: &Block) -> Option<TokenStream> {
    let krate = &block.krate;
    let State::NoState { instances } = block.state else { return None };
    Some(quote! {
        static __OUTLIVE_INSTANCES: [#krate::raw::Instance; #instances] =
            [const { #krate::raw::Instance::new() }; #instances];
    })
}

/// Builds the tables of a type without parameters here, not where they are used first.
fn evaluated(block: &Block) -> Option<TokenStream> {
    let Block { krate, table, host, generics, .. } = block;
    let has_parameters = generics.params.iter().any(|p| !matches!(p, GenericParam::Lifetime(_)));
    let key = key::of(host);
    (!has_parameters)
        .then(|| quote!(const _: &[&#table] = <#key as #krate::raw::Callbacks>::TABLES;))
}

fn state(block: &Block) -> TokenStream {
    let krate = &block.krate;
    match block.state {
        State::Arg => quote!(#krate::raw::Arg),
        State::NoState { .. } => quote!(#krate::raw::NoState),
    }
}

fn instance_count(block: &Block) -> usize {
    match block.state {
        State::Arg => 1,
        State::NoState { instances } => instances,
    }
}

fn member_count(block: &Block) -> usize {
    block.callbacks.len()
        + block.constants.len()
        + block.written_by_c.len()
        + usize::from(block.user_data_member.is_some())
        + usize::from(block.destroy.is_some())
}

/// The path of the `outlive` crate, for an error to point to `span`.
fn krate_at(block: &Block, span: Span) -> TokenStream {
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
fn generated_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// A variable of the expansion's at `span`. Its name is one that no constant of the user's has: a
/// constant would be taken for a pattern.
fn local(name: &str, span: Span) -> Ident {
    format_ident!("__outlive_{name}", span = span)
}

/// The builder's variable, which no expression of the user's can name.
fn builder() -> Ident {
    local("builder", Span::mixed_site())
}

fn member_name(member: &Ident) -> LitStr {
    LitStr::new(&member.unraw().to_string(), Span::call_site())
}

/// The struct's name, without its path.
fn name_of(table: &Type) -> LitStr {
    let name = match table {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.unraw()),
        _ => None,
    };
    let name = name.unwrap_or_else(|| format_ident!("table"));
    LitStr::new(&name.to_string(), Span::call_site())
}
