//! Checks a block and makes its model.

mod conversion;
mod method;
mod no_self;
mod posted;
mod used;

use std::collections::HashMap;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Generics, Ident, ImplItem, ItemImpl, LitInt, Type, parse_quote};

use method::Method;

use crate::errors::Errors;
use crate::model::{Block, Callback, Locator, Panic};
use crate::parse::{BlockOptions, CallbackOptions};

const DEFAULT_INSTANCES: usize = 16;
const MOST_INSTANCES: usize = 1024;

/// Makes the model of a block. The attributes that are ours are taken out of `item`.
///
/// The result is `None` where not even the C struct or the host type is known; it is to be used as
/// a table only if `errors` is empty afterwards.
pub fn check(options: BlockOptions, item: &mut ItemImpl, errors: &mut Errors) -> Option<Block> {
    let inherent = check_header(item, errors);
    let locator = locator(&options, errors);
    if inherent && !item.items.iter().any(|item| matches!(item, ImplItem::Fn(_))) {
        errors.at(item.impl_token.span, "this block has no methods: each callback is a method");
    }
    let methods = methods(item, errors);
    let is_known = check_shape(&options, &methods, errors);
    let settings = method::Settings {
        locator,
        user_data: options.user_data.clone(),
        table: options.table_argument.clone(),
        borrow: options.borrow.is_some(),
        // Where neither is known, that is said once, and not of each method.
        has_struct: options.table.is_some() || !is_known,
        user_data_in_table: options.user_data_member.is_some(),
        keep: options.keep.is_some(),
        delivers: delivers(&options),
    };
    let check = |method| method::check(method, &settings, errors);
    let callbacks: Vec<_> = methods.into_iter().filter_map(check).collect();
    check_members(&options, &callbacks, item, errors);
    let block = Block {
        krate: options.krate.unwrap_or_else(|| parse_quote!(::outlive)),
        is_of_functions: options.table.is_none(),
        table: options.table.unwrap_or_else(|| parse_quote!(__OutliveFunctions)),
        host: Type::clone(&item.self_ty),
        generics: Generics::clone(&item.generics),
        locator,
        panic: panic_policy(options.panic.as_ref(), errors),
        count: options.count.is_some_and(|count| count.value),
        keep: keep(options.keep.as_ref(), errors),
        delivers: settings.delivers,
        borrow: options.borrow,
        callbacks,
        constants: options.constants,
        written_by_c: options.written_by_c,
        user_data_member: options.user_data_member,
        table_offset: options.table_offset,
        destroy: options.destroy,
    };
    (inherent && is_known).then_some(block)
}

fn delivers(options: &BlockOptions) -> bool {
    options.deliver.as_ref().is_some_and(|deliver| deliver.value)
}

/// There is a C struct, or each method has the type of its function. `false` where neither is known.
fn check_shape(options: &BlockOptions, methods: &[Method<'_>], errors: &mut Errors) -> bool {
    if options.table.is_some() {
        return true;
    }
    if methods.iter().any(|method| method.options.function.is_some()) {
        check_no_struct(options, errors);
        return true;
    }
    errors.at(
        options.start.unwrap_or_else(Span::call_site),
        "name the C struct first: `#[callbacks(the_struct, state = ...)]`; or, for functions that C takes one by \
         one, the C type of each: `#[callback(type = ...)]`",
    );
    false
}

/// The methods of the block, which is to have nothing else.
fn methods<'a>(item: &'a mut ItemImpl, errors: &mut Errors) -> Vec<Method<'a>> {
    let mut methods = Vec::new();
    for item in &mut item.items {
        let ImplItem::Fn(function) = item else {
            errors.at(
                item.span(),
                "each item of this block is a callback: put this into another impl block",
            );
            continue;
        };
        let mut mistakes = Errors::default();
        let options = CallbackOptions::take_from(&mut function.attrs, &mut mistakes);
        methods.push(Method { function, options, mistakes });
    }
    methods
}

/// What is said of other members than callbacks needs a C struct, and so does a struct that C passes.
fn check_no_struct(options: &BlockOptions, errors: &mut Errors) {
    if let Some(state) = options.state.as_ref().filter(|state| *state == "table") {
        errors.at(
            state.span(),
            "with `state = table` C passes the struct that the functions are in: name it first",
        );
    }
    let constants = options.constants.iter().map(|constant| &constant.member);
    let others = [&options.user_data_member, &options.destroy].into_iter().flatten();
    for member in constants.chain(&options.written_by_c).chain(others) {
        errors.at(
            member.span(),
            format!("there is no C struct that could have a member `{member}`: name it first"),
        );
    }
}

fn check_header(item: &ItemImpl, errors: &mut Errors) -> bool {
    if let Some((path, _)) = &item.trait_ {
        errors.at(
            path.span(),
            "callbacks are methods of the type itself: put them into an `impl` block without a trait",
        );
        return false;
    }
    true
}

