//! Writes the implementation of `Callbacks` for a checked block.

mod callback;
mod field;
mod functions;
mod key;
mod names;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericParam, LitStr, Type};

use field::with_field;
use names::{builder, generated_at, member_name};

use crate::model::{Block, Locator, Panic};

/// The implementation, behind an anonymous constant so that no name of ours is seen outside.
pub fn expand(block: &Block) -> TokenStream {
    let functions = functions::declaration(block);
    let instances = instances(block);
    let table = table(block);
    let implementation = implementation(block);
    let evaluated = evaluated(block);
    let layout = layout(block);
    quote! {
        #[allow(
            deprecated,
            non_snake_case,
            unused_braces,
            unused_parens,
            unused_variables,
            clippy::declare_interior_mutable_const,
            clippy::redundant_closure,
            clippy::unit_arg,
            clippy::undocumented_unsafe_blocks,
            clippy::multiple_unsafe_ops_per_block,
            reason = "the private parts answer to the invariants that the outlive crate names"
        )]
        const _: () = {
            #functions
            #instances
            #table
            #implementation
            #evaluated
            #layout
        };
    }
}

/// An implementation without a table, for a block with mistakes: uses of the host type then add no
/// errors of their own.
pub fn placeholder(block: &Block) -> TokenStream {
    let Block { krate, table, host, .. } = block;
    let (generics, _, conditions) = block.generics.split_for_impl();
    let (locator, key) = (locator(block), key::of(host));
    let functions = functions::declaration(block);
    quote! {
        const _: () = {
            #functions
            #[automatically_derived]
            unsafe impl #generics #krate::Callbacks for #host #conditions {
                type Table = #table;
                type Locator = #locator;
                type Key = #key;
                const TEMPLATE: #krate::__private::Template<Self, #table> =
                    unsafe { #krate::__private::Template::of_a_mistake() };
                const DESCRIPTION: &'static #krate::__private::Description = loop {};
            }
        };
    }
}

fn implementation(block: &Block) -> TokenStream {
    let Block { krate, table, host, count, keep, delivers, .. } = block;
    let (generics, _, conditions) = block.generics.split_for_impl();
    let (locator, key) = (locator(block), key::of(host));
    let named = if block.is_of_functions { host } else { table };
    let (name, members, template) = (name_of(named), member_count(block), template(block));
    let instances = match block.locator {
        Locator::Arg | Locator::Table => quote!(&[]),
        Locator::ContextFree { .. } => quote!(&__OUTLIVE_INSTANCES),
    };
    let panic = match block.panic {
        Panic::Fallback => quote!(Fallback),
        Panic::Abort => quote!(Abort),
        Panic::Resume => quote!(Resume),
    };
    quote! {
        #[automatically_derived]
        unsafe impl #generics #krate::Callbacks for #host #conditions {
            type Table = #table;
            type Locator = #locator;
            type Key = #key;
            #template
            const DESCRIPTION: &'static #krate::__private::Description = &unsafe {
                #krate::__private::TableBuilder::<Self, #members>::describe(
                    #krate::__private::Options {
                        table: #name,
                        panic: #krate::__private::PanicPolicy::#panic,
                        count: #count,
                        keep: #keep,
                        delivers: #delivers,
                        has_safe_functions: <Self as __OutliveTable>::BUILT.has_safe_functions(),
                    },
                    <Self as __OutliveTable>::MEMBERS,
                    <Self as __OutliveTable>::SHARED,
                    || #instances,
                    <Self as __OutliveTable>::FUNCTIONS,
                )
            };
        }
    }
}