fn locator(options: &BlockOptions, errors: &mut Errors) -> Locator {
    let Some(state) = &options.state else {
        errors.at(
            Span::call_site(),
            "say how a call finds its host value: `state = arg` where C passes each callback a \
             `void *` of the host's, `state = table` where it passes the table itself, `state = none` \
             where it passes nothing",
        );
        return Locator::Arg;
    };
    match state.to_string().as_str() {
        "arg" => {
            refuse_instances(options, "arg", errors);
            refuse_table_argument(options, errors);
            Locator::Arg
        }
        "table" => {
            refuse_instances(options, "table", errors);
            refuse_user_data(options, method::TABLE_IN_ITS_PLACE, errors);
            if let Some(member) = &options.destroy {
                errors.at(
                    member.span(),
                    "with `state = table` a destructor is a callback like the others: write a method for it, \
                     and mark it with `#[callback(unsafe(last))]`",
                );
            }
            Locator::Table
        }
        "none" => {
            refuse_user_data(options, method::NO_USER_DATA, errors);
            if let Some(member) = &options.destroy {
                errors.at(member.span(), method::NO_USER_DATA);
            }
            refuse_table_argument(options, errors);
            Locator::ContextFree { instances: instances(options.instances.as_ref(), errors) }
        }
        _ => {
            errors.at(
                state.span(),
                format!("there is no state shape `{state}`; there are `arg`, `table` and `none`"),
            );
            Locator::Arg
        }
    }
}

fn refuse_instances(options: &BlockOptions, state: &str, errors: &mut Errors) {
    if let Some(instances) = &options.instances {
        errors.at(
            instances.span(),
            format!("`instances` is for `state = none`: with `state = {state}` there is no limit"),
        );
    }
}

fn refuse_user_data(options: &BlockOptions, why: &str, errors: &mut Errors) {
    if let Some(place) = &options.user_data {
        errors.at(place.span, why);
    }
    if let Some(member) = &options.user_data_member {
        errors.at(member.span(), why);
    }
}

fn refuse_table_argument(options: &BlockOptions, errors: &mut Errors) {
    if let Some(place) = &options.table_argument {
        errors.at(place.span, method::FOR_STATE_TABLE);
    }
    if let Some(offset) = &options.table_offset {
        errors.at(offset.bytes.span(), method::FOR_STATE_TABLE);
    }
}

fn keep(keep: Option<&Ident>, errors: &mut Errors) -> bool {
    if let Some(until) = keep.filter(|until| *until != "release") {
        let words = format!("a value cannot be kept until `{until}`; there is `keep = release`");
        errors.at(until.span(), words);
    }
    keep.is_some()
}

fn instances(literal: Option<&LitInt>, errors: &mut Errors) -> usize {
    let Some(literal) = literal else { return DEFAULT_INSTANCES };
    match literal.base10_parse::<usize>() {
        Ok(number @ 1..=MOST_INSTANCES) => number,
        _ => {
            errors.at(
                literal.span(),
                format!(
                    "`instances` is a number from 1 to {MOST_INSTANCES}: each has code of its own"
                ),
            );
            DEFAULT_INSTANCES
        }
    }
}

fn panic_policy(name: Option<&Ident>, errors: &mut Errors) -> Panic {
    let Some(name) = name else { return Panic::Fallback };
    match name.to_string().as_str() {
        "fallback" => Panic::Fallback,
        "abort" => Panic::Abort,
        "resume" => Panic::Resume,
        _ => {
            errors.at(
                name.span(),
                format!(
                    "there is no panic policy `{name}`; there are `fallback`, `abort` and `resume`"
                ),
            );
            Panic::Fallback
        }
    }
}

/// Each member is named once, and each required one has a method.
fn check_members(
    options: &BlockOptions,
    callbacks: &[Callback],
    item: &ItemImpl,
    errors: &mut Errors,
) {
    let constants = options.constants.iter().map(|constant| &constant.member);
    let named = callbacks.iter().map(|callback| (&callback.member, "a method"));
    let named = named
        .chain(constants.map(|member| (member, "a constant")))
        .chain(options.written_by_c.iter().map(|member| (member, "written by C")))
        .chain(options.user_data_member.iter().map(|member| (member, "the user data")))
        .chain(options.destroy.iter().map(|member| (member, "the destroy notify")));
    let mut seen = HashMap::new();
    for (member, what) in named {
        if let Some(before) = seen.insert(member.unraw(), what) {
            errors.at(
                member.span(),
                format!("`{member}` is {before} already, it cannot be {what} too"),
            );
        }
    }
    // A method that has a mistake of its own counts here: one mistake, one error.
    let methods = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(&function.sig.ident),
        _ => None,
    });
    let methods: Vec<_> =
        methods.chain(callbacks.iter().map(|callback| &callback.member)).collect();
    for required in &options.required {
        if !methods.iter().any(|method| method.unraw() == required.unraw()) {
            errors.at(
                required.span(),
                format!("C requires `{required}`, and this block has no method `{required}`"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