/// The table, as constants of a trait of our own: that way they may depend on the host's parameters. An expression of
/// the user's can name them, and do nothing with them.
fn table(block: &Block) -> TokenStream {
    let Block { krate, host, .. } = block;
    let (generics, _, conditions) = block.generics.split_for_impl();
    let count = member_count(block);
    let steps = steps(block);
    let builder = builder();
    let functions = (0..instance_count(block)).map(|instance| {
        let functions = instance_functions(block, instance);
        quote!(&[#(#functions),*])
    });
    quote! {
        trait __OutliveTable: #krate::Callbacks {
            const BUILT: #krate::__private::TableBuilder<Self, #count>;
            const MEMBERS: &'static [#krate::__private::MemberInfo; #count];
            const SHARED: &'static [*const (); #count];
            const FUNCTIONS: &'static [&'static [
                #krate::__private::InstanceFunction
            ]];
        }

        #[automatically_derived]
        impl #generics __OutliveTable for #host #conditions {
            const BUILT: #krate::__private::TableBuilder<Self, #count> = {
                let mut #builder = unsafe { #krate::__private::TableBuilder::new() };
                #(#steps)*
                #builder
            };
            const MEMBERS: &'static [#krate::__private::MemberInfo; #count] =
                &<Self as __OutliveTable>::BUILT.members();
            const SHARED: &'static [*const (); #count] = &<Self as __OutliveTable>::BUILT.shared();
            const FUNCTIONS: &'static [&'static [
                #krate::__private::InstanceFunction
            ]] = &[#(#functions),*];
        }
    }
}

/// The constant that makes the compiler look at the table: a bare member that was left NULL is
/// an error here, at the struct's name.
fn template(block: &Block) -> TokenStream {
    let Block { krate, table, .. } = block;
    let span = generated_at(table.span());
    quote_spanned! {span=>
        const TEMPLATE: #krate::__private::Template<Self, #table> =
            unsafe { <Self as __OutliveTable>::BUILT.template() };
    }
}

/// The trampolines of one instance, in the order of the callbacks.
fn instance_functions(block: &Block, instance: usize) -> Vec<TokenStream> {
    let krate = &block.krate;
    let functions = block.callbacks.iter().enumerate().map(|(index, callback)| {
        let count = callback.arguments.len();
        with_field(block, &callback.member, |field| {
            quote! {
                unsafe {
                    #krate::__private::instance_function::<Self, #count, #instance, #index, _>(#field)
                }
            }
        })
    });
    functions.collect()
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

fn instances(block: &Block) -> Option<TokenStream> {
    let krate = &block.krate;
    let Locator::ContextFree { instances } = block.locator else { return None };
    Some(quote! {
        static __OUTLIVE_INSTANCES: [#krate::__private::Instance; #instances] =
            [const { #krate::__private::Instance::new() }; #instances];
    })
}

/// Builds the table of a type without parameters here, not where it is used first.
fn evaluated(block: &Block) -> Option<TokenStream> {
    let Block { krate, host, table, .. } = block;
    let key = key::of(host);
    (!has_parameters(block)).then(|| {
        quote! {
            const _: ::core::mem::MaybeUninit<#krate::__private::Template<#key, #table>> =
                ::core::mem::MaybeUninit::new(<#key as #krate::Callbacks>::TEMPLATE);
        }
    })
}

/// Has the compiler look at the layout of a struct without parameters: where it is not C's, its lint for functions of C's
/// says so, at the struct's name.
fn layout(block: &Block) -> Option<TokenStream> {
    let Block { table, .. } = block;
    (!has_parameters(block)).then(|| {
        quote! {
            #[allow(dead_code)]
            extern "C" fn __outlive_table(_: #table) {}
        }
    })
}

fn has_parameters(block: &Block) -> bool {
    let parameters = &block.generics.params;
    parameters.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
}

fn locator(block: &Block) -> TokenStream {
    let krate = &block.krate;
    match block.locator {
        Locator::Arg => quote!(#krate::Arg),
        Locator::Table => quote!(#krate::TableAddress),
        Locator::ContextFree { .. } => quote!(#krate::ContextFree),
    }
}

/// How many instances there are; none where C passes user data.
fn instance_count(block: &Block) -> usize {
    match block.locator {
        Locator::Arg | Locator::Table => 0,
        Locator::ContextFree { instances } => instances,
    }
}

fn member_count(block: &Block) -> usize {
    block.callbacks.len()
        + block.constants.len()
        + block.written_by_c.len()
        + usize::from(block.user_data_member.is_some())
        + usize::from(block.destroy.is_some())
}

/// What reports call the table: the name of the struct, or of the host type, without its path.
fn name_of(table: &Type) -> LitStr {
    let name = match table {
        // As a `macro_rules` was given it.
        Type::Group(group) => return name_of(&group.elem),
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.unraw()),
        _ => None,
    };
    let name = name.unwrap_or_else(|| format_ident!("table"));
    LitStr::new(&name.to_string(), Span::call_site())
}
